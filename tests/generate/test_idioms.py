"""Computations that have a name give it to their layer."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.golden import planned
from transforms.knowledge.idioms import IDIOMS

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend as K
i, j, k = (keras.Input((4, 6)) for _ in range(3))
a, b, c = (keras.layers.Dense(6)(t) for t in (i, j, k))
mask = keras.Input((4,))
image = keras.Input((8, 8, 6))
other = keras.Input((4, 4, 6))
size, weight = 4, 0.25
"""
WRITTEN = {
    "ScaledDotProductAttention": [
        "tf.matmul(tf.nn.softmax(tf.matmul(a, b, transpose_b=True) / 2.4), c)",
        "tf.nn.softmax(tf.matmul(a, b, transpose_b=True) * 0.4 + j) @ c",
        "tf.matmul(tf.nn.softmax(tf.matmul(a / 2.4, b, transpose_b=True)), c)",
        'tf.einsum("bqk,bkd->bqd", tf.nn.softmax(tf.einsum("bqd,bkd->bqk", a, b) / 2.4), c)',
    ],
    "FactorizationMachine": [
        "0.5 * tf.reduce_sum(tf.square(tf.reduce_sum(a, 1)) - tf.reduce_sum(tf.square(a), 1), 1)",
        "(K.square(K.sum(a, axis=1)) - K.sum(K.square(a), axis=1)) / 2",
    ],
    "DotProductAttention": ["tf.matmul(tf.nn.softmax(tf.matmul(a, b, transpose_b=True)), c)"],
    "AttentionWeights": ["tf.nn.softmax(tf.matmul(a, b, transpose_b=True) / 2.4, axis=-1)"],
    "AttentionScores": ["tf.matmul(a, b, transpose_b=True) / 2.4"],
    "SplitHeads": [
        "tf.transpose(tf.reshape(a, [-1, 4, 2, 3]), perm=[0, 2, 1, 3])",
        "tf.transpose(tf.reshape(a, [-1, 4, 2, 3]), [0, 2, 3, 1])",
    ],
    "SplitInHalves": ["tf.split(image, 2, axis=-1)", "tf.split(image, 2, -1)"],
    "MeanOverLastAxis": ["K.mean(a, axis=-1, keepdims=True)"],
    "Decrement": ["tf.subtract(a, 1)"],
    "GlobalResponse": [
        "tf.norm(image, axis=(1, 2), keepdims=True) / (tf.reduce_mean("
        "tf.norm(image, axis=(1, 2), keepdims=True), axis=-1, keepdims=True) + 1e-6)"
    ],
    "ResponseNorm": [
        "tf.norm(a, axis=1, keepdims=True) / (tf.reduce_mean(tf.norm(a, axis=1, keepdims=True),"
        " axis=-1, keepdims=True) + 1e-6)"
    ],
    "Blend": ["tf.add(weight * a, (1.0 - weight) * b)"],
    "ScalePixels": ["tf.cast(a, 'float32') / 255.0"],
    "CentrePixels": ["tf.cast(a, tf.float32) / 127.5 - 1"],
    "WindowPartition": [
        "tf.reshape(tf.transpose(tf.reshape(image, [-1, 2, size, 2, size, 6]),"
        " [0, 1, 3, 2, 4, 5]), [-1, size, size, 6])"
    ],
    "SpaceToDepth": [
        "tf.reshape(tf.transpose(tf.reshape(image, [-1, 2, size, 2, size, 6]),"
        " [0, 1, 3, 2, 4, 5]), [-1, 2, 2, size * size * 6])"
    ],
    "WindowReverse": [
        "tf.reshape(tf.transpose(tf.reshape(image, [-1, 2, 2, size, size, 6]),"
        " [0, 1, 3, 2, 4, 5]), [-1, 8, 8, 6])"
    ],
    "MergeHeads": ["tf.reshape(tf.transpose(image, (0, 2, 1, 3)), (-1, 8, 48))"],
    "MaskScores": ["a + (1.0 - tf.expand_dims(mask, 1)) * -1e9", "tf.where(a > 0, a, -1e9)"],
    "AttentionPooling": [
        "tf.reduce_sum(tf.nn.softmax(a, axis=1) * b, axis=1)",
        "tf.squeeze(tf.matmul(tf.nn.softmax(a, axis=1), b, transpose_a=True), -2)",
    ],
    "WeightedValues": ["tf.matmul(tf.nn.softmax(a), b, transpose_b=True)"],
    "MaskedMean": ["tf.reduce_sum(a * b, 1) / tf.maximum(tf.reduce_sum(b, 1), 1e-6)"],
    "ChannelPool": [
        "tf.concat([tf.reduce_mean(a, -1, keepdims=True), tf.reduce_max(a, -1, True)], 1)"
    ],
    "Standardize": ["(a - K.mean(a, 1)) / K.sqrt(K.mean(K.square(a - K.mean(a, 1)), 1) + 1e-6)"],
    "RMSNorm": ["a * tf.math.rsqrt(tf.reduce_mean(tf.square(a), -1, keepdims=True) + 1e-6)"],
    "NormalizeVectors": ["a / tf.norm(a, axis=-1, keepdims=True)"],
    "Sampling": ["a + K.exp(0.5 * b) * K.random_normal(K.shape(a))"],
    "KLDivergence": [
        "-0.5 * tf.reduce_mean(tf.reduce_sum(1 + b - tf.square(a) - tf.exp(b), axis=-1))",
        "K.mean(-0.5 * K.sum(1 + b - K.square(a) - K.exp(b), axis=-1))",
    ],
    "HuberLoss": ["tf.where(tf.abs(a) < 1.0, 0.5 * tf.square(a), tf.abs(a) - 0.5)"],
    "L1Distance": ["K.sum(K.abs(a - b), axis=1)", "tf.reduce_sum(tf.abs(tf.subtract(a, b)), 1)"],
    "EuclideanDistance": [
        "K.sqrt(K.maximum(K.sum(K.square(a - b), axis=1), K.epsilon()))",
        "tf.sqrt(tf.reduce_sum((a - b) ** 2, axis=1))",
    ],
    "DotProduct": ["tf.reduce_sum(a * b, axis=-1)"],
    "SumOfSquares": ["tf.reduce_sum(a * a, axis=-1)"],
    "GramMatrix": ["tf.matmul(a, a, transpose_a=True)"],
    "HardSwish": ["a * tf.nn.relu6(a + 3.0) / 6.0", "tf.nn.relu6(a + 3) / 6 * a"],
    "Swish": ["a * tf.sigmoid(a)", "tf.multiply(tf.nn.sigmoid(a), a)"],
    "Mish": ["a * tf.tanh(tf.math.softplus(a))"],
    "SoftClip": ["3.0 * tf.tanh(a / 3.0)"],
    "GatedActivation": ["tf.tanh(a) * tf.sigmoid(b)"],
    "SigmoidGate": ["a * tf.sigmoid(b)"],
    "ResizeLike": [
        "tf.image.resize(image, tf.shape(other)[1:3])",
        "tf.image.resize(image, (tf.shape(other)[1:3][0], tf.shape(other)[1:3][1]))",
    ],
    "ChannelShuffle": [
        "tf.reshape(tf.transpose(tf.reshape(image, [-1, 8, 8, 2, 3]), [0, 1, 2, 4, 3]),"
        " [-1, 8, 8, 6])"
    ],
}
NO_IDIOM = {
    # Another axis, another order, another constant, or not the same tensor.
    "tf.transpose(tf.reshape(a, [-1, 4, 2, 3]), [0, 1, 3, 2])": "Rearrange",
    "b - tf.exp(a * 0.5)": "SubtractExponential",
    "tf.where(a > 0, a, -1.0)": "ChooseWhereGreater",
    "tf.stack([tf.reduce_mean(a, 1), tf.reduce_max(b, 1)], -1)": "StackMeanAndMax",
    "tf.reduce_sum(a * 2.0, axis=-1)": "SumOfScaledInput",
    "a / (1.0 + tf.exp(b))": "DivideBySum",
    # It would hide the exponentials.
    "tf.exp(a) - tf.reduce_mean(tf.exp(a))": "DifferenceOfExponential",
    "tf.reduce_sum(tf.sin(a) * b)": "SumOfProduct",
}


def class_of(body: str) -> ast.ClassDef:
    source = (HEADER + body).encode()
    text = planned(source, Path("/models/model.py"), "layer").rewritten.decode()
    classes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    return classes[-1]


@pytest.mark.parametrize(
    ("name", "written"), [(name, each) for name, lines in WRITTEN.items() for each in lines]
)
def test_an_idiom_gives_its_name_and_says_what_comes_out(name: str, written: str) -> None:
    made = class_of(f"m = keras.Model(i, {written})\n")
    assert made.name == name
    says = {idiom.name: idiom.says for idiom in IDIOMS}
    assert " ".join((ast.get_docstring(made) or "").split()) == says[name]


def test_heads_in_two_orders_are_one_class_that_is_given_the_order() -> None:
    made = class_of(
        "q = tf.transpose(tf.reshape(a, [-1, 4, 2, 3]), [0, 2, 1, 3])\n"
        "k = tf.transpose(tf.reshape(b, [-1, 4, 2, 3]), [0, 2, 3, 1])\n"
        "m = keras.Model(i, [keras.layers.Dense(2)(q), keras.layers.Dense(2)(k)])\n"
    )
    assert made.name == "SplitHeads"
    told = "The heads of the last axis, with the axes in the order `perm`."
    assert ast.get_docstring(made) == told


def test_operands_of_an_idiom_are_called_as_a_reader_would() -> None:
    made = class_of("m = keras.Model(i, tf.image.resize(image, tf.shape(other)[1:3]))\n")
    assert "def call(self, images, reference):" in ast.unparse(made)


def test_values_that_are_assigned_together_are_told_apart() -> None:
    made = class_of(
        "def build(a, b):\n"
        "    one, two = tf.nn.l2_normalize(a, axis=-1), tf.nn.l2_normalize(b, axis=-2)\n"
        "    scores = tf.matmul(one, two)\n"
        "    return keras.layers.Dense(2)(scores)\n"
        "m = keras.Model(i, build(a, b))\n"
    )
    assert made.name == "CosineScores"


@pytest.mark.parametrize(("written", "name"), NO_IDIOM.items())
def test_what_only_looks_like_one_is_named_after_what_comes_out(written: str, name: str) -> None:
    assert class_of(f"m = keras.Model(i, {written})\n").name == name


def test_an_idiom_is_seen_across_the_statements_of_a_run() -> None:
    body = (
        "scores = tf.matmul(a, b, transpose_b=True)\n"
        "scores = scores / 2.4\n"
        "weights = tf.nn.softmax(scores)\n"
        "attended = tf.matmul(weights, c)\n"
        "m = keras.Model(i, attended)\n"
    )
    assert class_of(body).name == "ScaledDotProductAttention"


def test_parts_that_are_unpacked_belong_to_what_they_are_parts_of() -> None:
    body = (
        "half, gate = tf.split(a, 2, axis=-1)\n"
        "gated = half * tf.sigmoid(gate)\n"
        "m = keras.Model(i, gated)\n"
    )
    assert class_of(body).name == "GatedLinearUnit"


def test_each_name_is_given_once() -> None:
    names = [idiom.name for idiom in IDIOMS]
    assert len(names) == len(set(names)) >= 50
    assert all(idiom.says.endswith(".") and idiom.says.isprintable() for idiom in IDIOMS)


SEVERAL = {
    "what leads to the result": (
        "w = tf.nn.softmax(a, axis=1)\ns = tf.reduce_sum(w * b, axis=1)\nprint(w, s)\n",
        "class AttentionPooling",
    ),
    "a result and what leads to it": (
        "def f(a, b):\n    w = tf.nn.softmax(a)\n    return tf.matmul(w, b, transpose_b=True), w\n"
        "s, w = f(a, b)\n",
        "class WeightedValues",
    ),
    "something else beside it": (
        "w = tf.sin(i)\ns = tf.reduce_sum(tf.nn.softmax(a, axis=1) * b, axis=1)\nprint(w, s)\n",
        "s = AttentionPooling(",
    ),
    "something else made of the same": (
        "c = tf.sin(a)\nw = tf.cos(c)\ns = tf.reduce_sum(tf.nn.softmax(c, axis=1) * b, axis=1)\n"
        "print(w, s)\n",
        "w, s = SinAndCos",
    ),
    "a function that callers choose": (
        "def f(a, gate=tf.sigmoid, dtype=None):\n    b = keras.layers.Dense(6, dtype=dtype)(a)\n"
        "    return b * gate(b)\ns = f(a)\n",
        "class MultiplyByActivation",
    ),
    "a helper whose name another class has": (
        "class A:\n    def scaled(self, x):\n        return tf.sin(x) * 2.0\n"
        "class B:\n    def scaled(self, x):\n        return tf.cos(x)\n"
        "s = B().scaled(A().scaled(a))\n",
        "class Cos(",
    ),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_results_that_leave_together(name: str) -> None:
    body, made = SEVERAL[name]
    text = planned((HEADER + body).encode(), Path("/models/model.py"), "layer").rewritten.decode()
    assert made in text
