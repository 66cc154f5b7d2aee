"""What several things are made of and then joined is a layer for each of them."""

from __future__ import annotations

from pathlib import Path

from tests.support.golden import planned

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""
BODY = """\
    first = layers.Dense(4)(x)
    second = layers.Dense(4)(x)
    third = layers.Dense(4)(x)
    size = tf.abs({})
    size = tf.math.log(size + 1.0)
    wave = tf.sin({})
    flat = tf.cumsum({}, axis=-1)
    both = tf.concat([size, wave, flat], axis=-1)
    return layers.Dense(1)(both)
"""
CALLED = "m = keras.Model(i := keras.Input((4,)), f(i))\n"
SEPARATE = BODY.format("first", "second", "third")


def calls(body: str) -> list[str]:
    source = f"{HEADER}def f(x):\n{body}{CALLED}".encode()
    text = planned(source, Path("/models/model.py"), "layer").rewritten.decode()
    lines = text.partition("def f(x):\n")[2].splitlines()
    return [line.strip() for line in lines if not line.strip().startswith(("m =", "return"))]


def test_things_made_of_different_tensors_are_a_layer_each() -> None:
    assert calls(SEPARATE)[3:] == [
        "size = Size()(first)",
        "wave = Sin()(second)",
        "flat = Cumsum(axis=-1)(third)",
        "both = layers.Concatenate()([size, wave, flat])",
    ]


def test_what_is_made_of_one_tensor_stays_one_layer() -> None:
    (call,) = calls(BODY.format("first", "first", "first"))[3:]
    assert call.endswith("(first)")


def test_two_things_stay_one_layer() -> None:
    two = SEPARATE.replace("    flat = tf.cumsum(third, axis=-1)\n", "").replace(", flat]", "]")
    (call,) = calls(two)[3:]
    assert call.endswith("(first, second)")


def test_things_that_take_turns_stay_one_layer() -> None:
    turns = SEPARATE.replace(
        "    size = tf.math.log(size + 1.0)\n    wave = tf.sin(second)\n",
        "    wave = tf.sin(second)\n    size = tf.math.log(size + 1.0)\n",
    )
    assert turns != SEPARATE
    assert len(calls(turns)[3:]) == 1


def test_a_formula_of_several_things_stays_one_layer() -> None:
    formula = SEPARATE.replace(
        "tf.concat([size, wave, flat], axis=-1)", "tf.sqrt(size + wave * flat)"
    )
    assert len(calls(formula)[3:]) == 1


def test_a_helper_that_is_nothing_else_stays_one_layer() -> None:
    helper = (
        "def joined(first, second, third):\n"
        + "".join(SEPARATE.splitlines(keepends=True)[3:-2])
        + "    return tf.concat([size, wave, flat], axis=-1)\n"
    )
    body = "    return joined(layers.Dense(4)(x), layers.Dense(4)(x), layers.Dense(4)(x))\n"
    source = f"{HEADER}{helper}def f(x):\n{body}{CALLED}".encode()
    text = planned(source, Path("/models/model.py"), "layer").rewritten.decode()
    assert "    return Joined()(first, second, third)\n" in text
