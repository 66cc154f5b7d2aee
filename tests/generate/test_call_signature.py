"""How generated layers take their operands: one by one, or as a list where that is not the same."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.golden import planned

HEADER = """\
import tensorflow as tf
from tensorflow import keras
i = keras.Input((6, 8))
j = keras.layers.Dense(8)(i)
"""
SIGNATURES = {
    "one tensor": ("o = tf.abs(i)\n", "self, x", "(i)"),
    "two tensors": ("o = tf.pow(i, j)\n", "self, i, j", "(i, j)"),
    "the same tensor twice": ("o = tf.pow(i, i)\n", "self, x", "(i)"),
    "calls of layers": (
        "o = tf.pow(keras.layers.Dense(8)(i), j)\n",
        "self, tensor, j",
        "(keras.layers.Dense(8)(i), j)",
    ),
    "what the op takes as a list": ("o = tf.stack([i, j, i], 1)\n", "self, x", "([i, j, i])"),
    "a list beside a tensor": (
        "o = tf.stack([i, j], 1) * i\n",
        "self, i, j",
        "(i, j)",
    ),
    "a list and a tensor": (
        "pair = [keras.layers.Dense(8)(t) for t in (i, j)]\no = tf.add_n(pair) * tf.abs(i)\n",
        "self, inputs",
        "([pair, i])",
    ),
    "a mask that is not the first": (
        "mask = keras.Input((6, 8))\no = tf.pow(i, mask)\n",
        "self, i, mask",
        "(i, mask)",
    ),
    "a mask that is the first": (
        "mask = keras.Input((6, 8))\no = tf.pow(mask, i)\n",
        "self, i, mask",
        "(i, mask)",
    ),
    "what Keras takes for its own flag": (
        "training = keras.Input((6, 8))\no = tf.pow(i, training)\n",
        "self, inputs",
        "([i, training])",
    ),
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_operands_are_parameters_of_call(name: str) -> None:
    body, parameters, operands = SIGNATURES[name]
    source = (HEADER + body + "m = keras.Model(i, o)\n").encode()
    text = planned(source, Path("/models/model.py"), "layer").rewritten.decode()
    calls = [
        ast.unparse(node.args)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name == "call"
    ]
    assert calls == [parameters]
    assert text.splitlines()[-2].endswith(operands)


def test_joins_of_any_number_have_one_class() -> None:
    body = "a = tf.stack([i, j], 1)\nb = keras.layers.Dense(8)(a)\no = tf.stack([b, b, b], 1)\n"
    source = (HEADER + body + "m = keras.Model([i, j], o)\n").encode()
    text = planned(source, Path("/models/model.py"), "layer").rewritten.decode()
    assert text.count("class Stack") == 1
    assert "([i, j])" in text and "([b, b, b])" in text
