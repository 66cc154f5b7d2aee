"""Layers of Keras that take the place of ops are verified; where one is no equal, a class is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command_line import run

pytestmark = pytest.mark.tensorflow

SOURCE = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


def excite(x):
    squeeze = tf.reduce_mean(x, [1, 2], keepdims=True)
    gate = layers.Conv2D(4, 1)(squeeze)
    return tf.multiply(x, gate)


image = keras.Input((8, 8, 3))
x = layers.Conv2D(4, 3, padding="same")(image)
x = tf.pad(x, [[0, 0], [0, 1], [1, 0], [0, 0]])
x = tf.nn.max_pool2d(x, 3, 3, "SAME")
x = excite(layers.BatchNormalization()(x))
rows = tf.reshape(layers.Dense(4)(x), [-1, 9, 4])
turned = tf.transpose(layers.Dense(4)(rows), (0, 2, 1))
both = tf.concat([layers.Dense(4)(turned), rows[:, :4]], 1)
top = tf.reduce_max(layers.Dense(5)(both), 1)
equal = keras.Model(image, layers.Dense(2)(top), name="equal")

start = keras.Input((6, 4))
wide = tf.reshape(layers.Dense(4)(start), [-1, 4])
model = keras.Model(start, layers.Dense(2)(wide), name="batch_taken_in")

flat = keras.Input((5,))
mean = tf.reduce_mean(layers.Dense(3)(flat), 1)
model_of_features = keras.Model(flat, mean, name="features")

words = keras.Input((7,), dtype="int32")
states = layers.Embedding(9, 4, mask_zero=True)(words)
pooled = tf.reduce_mean(states, 1)
masked = keras.Model(words, layers.Dense(2)(pooled), name="masked")

clips = keras.Input((2, 4, 4, 3))
x = layers.Dense(3)(clips)
x = tf.nn.relu(x)
x = x - tf.reduce_mean(x, axis=-1, keepdims=True)
x = tf.reduce_max(x, axis=1)
ends = keras.Model(clips, layers.Dense(2)(x), name="ends")
"""

# No layer passes on a mask here that anything reads.
OPEN = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


def gated(x, act=tf.nn.tanh):
    x = act(layers.Conv2D(4, 1)(x))
    x = tf.concat([x, tf.nn.relu(x)], axis=-1)
    x = layers.Conv2D(5, 1)(x)
    _, h, w, c = x.shape
    rows = tf.reshape(x, [-1, h * w, c])
    gate = layers.Dense(c)(rows)
    gate = tf.nn.sigmoid(gate)
    return rows * gate


def padded(numbers):
    return tf.pad(numbers, [[0, 0], [1, 0], [0, 2], [0, 0]])


picture = keras.Input((4, 6, 3), dtype="float64")
numbers = keras.Input((4, 6, 1), dtype="int32")
outputs = [gated(picture), gated(picture, tf.nn.relu), padded(numbers)]
model = keras.Model([picture, numbers], outputs, name="choices")
"""


def test_an_equal_layer_is_proved_and_another_one_becomes_a_class(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(SOURCE)
    (tmp_path / "open.py").write_text(OPEN)
    sources = ("model.py", "open.py")
    done = run("rewrite", "--format", "json", "--device", "cpu", *sources, folder=tmp_path)
    file, other = json.loads(done.stdout)["files"]
    assert {site["class_name"] for site in other["sites"]} == {
        *("Activation", "ReLU", "Reshape", "ZeroPadding2D"),
    }
    assert other["verification"]["verdict"] == "equal-by-rules"
    verification = file["verification"]
    # A Reshape reads the size of the batch.
    assert (file["status"], verification["verdict"]) == ("rewritten", "equal-by-rules")
    models = {model["name"]: model for model in verification["models"]}
    assert {model["keras3"] for model in models.values()} == {"proved", "equal-by-rules"}
    assert all(models[name]["proved"] for name in ("batch_taken_in", "features", "masked", "ends"))
    names = {site["class_name"] for site in file["sites"]}
    text = (tmp_path / "model.py").read_text()
    made = {name for name in names if f"class {name}(" in text}
    # The sizes, the rank or the mask of these are not surely what layers of Keras take.
    assert made == {
        *("ReshapeTensor", "ReduceMean", "MultiplyTensors"),
        # What no layer of Keras ends is one layer again.
        *("DifferenceOfReluAndMean", "ReduceMax"),
    }
    assert names - made == {
        *("ZeroPadding2D", "MaxPooling2D", "GlobalAveragePooling2D", "Permute", "Reshape"),
        *("Concatenate", "GlobalMaxPooling1D"),
    }
