"""`--operators keep` keeps those that Keras 3 means as TensorFlow does, for the dtypes at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command_line import run

pytestmark = pytest.mark.tensorflow

SOURCE = """\
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

tokens = keras.Input((4,), dtype="int32")
low = tokens & 3
x = layers.Embedding(4, 3)(low)
x = layers.Dense(3)(x * x + 1.0)
x = layers.Dense(3)(x * np.array([1.0, 2.0, 3.0]))
x = layers.Dense(3)(tf.sin(x[:, 1:]))
model = keras.Model(tokens, x, name="m")
"""


def test_only_operators_that_keras_3_means_otherwise_become_layers(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(SOURCE)
    done = run("rewrite", "model.py", "--device", "cpu", "--format", "json", folder=tmp_path)
    (file,) = json.loads(done.stdout)["files"]
    (model,) = file["verification"]["models"]
    assert (model["verdict"], model["keras3"]) == ("proved", "proved"), model
    rewritten = path.read_text()
    assert "low = tokens & 3\nx" not in rewritten
    assert "layers.Dense(3)(x * x + 1.0)" in rewritten
    assert "layers.Dense(3)(x * np.array" not in rewritten
