"""Code that builds models and runs on tensors that are not symbolic as well."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from transforms.plan.settings import PlanSettings
from transforms.rewrite import rewritten_source
from transforms.syntax.records import Target

PATH = Path("/models/model.py")
HEAD = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

x = keras.Input((4,))


def joined(a):
    return tf.concat([a, a], 1)


model = keras.Model(x, joined(layers.Dense(4)(x)))
"""
PIPELINE = "data = tf.data.Dataset.from_tensors(tf.ones((2, 4))).map(joined)\n"
IN_A_LAYER = """\
class Twice(layers.Layer):
    def call(self, a):
        return joined(a)
"""
CHOSEN = """\
import numpy as np


def either(a, b):
    return tf.add(a, b)


def root(a):
    return tf.sqrt(a)
"""


def confirmed(source: str, target: Target = "layer") -> tuple[str, list[str], list[str]]:
    """The source after a run has shown all sites, the codes of refusals and those of hazards."""
    first = rewritten_source(source.encode(), PATH, PlanSettings(target=target, verified=True))
    assert first.rewritten.decode() == source
    spans = frozenset(site.span for site in first.plan.sites)
    settings = replace(PlanSettings(target=target, verified=True), confirmed=spans)
    done = rewritten_source(source.encode(), PATH, settings)
    refused = [site.refusal.code for site in done.plan.sites if site.refusal is not None]
    return done.rewritten.decode(), refused, [hazard.code for hazard in done.plan.hazards]


@pytest.mark.parametrize("other", [PIPELINE, IN_A_LAYER])
@pytest.mark.parametrize("target", ["layer", "lambda"])
def test_it_is_rewritten_once_a_run_shows_it(target: Target, other: str) -> None:
    # A layer of Keras, a Lambda among them, would cast tensors of another dtype.
    after, refused, hazards = confirmed(HEAD + other, target)
    assert refused == []
    assert hazards == ["KC209"]
    assert "class Joined(layers.Layer):" in after
    assert "    return Joined(" in after


@pytest.mark.parametrize(
    ("calls", "left"),
    [
        ("either(x, x)\neither(tf.ones(4), tf.ones(4))\n", []),
        ("either(x, x)\neither(x, tf.ones(4))\n", []),
        ("either(x, x)\neither(x, 2.0)\n", ["KC302"]),
        ("either(x, x)\neither(x, np.ones(4))\n", ["KC302"]),
        ("root(x)\nroot(np.ones(4))\n", []),
        ("root(x)\nroot([1.0, 2.0])\n", ["KC302"]),
        # What no run can mend is told first.
        ("either(x, x)\neither(x, 2.0)\neither(tf.ones(4), tf.ones(4))\n", ["KC302"]),
    ],
)
def test_an_operand_has_to_be_a_tensor_in_all_calls(calls: str, left: list[str]) -> None:
    head = HEAD.partition("def joined")[0]
    _, refused, _ = confirmed(head + CHOSEN + calls)
    assert refused == left


def test_where_nothing_is_sure_a_run_tells_the_operands_too() -> None:
    unsure = "from somewhere import block\nfound = [block(x), None]\nfound[1] = block(x)\n"
    head = HEAD.partition("def joined")[0]
    _, refused, _ = confirmed(head + unsure + "y = tf.concat(found, 1)\n")
    assert refused == []
