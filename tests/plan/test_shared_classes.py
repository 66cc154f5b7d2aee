"""Layers that differ in the arguments of their ops only share a class."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support.golden import planned

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
n, depth = 3, 5
i = keras.Input((6, 8))
j = layers.Dense(8)(i)
t = keras.Input((4,), dtype="int32")
"""
ONE_CLASS = {
    "numbers": (["tf.roll(i, 1, axis=1)", "tf.roll(j, 2, axis=2)"], ["shift", "axis"]),
    "names and numbers": (
        ["tf.one_hot(t, n)", "tf.one_hot(t, depth)", "tf.one_hot(t, 7)"],
        ["depth"],
    ),
    "one argument only": (
        ["tf.abs(tf.roll(i, 1, axis=1))", "tf.abs(tf.roll(j, 1, axis=2))"],
        ["axis"],
    ),
    "slices": (["tf.abs(i[:, 1:])", "tf.abs(i[:, 2:])"], ["start"]),
    "operators": (["tf.abs(i) * 2.0", "tf.abs(j) * 3.0"], ["factor"]),
    "literals that the layer is about": (["tf.roll(i, 1, axis=1)"], ["shift", "axis"]),
    "another order": (["tf.roll(i, 1, axis=1)", "tf.roll(j, axis=2, shift=1)"], ["shift", "axis"]),
    "by position and by name": (["tf.stack([i, j], 1)", "tf.stack([j, i], axis=2)"], ["axis"]),
    "strings": (
        ["tf.einsum('abc->acb', i)", "tf.einsum('abc->bca', j)"],
        ["equation"],
    ),
}
NAMES_ALONE = {
    "distances": ["tf.reduce_sum(tf.square(i - j))", "tf.reduce_sum(tf.square(j - i))"],
    "attributes": ["tf.cast(i, j.dtype) + j", "tf.cast(j, i.dtype) + i"],
}
APART = {
    "operands the other way round": ["tf.sin(i) - j", "i - tf.sin(j)"],
    "another op": ["tf.sin(i)", "tf.cos(j)"],
    "idioms of different names": [
        "tf.transpose(tf.reshape(i, [-1, 6, 2, 4]), [0, 2, 1, 3])",
        "tf.transpose(tf.reshape(j, [-1, 6, 2, 4]), [0, 1, 3, 2])",
    ],
}


def classes_of(expressions: list[str]) -> list[ast.ClassDef]:
    source = HEADER + f"m = keras.Model([i, t], [{', '.join(expressions)}])\n"
    text = planned(source.encode(), Path("/models/model.py"), "layer").rewritten.decode()
    tree = ast.parse(text)
    return [node for node in tree.body if isinstance(node, ast.ClassDef) and node.decorator_list]


def arguments_of(made: ast.ClassDef) -> list[str]:
    for node in made.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            return [argument.arg for argument in node.args.args[1:]]
    return []


@pytest.mark.parametrize("name", ONE_CLASS)
def test_they_have_one_class_that_is_given_what_differs(name: str) -> None:
    expressions, arguments = ONE_CLASS[name]
    (made,) = classes_of(expressions)
    assert arguments_of(made) == arguments


@pytest.mark.parametrize("name", NAMES_ALONE)
def test_what_differs_in_the_names_of_operands_has_one_class(name: str) -> None:
    (made,) = classes_of(NAMES_ALONE[name])
    assert arguments_of(made) == []


@pytest.mark.parametrize("name", APART)
def test_what_differs_otherwise_has_a_class_of_its_own(name: str) -> None:
    assert len(classes_of(APART[name])) == len(APART[name])


HEADS = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


def attend(inputs, num_heads, key_dim):
    query = layers.Dense(num_heads * key_dim)(inputs)
    value = layers.Dense(num_heads * key_dim)(inputs)
    query = tf.reshape(query, [-1, query.shape[1], num_heads, key_dim])
    query = tf.transpose(query, [0, 2, 1, 3])
    value = tf.reshape(value, [-1, value.shape[1], num_heads, key_dim])
    value = tf.transpose(value, [0, 2, 1, 3])
    return layers.Concatenate()([query, value])
"""


def test_runs_that_differ_in_their_variables_alone_have_one_class_that_reads_sizes_itself() -> None:
    text = planned(HEADS.encode(), Path("/models/model.py"), "layer").rewritten.decode()
    (made,) = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    assert made.name == "SplitHeads"
    assert arguments_of(made) == ["num_heads", "key_dim"]
    assert "tf.reshape(query, [-1, query.shape[1], self.num_heads, self.key_dim])" in text
    assert text.count("= SplitHeads(num_heads, key_dim)(") == 2


@pytest.mark.parametrize(
    "second",
    [
        "tf.transpose(value, [0, 1, 3, 2])",
        "tf.transpose(value, [0, 2, 1, 3]) + value.shape[2]",
    ],
)
def test_runs_that_differ_in_more_have_classes_of_their_own(second: str) -> None:
    source = HEADS.replace("tf.transpose(value, [0, 2, 1, 3])", second)
    text = planned(source.encode(), Path("/models/model.py"), "layer").rewritten.decode()
    classes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    assert len([made for made in classes if made.decorator_list]) >= 2


def test_sizes_of_different_operands_are_one_size() -> None:
    source = HEADS.replace("[0, 2, 1, 3]", "[0, 2, 3, 1]").replace(
        "    query = tf.transpose(query, [0, 2, 3, 1])\n", ""
    )
    source = source.replace(
        "tf.reshape(query, [-1, query.shape[1], num_heads, key_dim])",
        "tf.transpose(tf.reshape(query, [-1, query.shape[1], num_heads, key_dim]), [0, 2, 3, 1])",
    ).replace(
        "    value = tf.reshape(value, [-1, value.shape[1], num_heads, key_dim])\n"
        "    value = tf.transpose(value, [0, 2, 3, 1])\n",
        "    value = tf.transpose(\n"
        "        tf.reshape(value, [-1, value.shape[1], num_heads, key_dim]), [0, 2, 3, 1]\n"
        "    )\n",
    )
    text = planned(source.encode(), Path("/models/model.py"), "layer").rewritten.decode()
    (made,) = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    assert arguments_of(made) == ["num_heads", "key_dim"]
    assert "tf.reshape(x, [-1, x.shape[1], self.num_heads, self.key_dim])" in text


GROUPS = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


def attend(inputs, blocks, groups, num_heads, key_dim):
    query = layers.Dense(num_heads * key_dim)(inputs)
    key = layers.Dense(num_heads * key_dim)(inputs)
    value = layers.Dense(num_heads * key_dim)(inputs)
    query = tf.transpose(tf.reshape(query, [-1, blocks, num_heads, key_dim]), [0, 2, 1, 3])
    key = tf.transpose(tf.reshape(key, [-1, groups * 2, num_heads, key_dim]), [0, 2, 1, 3])
    value = tf.transpose(tf.reshape(value, [-1, inputs.shape[1], num_heads, key_dim]), [0, 2, 1, 3])
    return layers.Concatenate()([query, key, value])
"""


def test_lists_that_differ_in_one_item_are_given_the_item() -> None:
    text = planned(GROUPS.encode(), Path("/models/model.py"), "layer").rewritten.decode()
    (made,) = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    assert arguments_of(made) == ["num_heads", "key_dim", "blocks"]
    assert "tf.reshape(x, [-1, self.blocks, self.num_heads, self.key_dim])" in text
    for given in ("blocks", "groups * 2", "inputs.shape[1]"):
        assert re.search(rf"SplitHeads\([^()]*(?:blocks=| ){re.escape(given)},?\s*\)\(", text)


def test_lists_that_differ_in_numbers_are_given_whole() -> None:
    source = GROUPS.replace("groups * 2", "7")
    text = planned(source.encode(), Path("/models/model.py"), "layer").rewritten.decode()
    (made,) = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    assert arguments_of(made) == ["shape"]
