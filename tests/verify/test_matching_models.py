"""Models of two sides are compared with each other where some are missing on one of them."""

from __future__ import annotations

import pytest

from codemod.verify.child.capture.captured import CapturedModel
from codemod.verify.child.capture.made_at import lines_before
from codemod.verify.child.capture.matching import Matching, match_models
from codemod.verify.child.frame.counted import counted_without_missing
from codemod.verify.child.protocol import OriginalModel

FILE = "/train.py"


def original(name: str, *lines: int, call: str = "", variant: str = "") -> OriginalModel:
    place: list[list[str | int]] = [[FILE, line] for line in lines]
    return {
        "name": name,
        "line": lines[-1] if lines else 0,
        "builder": "<module>",
        "variant": variant,
        "call": call,
        "place": place,
    }


def made(name: str, *lines: int, call: str = "", variant: str = "") -> CapturedModel:
    place = [(FILE, line) for line in lines]
    return CapturedModel(None, name, 3, "<module>", variant, call=call, place=place)


def test_what_a_call_with_other_values_makes_matches_that_of_the_same_call() -> None:
    variants = ["", "build(depth=0)", "build(depth=1)"]
    originals = [original("model", variant=variant) for variant in variants]
    same = made("model", variant="build(depth=0)")
    assert match_models(originals, [same]) == Matching([None, same, None], [], [1])
    other = made("model", variant="build(depth=2)")
    assert match_models(originals, [other]) == Matching([None, None, None], [other], [])


def test_models_match_by_the_statements_that_make_them_and_not_by_their_order() -> None:
    originals = [original("model", 10), original("model_1", 20), original("model_2", 30)]
    third, fourth = made("functional", 30), made("functional_1", 40)
    matching = match_models(originals, [third, fourth], other_keras=True)
    assert matching == Matching([None, None, third], [fourth], [])


def test_a_statement_that_makes_several_gives_them_in_order_or_by_name() -> None:
    originals = [original(name, 9, 2) for name in ("model", "model_1", "critic", "actor")]
    actor, first = made("actor", 9, 2), made("functional", 9, 2)
    matching = match_models(originals, [actor, first], other_keras=True)
    assert matching == Matching([first, None, None, actor], [], [0])


@pytest.mark.parametrize("is_complete", [True, False])
def test_models_match_by_order_only_where_nothing_failed(is_complete: bool) -> None:
    originals = [original("model", 10), original("model_1", 20)]
    others = [made("functional", 12), made("functional_1", 22)]
    matching = match_models(originals, others, other_keras=True, is_complete=is_complete)
    assert matching.found == (others if is_complete else [None, None])
    assert matching.uncertain == ([0, 1] if is_complete else [])


BEFORE = b"""\
import tensorflow as tf
x = keras.Input((3,))
a = keras.Model(x, tf.abs(x))
def build(width):
    y = tf.exp(x)
    return keras.Model(x, y)
for width in (1, 2):
    b = build(
        width)
c = keras.Model(x, tf.nn.relu(x) + 1)
"""
AFTER = b"""\
import tensorflow as tf
class Abs(keras.layers.Layer):
    def call(self, x):
        return tf.abs(x)
x = keras.Input((3,))
a = keras.Model(x, Abs()(x))
def build(width):
    return keras.Model(x, Exp()(x))
for width in (1, 2):
    b = build(
        width)
y = Relu()(x)
c = keras.Model(x, y + 1)
"""


def test_statements_are_found_again_whatever_was_changed_in_them() -> None:
    lines = lines_before(BEFORE, AFTER)
    found = {line: lines.get(line) for line in (3, 5, 6, 8, 10, 11, 12, 13)}
    assert found == {3: None, 5: 2, 6: 3, 8: 6, 10: 8, 11: 8, 12: None, 13: 10}
    assert lines_before(b"a = (", b"a = 1") == {}


def test_models_that_are_not_built_have_no_number() -> None:
    originals = [
        original("functional", 1),
        original("functional_1", 2),
        original("functional_2", 3),
    ]
    matches = [made("functional", 1), None, made("functional_1", 3)]
    assert counted_without_missing(originals, matches) == {
        "functional": "functional",
        "functional_1": None,
        "functional_2": "functional_1",
    }
    assert counted_without_missing(originals[:1], matches[:1]) == {}
