"""Where a layer of Keras itself takes the place of a raw op, and where it would not be the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.golden import planned
from transforms.interpret.symbolic import analyse
from transforms.plan.module_plan import Granularity

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from elsewhere import ready
class Block(layers.Layer):
    def call(self, x):
        return x
block = Block()
i = keras.Input((6, 4))
"""
CONV = "layers.Conv1D(3, 3)(i)"
EMBEDDED = "layers.Embedding(9, 3, mask_zero=True)(i)"
BECOMES = {
    "an input": ("o = tf.nn.relu(i)\n", "o = layers.ReLU()(i)"),
    "a layer": (f"o = tf.nn.relu({CONV})\n", f"o = layers.ReLU()({CONV})"),
    "layers that pass on": (
        f"c = {CONV}\nx = layers.BatchNormalization()(c, training=False)\no = tf.nn.elu(x)\n",
        "o = layers.ELU()(x)",
    ),
    "an op": (
        "x = tf.sin(block(i))\nprint(x)\no = tf.nn.gelu(x)\n",
        'o = layers.Activation("gelu")(x)',
    ),
    "a layer with a name": (
        "conv = layers.Conv1D(3, 3)\nx = conv(i)\no = tf.tanh(x)\n",
        'o = layers.Activation("tanh")(x)',
    ),
    "a helper": (
        "def f(x):\n    x = layers.Conv1D(3, 3)(x)\n    return layers.Dropout(0.1)(x)\n"
        "x = f(i)\no = tf.nn.selu(x)\n",
        'o = layers.Activation("selu")(x)',
    ),
    "a helper that is called often": (
        "def f(x):\n    x = layers.Conv1D(4, 3, padding='same')(x)\n    return tf.nn.relu(x)\n"
        "o = f(f(i))\n",
        "    return layers.ReLU()(x)",
    ),
    "a slope": ("o = tf.nn.leaky_relu(i, alpha=0.1)\n", "o = layers.LeakyReLU(0.1)(i)"),
    "the slope of TensorFlow": ("o = tf.nn.leaky_relu(i)\n", "o = layers.LeakyReLU(0.2)(i)"),
    "a bound": ("o = tf.nn.relu6(i)\n", "o = layers.ReLU(6.0)(i)"),
    "several tensors": (
        f"x = {CONV}\nif True:\n    x = layers.Dense(3)(x)\n    o = tf.concat([x, x], axis=1)\n",
        "    o = layers.Concatenate(axis=1)([x, x])",
    ),
    "the last axis": ("o = tf.concat((i, i), -1)\n", "o = layers.Concatenate()([i, i])"),
    "a name that is used": (
        "x = layers.ReLU()(i)\no = tf.nn.relu(x)\n",
        'o = layers.ReLU(name="relu_op")(x)',
    ),
}
STAYS = {
    "a function that callers choose": "def f(x, act=tf.nn.relu):\n"
    "    return act(layers.Conv1D(3, 3)(x))\no = f(i)\n",
    "a mask": f"o = tf.nn.relu({EMBEDDED})\n",
    "a mask that is passed on": f"x = layers.Dense(3)({EMBEDDED})\no = tf.nn.relu(x)\n",
    "a mask of one of several": f"o = tf.concat([{EMBEDDED}, {CONV}], -1)\n",
    "a parameter": "def f(x):\n    return tf.nn.relu(x)\no = f(i)\n",
    "an unknown layer": "x = block(i)\no = tf.nn.relu(x)\n",
    "a changed name": f"x = {CONV}\nif ready():\n    x = block(x)\no = tf.nn.relu(x)\n",
    "a loop": f"x = {CONV}\nfor n in range(2):\n    o = tf.nn.relu(x)\n    x = block(o)\n",
    "a handler": f"x = {CONV}\ntry:\n    x = block(x)\nexcept E:\n    o = tf.nn.relu(x)\n",
    "integers": "t = keras.Input((3,), dtype='int32')\no = tf.nn.relu(t)\n",
    "doubles": "t = keras.Input((3,), dtype='float64')\no = tf.nn.relu(t)\n",
    "a flag": "o = tf.nn.gelu(i, True)\n",
    "an open slope": "def f(x, slope):\n    x = layers.Conv1D(3, 3)(x)\n"
    "    return tf.nn.leaky_relu(x, slope)\no = f(i, 0.1)\n",
    "the batch": "o = tf.concat([i, i], 0)\n",
    "an open axis": "def f(x, axis):\n    x = layers.Conv1D(3, 3)(x)\n"
    "    return tf.concat([x, x], axis)\no = f(i, 1)\n",
    "one tensor": "o = tf.concat([i], 1)\n",
    "a list": "pair = [layers.Dense(8)(t) for t in (i, i)]\no = tf.concat(pair, 1)\n",
    "what losses look behind": "o = tf.nn.softmax(i)\n",
    "a name that is used and may come again": (
        "def f(x):\n    x = layers.Conv1D(4, 3, padding='same')(x)\n    return tf.nn.relu(x)\n"
        "x = layers.ReLU()(i)\no = f(f(x))\n"
    ),
    "another Conv1D": "from mine import Conv1D\nclass layers:\n    ReLU = Conv1D\n"
    "o = tf.nn.relu(layers.ReLU(3)(i))\n",
}


def rewritten(body: str, granularity: Granularity = "run") -> str:
    source = (HEADER + body).encode()
    path = Path("/models/model.py")
    return planned(source, path, "layer", granularity=granularity).rewritten.decode()


@pytest.mark.parametrize("name", BECOMES)
def test_a_layer_of_keras_that_does_the_same_takes_the_place(name: str) -> None:
    body, line = BECOMES[name]
    text = rewritten(body)
    assert line in text
    # Where no layer would be verified, an op stays an op.
    assert line not in rewritten(body, "op")


@pytest.mark.parametrize("name", STAYS)
def test_what_could_differ_has_a_class_of_its_own(name: str) -> None:
    assert "super().__init__(autocast=False" in rewritten(STAYS[name])


def test_a_policy_that_another_module_sets_counts() -> None:
    paths = [Path("/models/model.py"), Path("/models/train.py")]
    train = b"import model\nfrom tensorflow import keras\nkeras.mixed_precision.Policy('float16')\n"
    texts = {paths[0]: (HEADER + "o = tf.nn.relu(i)\n").encode(), paths[1]: train}
    analysis = analyse(texts, paths)
    result = planned(texts[paths[0]], paths[0], "layer", analysis=analysis)
    assert b"class ReluOp" in result.rewritten
