"""A helper that builds a model, prepares data and works for a layer gives all of them the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import run

pytestmark = pytest.mark.tensorflow

SOURCE = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


def halves(image):
    image = tf.expand_dims(image, -1) if len(image.shape) == 3 else image
    left, right = tf.split(image, 2, axis=2)
    return tf.concat([right, left], 1)


def data():
    image = tf.random.stateless_uniform((1, 8, 8), (1, 2), dtype="double")
    return tf.data.Dataset.from_tensors(image).map(halves)


class Turned(layers.Layer):
    def call(self, image):
        return halves(tf.nn.relu(halves(image)))


def build():
    image = keras.Input((8, 8))
    return keras.Model(image, layers.Conv2D(2, 1)(Turned()(halves(image))))
"""
PREPARED = """
import model
(image,) = model.data()
print(image.dtype.name, image.shape, image.numpy().tobytes().hex())
"""


def prepared(folder: Path) -> str:
    environment = {**os.environ, "TF_USE_LEGACY_KERAS": "1", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-c", PREPARED]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    return done.stdout.decode()


def test_data_and_models_stay_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(SOURCE)
    before = prepared(tmp_path)
    done = run("rewrite", "--format", "json", "--device", "cpu", "model.py", folder=tmp_path)
    (file,) = json.loads(done.stdout)["files"]
    assert (file["status"], file["verification"]["verdict"]) == ("rewritten", "proved")
    assert {model["keras3"] for model in file["verification"]["models"]} == {"proved"}
    assert {site["status"] for site in file["sites"]} == {"rewritten"}
    assert [hazard["code"] for hazard in file["hazards"]] == ["KC209"]
    assert before.startswith("float64 (1, 16, 4, 1) ")
    assert prepared(tmp_path) == before
