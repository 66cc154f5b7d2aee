"""Assignments that only rewritten ops have read are deleted, where nobody can see that."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.golden import planned

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend as K, layers
"""
FUNCTION = """\
def f(x, dim=4):
    x = layers.Conv2D(dim, 3)(x)
{}
    return layers.Dense(dim)(x)
m = keras.Model(i := keras.Input((9, 9, 4)), f(i))
"""
AXES = 'h, w = [2, 3] if K.image_data_format() == "channels_first" else [1, 2]'
KEPT = {
    "another reader": [AXES, "x = tf.reduce_mean(x, [h, w], keepdims=True)", "print(h)"],
    "a function that reads it": [
        AXES,
        "g = lambda: h",
        "x = tf.reduce_mean(x, [h, w], keepdims=True)",
    ],
    "locals": [AXES, "x = tf.reduce_mean(x, [h, w], keepdims=True)", "print(locals())"],
    "a call": ["h, w = list([1, 2])", "x = tf.reduce_mean(x, [h, w], keepdims=True)"],
    "unread before": ["n = 3", "x = tf.sin(x)"],
}


def rewritten(lines: list[str]) -> str:
    body = FUNCTION.format("\n".join(f"    {line}" for line in lines))
    return planned((HEADER + body).encode(), Path("/models/model.py"), "layer").rewritten.decode()


def test_axes_that_only_an_op_has_read_go() -> None:
    text = rewritten([AXES, "x = tf.reduce_mean(x, [h, w], keepdims=True)"])
    assert "GlobalAveragePooling2D(keepdims=True)(x)" in text
    assert "h, w" not in text


@pytest.mark.parametrize("name", KEPT)
def test_what_others_could_see_stays(name: str) -> None:
    lines = KEPT[name]
    first = lines[0]
    assert f"    {first}\n" in rewritten(lines)


SHUFFLE = """\
def f(x, dim=2):
    x = tf.reshape(x, [-1, 9, 9, dim, 2])
    x = tf.transpose(x, [0, 1, 2, 4, 3])
    x = tf.reshape(x, [-1, 9, 9, 4])
    return x
m = keras.Model(i := keras.Input((9, 9, 4)), f(i))
"""


def test_a_layer_that_is_all_that_a_function_does_is_returned_as_it_is() -> None:
    assert "def f(x, dim=2):\n    return ChannelShuffle(dim)(x)\nm =" in of(SHUFFLE)
    commented = SHUFFLE.replace("    return x", "    # Done.\n    return x")
    assert "x = ChannelShuffle(dim)(x)\n    # Done.\n    return x" in of(commented)
    more = SHUFFLE.replace("    return x", "    print(x)\n    return x")
    assert "x = ChannelShuffle(dim)(x)\n    print(x)" in of(more)


def test_other_names_of_functions_go_too() -> None:
    text = rewritten(["mean = tf.math.reduce_mean", "x = mean(tf.abs(x), [1, 2], keepdims=True)"])
    assert "mean = " not in text
    called = ["mean = choose(tf.math.reduce_mean)", "x = mean(tf.abs(x), [1, 2], keepdims=True)"]
    assert "mean = choose" in rewritten(called)


def of(body: str) -> str:
    source = (HEADER + body).encode()
    return planned(source, Path("/models/model.py"), "layer").rewritten.decode()
