"""Units: what becomes one layer says itself what is replaced, by what, and under which name."""

from __future__ import annotations

from pathlib import Path

import pytest

from transforms.edit.edits import apply_edits
from transforms.interpret.symbolic import analyse
from transforms.sites.runs import find_runs
from transforms.sites.single_ops import single_ops
from transforms.sites.sites import find_raw_expressions
from transforms.sites.units import Unit
from transforms.syntax.liveness import live_after
from transforms.syntax.source_text import SourceText, read_source_text

HEADER = "import tensorflow as tf\nfrom tensorflow import keras\nx = keras.Input((4,))\n"
PATH = Path("units.py").absolute()


def units(body: str) -> tuple[bytes, SourceText, list[Unit]]:
    """The source of ``body`` after a header, and its raw expressions or else its runs."""
    source = (HEADER + body).encode()
    analysis = analyse({PATH: source}, [PATH])
    module = analysis.modules[PATH]
    text = read_source_text(source)
    expressions = find_raw_expressions(analysis, module, text)
    runs = find_runs(analysis, expressions, live_after(module.tree.body), True)
    return source, text, [*(runs or expressions)]


@pytest.mark.parametrize(
    ("body", "expected", "name", "ops"),
    [
        ("y = tf.exp(x) + 1.0\n", "y = LAYER(x)\n", "y", ("operator.add", "tf.exp")),
        ("m.y = tf.exp(x)\n", "m.y = LAYER(x)\n", "y", ("tf.exp",)),
        ("f(tf.exp(x))\n", "f(LAYER(x))\n", None, ("tf.exp",)),
        ("x *= 2.0  # twice\n", "x = LAYER(x)  # twice\n", None, ("operator.mul",)),
        ("a, b = x\n", "a, b = LAYER(x)\n", None, ("tf.unstack",)),
        ("a, b = tf.exp(x)\n", "a, b = LAYER(x)\n", None, ("tf.exp", "tf.unstack")),
        ("y = tf.exp(x)\nz = tf.abs(y)\nz\n", "z = LAYER(x)\nz\n", "z", ("tf.exp", "tf.abs")),
        ("y = tf.exp(x); z = tf.abs(y)\ny, z\n", "y, z = LAYER(x)\ny, z\n", "z", None),
    ],
)
def test_a_unit_says_what_its_layer_replaces(
    body: str, expected: str, name: str | None, ops: tuple[str, ...] | None
) -> None:
    source, text, found = units(body)
    unit = found[0]
    assert apply_edits(source, [unit.edit(text, "LAYER(x)")]).decode() == HEADER + expected
    assert unit.assigned_name == name
    assert ops in (None, unit.layer_ops)


def test_an_augmented_assignment_and_its_value_are_two_sites_and_one_unit_takes_both() -> None:
    _, text, (value, assignment) = units("x *= tf.exp(x)\n")
    inside = assignment.expressions[0].value_inside
    assert inside is value.expressions[0].root
    assert text.text_of(inside) == "tf.exp(x)"
    assert assignment.layer_ops == ("operator.mul",)


def test_an_unpacking_split_into_ops_is_given_the_value_as_it_is() -> None:
    source = (HEADER + "a, b = tf.exp(x)\n").encode()
    analysis = analyse({PATH: source}, [PATH])
    text = read_source_text(source)
    unpacking, value = find_raw_expressions(analysis, analysis.modules[PATH], text)
    assert [unpacking.code, value.code] == ["KC102", "KC101"]
    (alone,) = single_ops(analysis, unpacking, True)
    assert alone.layer_ops == ("tf.unstack",)
    assert [text.text_of(part) for part in alone.operands.symbolic] == ["tf.exp(x)"]
