"""``rewrite --to ops`` from the user's side: verified under Keras 3 alone, then written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import run

pytestmark = pytest.mark.tensorflow

MODEL = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

inputs = keras.Input((6, 5))
q, k, v = (layers.Dense(4, name=name)(inputs) for name in "qkv")
x = tf.concat([tf.nn.softmax(q) * 0.5, k], axis=-1)
scores = tf.matmul(q, k, transpose_b=True)
x, rest = tf.split(x, [3, 5], axis=-1)
best = tf.cast(tf.argmax(scores, axis=-1), tf.float32)
outputs = layers.Dense(2)(tf.reduce_mean(rest, axis=[1, 2], keepdims=True)[:, 0] + best)
model = keras.Model(inputs, outputs, name="scorer")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("project")
    (made / "model.py").write_text(MODEL)
    return made


def test_what_keras_3_proves_is_written(folder: Path) -> None:
    done = run("rewrite", "model.py", "--to", "ops", "--device", "cpu", folder=folder)
    told = done.stdout.decode()
    assert done.returncode == 0, told + done.stderr.decode()
    written = (folder / "model.py").read_text()
    assert "x, rest = keras.ops.split(x, [3], axis=-1)\n" in written
    assert "keras.ops.concatenate([" in written
    assert "tf.argmax" in written, "it has no equal, so it stands in a class"
    assert "under Keras 3 alone" in told
    assert "(keras.ops.argmax gives int32, and takes -0.0 for less than 0.0)" in told
    assert 'keras.ops.einsum("...ij,...kj->...ik", q, k)' in written
    (folder / "original.py").write_text(MODEL)


def test_a_rewrite_for_keras_3_is_verified_there(folder: Path) -> None:
    pair = ("original.py", "model.py")
    done = run("verify", *pair, "--target", "keras3", "--device", "cpu", folder=folder)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
