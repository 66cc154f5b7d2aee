"""Sizes of tensors are computed by the layers that need them, not handed from layer to layer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.golden import planned
from transforms.plan.module_plan import Granularity

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""
FUNCTION = """\
def f(x, other):
{}
    return layers.Dense(3)(x)
o = f(keras.Input((None, 4)), keras.Input((None, 4)))
"""
SIZE = "n = tf.shape(x)[1]"
DENSE = "y = layers.Dense(4)(x)"
RANGE = "y = tf.cast(tf.range(n), tf.float32) + y[..., 0]"
COMPUTED = {
    "one layer": [SIZE, DENSE, RANGE, "x = layers.Dense(2)(y)"],
    "two layers": [SIZE, DENSE, RANGE, "z = layers.Dense(2)(y)", "x = tf.reshape(z, [-1, n])"],
    "two names": [
        "b, n = tf.shape(x)[0], tf.shape(x)[1]",
        DENSE,
        "y = tf.reshape(y, [b, n, 2, 2])",
        "x = layers.Dense(2)(y)",
    ],
    "a loop": [SIZE, DENSE, "for k in range(2):", f"    {RANGE}", "    y = layers.Dense(3)(y)"],
    "sizes of two tensors": [
        "n = tf.shape(x)[1] - tf.shape(other)[1]",
        DENSE,
        RANGE,
        "z = layers.Dense(2)(y)",
    ],
    "a plain value beside a size": [SIZE, "k = 2", "m = n * k", DENSE, "x = tf.reshape(y, [m, 2])"],
    "an op that is no statement": [
        SIZE,
        DENSE,
        "y = layers.Dense(3)(tf.reshape(layers.Dense(4)(y), [-1, n, 4]))",
        "x = layers.Dense(2)(y)",
    ],
    "sizes of sizes": [
        "s = tf.shape(x)",
        "b, n = tf.unstack(s[:2])",
        "m = tf.stack([b, n, 2, 2])",
        DENSE,
        "y = tf.reshape(y, m)",
        "x = layers.Dense(2)(y)",
        "x = tf.reshape(x, [b, n, 4])",
    ],
    "a tensor that the layer changes itself": [
        SIZE,
        DENSE,
        "x = tf.reshape(x, [-1, n, 2, 2])",
        "y = tf.cast(tf.range(n), tf.float32)[:, None, None] + x",
        "x = layers.Dense(2)(y)",
    ],
    "after another op": ["y = tf.sin(x)", SIZE, "y = layers.Dense(4)(y)", RANGE],
}
HANDED = {
    "what is read otherwise": [SIZE, DENSE, RANGE, "print(n)"],
    "what a function reads": [SIZE, DENSE, RANGE, "k = lambda: n"],
    "a tensor that is another one then": [SIZE, "x = layers.Dense(4)(x)", "y = x", RANGE],
    "a tensor that one layer has changed before another": [
        SIZE,
        DENSE,
        "x = tf.reshape(x, [-1, n, 2, 2])",
        "x = layers.Dense(2)(x)",
        "y = tf.reshape(y, [-1, n, 4])",
    ],
    "a tensor that a loop changes": [
        SIZE,
        DENSE,
        "for k in range(2):",
        f"    {RANGE}",
        "    x = layers.Dense(3)(y)",
    ],
    "a tensor that is another one then, for a size of its size": [
        "s = tf.shape(x)",
        "n = s[1] * 2",
        "x = layers.Dense(4)(x)",
        "y = x",
        RANGE,
    ],
    "two values": [SIZE, DENSE, RANGE, "n = 3", "y = layers.Dense(n)(y)"],
    "one of two branches": ["if other is x:", f"    {SIZE}", "    k = 1", DENSE, RANGE],
    "a size in an op of another function": [
        SIZE,
        DENSE,
        "y = layers.Dense(3)((lambda t: tf.reshape(t, [-1, n, 4]))(y))",
    ],
}


def classes(lines: list[str], granularity: Granularity = "run") -> str:
    body = FUNCTION.format("\n".join(f"    {line}" for line in lines))
    path = Path("/models/model.py")
    source = (HEADER + body).encode()
    return planned(source, path, "layer", granularity=granularity).rewritten.decode()


@pytest.mark.parametrize("name", COMPUTED)
def test_layers_compute_the_sizes_that_they_need(name: str) -> None:
    text = classes(COMPUTED[name])
    made, _, function = text.partition("def f(x, other)")
    assert "tf.shape" in made
    assert "AxisSize" not in made
    first, _, _ = COMPUTED[name][0].partition(" = ")
    assert f"{first} = " not in function or first == "y"
    # What moves no weights has one layer for each op.
    handed = "AxisSize" in classes(COMPUTED[name], "expression")
    assert handed or "two" in name or "of sizes" in name


@pytest.mark.parametrize("name", HANDED)
def test_other_sizes_are_handed_on(name: str) -> None:
    assert re.search(r"\bn = \w*(?:Slice|Size)", classes(HANDED[name]))


def test_a_script_has_sizes_too() -> None:
    body = "x = keras.Input((None, 4))\nn = tf.shape(x)[1]\ny = layers.Dense(4)(x)\n"
    line = "y = tf.cast(tf.range(n), tf.float32) + y[..., 0]\n"
    path = Path("/models/model.py")

    def rewritten(rest: str) -> str:
        source = (HEADER + body + line + rest).encode()
        return planned(source, path, "layer").rewritten.decode()

    assert "(x, y)\n" in rewritten("") and "AxisSize" not in rewritten("")
    assert "n = AxisSize" in rewritten("print(n)\n")
    assert "n = AxisSize" in rewritten("def f():\n    return n\n")
