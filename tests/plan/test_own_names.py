"""A layer has the name that the source gives to the op, where that cannot meet another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.golden import planned

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
i = keras.Input((3, 4))
"""
FUNCTION = """\
def f(x, name, other):
    x = layers.Dense(4, name=name + "_dense")(x)
    x = {}
    return layers.Dense(3)(x)
o = f(i, "a", "b")
o = f(o, "c", "d")
"""
GIVEN = {
    "a literal": ('o = tf.sinh(i, name="score")\n', 'o = Sinh(name="score")(i)'),
    "ops inside": (
        'o = tf.squeeze(tf.expand_dims(i, 1), axis=1, name="score")\n',
        '(name="score")(i)',
    ),
    "the last of several statements": (
        'x = tf.sin(i)\no = tf.sinh(x, name="score")\n',
        'o = SinAndSinh(name="score")(i)',
    ),
    "text made as for other layers": (
        FUNCTION.format("tf.sinh(x, name=name + '_sinh')"),
        "x = Sinh(name=name + '_sinh')(x)",
    ),
    "a format": (
        FUNCTION.format("tf.expand_dims(x, name='{}_e'.format(name), axis=1)"),
        "x = ExpandDims(axis=1, name='{}_e'.format(name))(x)",
    ),
}
OPTIONAL = FUNCTION.replace('name=name + "_dense"', 'name=name and name + "_dense"')
OPTIONAL = OPTIONAL.replace('f(o, "c", "d")', 'f(o, None, "d")')
GIVEN["a name that may be missing"] = (
    OPTIONAL.format("tf.sinh(x, name=name and name + '_sinh')"),
    "x = Sinh(name=name and name + '_sinh' or None)(x)",
)
GIVEN["a name or none"] = (
    OPTIONAL.format("tf.sinh(x, name=name + '_sinh' if name else None)"),
    "x = Sinh(name=name + '_sinh' if name else None)(x)",
)
KEPT = {
    "a literal that is used": 'o = layers.Dense(3, name="score")(tf.sinh(i, name="score"))\n',
    "a literal in a function that is called often": FUNCTION.format("tf.sinh(x, name='s')"),
    "what is no name of a layer": 'o = tf.sinh(i, name="a/b")\n',
    "the name of another layer": FUNCTION.format("tf.sinh(x, name=name + '_dense')"),
    "what names no layer": FUNCTION.format("tf.sinh(x, name=other + '_sinh')"),
    "not the last of several statements": 'x = tf.sin(i, name="first")\no = tf.sinh(x)\n',
    "one of two results": 'x = tf.sin(i)\no = tf.sinh(x, name="score")\nprint(x, o)\n',
    "another value where there is none": FUNCTION.format(
        "tf.sinh(x, name=name + '_sinh' if name else 'sinh')"
    ),
    "another condition": FUNCTION.format("tf.sinh(x, name=x.name and name + '_sinh')"),
    "a counter": FUNCTION.format("tf.sinh(x, name=name + str(next(COUNT)))"),
}


def rewritten(body: str) -> str:
    source = (HEADER + body).encode()
    return planned(source, Path("/models/model.py"), "layer").rewritten.decode()


@pytest.mark.parametrize("name", GIVEN)
def test_the_layer_is_named_as_the_op(name: str) -> None:
    body, call = GIVEN[name]
    text = rewritten(body)
    assert call in text
    classes, _, _ = text.partition("i = keras.Input")
    assert "name=" not in classes


@pytest.mark.parametrize("name", KEPT)
def test_the_op_keeps_its_name_where_a_layer_cannot_have_it(name: str) -> None:
    classes, _, _ = rewritten(KEPT[name]).partition("i = keras.Input")
    assert "name=" in classes
