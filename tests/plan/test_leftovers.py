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
