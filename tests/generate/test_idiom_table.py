"""Each idiom is known in the ways in which people write it; all are read by one analysis."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.generate.test_idioms import HEADER
from transforms.generate.idioms import idiom_of
from transforms.interpret.symbolic import analyse
from transforms.sites.sites import find_raw_expressions
from transforms.syntax.source_text import read_source_text

MORE = """\
small = keras.Input((6,))
flat = keras.Input((36, 8))
h, w, patch, heads = 2, 4, 2, 3
"""
STD = "tf.math.reduce_std(small, axis=0, keepdims=True)"
NORMS = "tf.norm(a, axis=-1) * tf.norm(b, axis=-1)"
PARTS = "tf.split(a, 2, axis=-1)"
WRITTEN = {
    "MinibatchStddev": [
        f"tf.concat([small, tf.tile({STD}, [tf.shape(small)[0], 1])], axis=1)",
        f"tf.concat([small, tf.tile(tf.reduce_mean({STD}), [tf.shape(small)[0], 1])], axis=1)",
        "K.concatenate([small, K.tile(K.std(small, axis=0, keepdims=True), [2, 1])])",
    ],
    "ApplyAttention": [
        "tf.reshape(tf.transpose(tf.matmul(image, other), [0, 2, 1, 3]), [-1, 8, 36])"
    ],
    "SplitQKV": [
        "tf.unstack(tf.transpose(tf.reshape(flat, [-1, 36, 3, 2, 4]), [2, 0, 3, 1, 4]))",
        "tf.transpose(tf.reshape(flat, (-1, 36, 3, 2, 4)), perm=(2, 0, 3, 1, 4))",
    ],
    "MergeHeads": [
        "tf.reshape(tf.transpose(image, perm=[0, 2, 1, 3]), [-1, 4, 2, heads * w])",
    ],
    "MaskedMean": [
        "tf.reduce_sum(a * tf.cast(tf.not_equal(b, 0), tf.float32), 1)"
        " / (tf.reduce_sum(tf.cast(tf.not_equal(b, 0), tf.float32), 1) + 1e-6)",
    ],
    "GeneralizedMeanPooling": [
        "tf.pow(tf.reduce_mean(tf.pow(tf.maximum(image, 1e-6), 3.0), [1, 2]), 1.0 / 3.0)"
    ],
    "InstanceNorm": [
        "(image - tf.reduce_mean(image, [1, 2], keepdims=True))"
        " / (tf.math.reduce_std(image, [1, 2], keepdims=True) + 1e-5)"
    ],
    "LayerNorm": [
        "(a - tf.reduce_mean(a, axis=-1, keepdims=True)) / tf.sqrt("
        "tf.math.reduce_variance(a, axis=-1, keepdims=True) + 1e-6)",
        "(a - tf.reduce_mean(a, -1, True)) / tf.sqrt(tf.reduce_mean(tf.square("
        "a - tf.reduce_mean(a, -1, True)), -1, True) + 1e-6)",
    ],
    "Standardize": ["(a - K.mean(a, 1)) / K.sqrt(K.var(a, 1) + 1e-6)"],
    "MinMaxScale": [
        "(a - tf.reduce_min(a)) / tf.maximum(tf.reduce_max(a) - tf.reduce_min(a), 1e-6)"
    ],
    "NormalizeVectors": [
        "a / tf.maximum(tf.norm(a, axis=-1, keepdims=True), 1e-6)",
        "a * tf.math.rsqrt(tf.reduce_sum(tf.square(a), -1, keepdims=True) + 1e-12)",
        "a / (K.sqrt(K.sum(K.square(a), axis=-1, keepdims=True)) + K.epsilon())",
    ],
    "VectorLength": ["tf.sqrt(tf.reduce_sum(tf.square(a), axis=-1))"],
    "LogSumExp": [
        "tf.math.log(tf.reduce_sum(tf.exp(a), axis=-1))",
        "tf.reduce_max(a, 1) + tf.math.log(tf.reduce_sum(tf.exp(a - tf.reduce_max(a, 1)), 1))",
    ],
    "SoftmaxActivation": ["tf.exp(a) / tf.reduce_sum(tf.exp(a), axis=-1, keepdims=True)"],
    "Entropy": ["-tf.reduce_sum(a * tf.math.log(a + 1e-8), axis=-1)"],
    "DropPath": ["a / 0.8 * tf.floor(0.8 + tf.random.uniform([tf.shape(a)[0], 1, 1]))"],
    "HingeLoss": ["tf.maximum(1.0 - a * b, 0.0)"],
    "GaussianKernel": [
        "tf.exp(-tf.reduce_sum(tf.square(a - b), -1) / 2.0)",
        "K.exp(-K.sum(K.square(a - b), axis=-1))",
    ],
    "CosineSimilarity": [
        f"tf.reduce_sum(a * b, axis=-1) / ({NORMS})",
        f"tf.reduce_sum(a * b, axis=-1) / ({NORMS} + 1e-6)",
        f"tf.reduce_sum(a * b, axis=-1) / tf.maximum({NORMS}, 1e-6)",
    ],
    "HardSigmoidGate": ["a * K.hard_sigmoid(b)", "a * (tf.nn.relu6(b + 3.0) / 6.0)"],
    "HardSigmoid": ["tf.clip_by_value(a * 0.2 + 0.5, 0.0, 1.0)", "K.clip(0.2 * a + 0.5, 0.0, 1.0)"],
    "HardSwish": ["a * tf.clip_by_value(a + 3.0, 0.0, 6.0) / 6.0"],
    "LeakyRelu": ["tf.maximum(a, 0.2 * a)", "tf.where(a > 0, a, a * 0.1)"],
    "EluActivation": [
        "tf.where(a > 0, a, tf.exp(a) - 1.0)",
        "tf.where(a > 0, a, tf.math.expm1(a))",
    ],
    "ConcatenatedRelu": ["tf.concat([tf.nn.relu(a), tf.nn.relu(-a)], -1)"],
    "ToSignedRange": ["tf.subtract(tf.cast(a, tf.float32) * 2.0, 1.0)"],
    "ToUnitRange": ["tf.multiply(a + 1.0, 0.5)"],
    "Mish": ["a * tf.tanh(tf.math.log(1.0 + tf.exp(a)))"],
    "GeGLU": [f"{PARTS}[0] * tf.nn.gelu({PARTS}[1])"],
    "SwiGLU": [f"{PARTS}[1] * tf.nn.silu({PARTS}[0])"],
    "GatedLinearUnit": [f"{PARTS}[0] * tf.sigmoid({PARTS}[1])"],
    "GatedActivation": [f"tf.tanh({PARTS}[0]) * tf.sigmoid({PARTS}[1])"],
    "ScaleChannels": [
        "image * tf.reshape(small, [-1, 1, 1, 6])",
        "image * tf.sigmoid(tf.reshape(small, (-1, 1, 1, 6)))",
    ],
    "RotateHalf": [f"tf.concat([-{PARTS}[1], {PARTS}[0]], -1)"],
    "WindowPartition": [
        "tf.reshape(tf.transpose(tf.reshape(image, [-1, h, w, patch * 6]), [0, 2, 1, 3]),"
        " [-1, h, patch, 6])"
    ],
    "WindowReverse": [
        "tf.reshape(tf.transpose(tf.reshape(image, [-1, w, h, patch * 6]), [0, 2, 1, 3]),"
        " [-1, 4 * h, w * patch, 6])"
    ],
    "PatchesToSequence": [
        "tf.reshape(tf.transpose(tf.reshape(image, [-1, 2, size, 2, size, 6]),"
        " [0, 1, 3, 2, 4, 5]), [-1, 4, size * size * 6])"
    ],
    "PixelShuffle": [
        "tf.reshape(tf.transpose(tf.reshape(image, [-1, h, w, size, size, 6]),"
        " [0, 1, 3, 2, 4, 5]), [-1, h * size, w * size, 6])"
    ],
    "FocusSlices": [
        "tf.concat([image[:, ::2, ::2], image[:, 1::2, ::2], image[:, ::2, 1::2],"
        " image[:, 1::2, 1::2]], -1)",
        "tf.concat([image[:, 0::2, 0::2, :], image[:, 1::2, 0::2, :], image[:, 0::2, 1::2, :],"
        " image[:, 1::2, 1::2, :]], axis=-1)",
    ],
    "FlattenSpatial": ["tf.reshape(image, [-1, image.shape[1] * image.shape[2], 6])"],
    "RepeatPixels": ["tf.repeat(tf.repeat(image, 2, axis=1), 2, axis=2)"],
    "HeatmapToCoordinates": [
        "tf.stack([tf.argmax(tf.reshape(image, [-1, 64, 6]), 1) // 8,"
        " tf.argmax(tf.reshape(image, [-1, 64, 6]), 1) % 8], -1)"
    ],
    "SinusoidalEncoding": ["tf.concat([tf.sin(a * weight), tf.cos(a * weight)], -1)"],
    "FourierFeatures": [
        "tf.concat([tf.sin(tf.matmul(flat, a)), tf.cos(tf.matmul(flat, a))], axis=-1)"
    ],
    "RelativePositionBias": [
        "tf.expand_dims(tf.transpose(tf.gather(flat, mask), [2, 0, 1]), 0)",
    ],
    "OuterProduct": ["tf.matmul(tf.expand_dims(a, -1), tf.expand_dims(b, 1))"],
}
# One thing is another than in what they look like.
OTHERWISE = [
    "tf.maximum(a, b * a)",
    "tf.concat([small, tf.tile(tf.math.reduce_std(small, axis=1, keepdims=True), [1, 6])], axis=1)",
    "tf.reshape(tf.transpose(tf.reshape(image, [-1, h, w, patch * 6]), [0, 2, 1, 3]),"
    " [-1, w, h, 6])",
    "tf.concat([image[:, ::2, ::2], image[:, 1::2, ::2], other[:, ::2, 1::2],"
    " image[:, 1::2, 1::2]], -1)",
    "tf.clip_by_value(a * b + 0.5, 0.0, 1.0)",
    "tf.reduce_sum(a * b, axis=-1) / (tf.norm(a, axis=-1) + tf.norm(b, axis=-1))",
    "tf.reshape(image, [-1, image.shape[1] * image.shape[3], 6])",
]


@cache
def found() -> dict[str, str | None]:
    """The idiom of each expression, by its text."""
    path = Path("/models/model.py")
    every = [each for lines in WRITTEN.values() for each in lines] + OTHERWISE
    lines = "".join(f"made_{number} = {each}\n" for number, each in enumerate(every))
    source = (HEADER + MORE + lines).encode()
    analysis = analyse({path: source}, [path])
    text = read_source_text(source)
    first = (HEADER + MORE).count("\n") + 1
    names: dict[str, str | None] = {}
    for raw in find_raw_expressions(analysis, analysis.modules[path], text):
        line = text.span(raw.root).line - first
        if line >= 0:
            idiom = idiom_of(analysis, raw)
            names[every[line]] = None if idiom is None else idiom.name
    return names


@pytest.mark.parametrize(
    ("name", "written"), [(name, each) for name, lines in WRITTEN.items() for each in lines]
)
def test_an_idiom_is_known(name: str, written: str) -> None:
    assert found()[written] == name


@pytest.mark.parametrize("written", OTHERWISE)
def test_what_only_looks_like_one_is_none(written: str) -> None:
    assert found()[written] is None
