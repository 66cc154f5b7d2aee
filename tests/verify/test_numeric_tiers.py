"""Models with equal outputs that still differ: in gradients, in training, for some tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import run
from tests.support.report_schema import check_report

pytestmark = pytest.mark.tensorflow

EQUAL = ("proved", "equal-by-rules", "bitwise")

SOURCE = """\
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class Unseeded(layers.Layer):
    def call(self, x, training=None):
        if training:
            return x + np.random.Generator(np.random.PCG64()).normal()
        return x


i = keras.Input((4,))
keras.Model(i, layers.Dense(3)(tf.square(i)), name="same")

i = keras.Input((4,))
x = layers.Dense(3, name="hidden")(i)
keras.Model(i, GRADIENT, name="gradient")

i = keras.Input((4,))
x = layers.Dense(3, name="cut")(i)
keras.Model(i, [NONE, x], name="none")

i = keras.Input((4,))
keras.Model(i, DROPOUT, name="dropout")

i = keras.Input((40,))
keras.Model(i, layers.Dropout(RATE, seed=3)(tf.tanh(i)), name="seeded")

i = keras.Input((4,))
x = layers.BatchNormalization(momentum=MOMENTUM, name="norm")(i)
keras.Model(i, tf.nn.relu(x), name="momentum")

i = keras.Input((4,))
keras.Model(i, Unseeded()(tf.nn.relu(i)), name="unseeded")

few, many = keras.Input((6,)), keras.Input((6,), dtype="int32")
x = layers.Embedding(3, 2)(few) + layers.Embedding(500, 2)(TOKENS)
keras.Model([few, many], x, name="tokens")

i = keras.Input((4,), dtype="string")
keras.Model(i, tf.strings.STRINGS(i), name="strings")

i = keras.Input((4,))
keras.Model(i, tf.subtract(i, tf.reduce_mean(i, 0)), name="batch")

i = keras.Input((4,))
x = layers.Dense(3, name="encoded")(i)
added = keras.Model(i, tf.round(x), name="added")
added.add_loss(LOSS)

i = keras.Input((4,))
x = layers.Dense(3, name="measured")(i)
metered = keras.Model(i, tf.nn.relu(x), name="metered")
metered.add_metric(METRIC, name="size")
"""
BEFORE = {
    "GRADIENT": "tf.multiply(x, x)",
    "NONE": "tf.reduce_max(x)",
    "DROPOUT": "layers.Dropout(0.5)(i + 1.0)",
    "RATE": "0.5",
    "MOMENTUM": "0.9",
    "TOKENS": "tf.minimum(many, 499)",
    "STRINGS": "lower",
    "LOSS": "tf.reduce_sum(x * x)",
    "METRIC": "tf.reduce_mean(x)",
}
AFTER = {
    "GRADIENT": "layers.Lambda(lambda t: t * tf.stop_gradient(t))(x)",
    "NONE": "layers.Lambda(lambda t: tf.reduce_max(t))(x)",
    "DROPOUT": "layers.Dropout(0.5)(i) + 1.0",
    "RATE": "0.25",
    "MOMENTUM": "0.8",
    "TOKENS": "tf.minimum(many, 99)",
    "STRINGS": "upper",
    "LOSS": "tf.reduce_sum(layers.Lambda(lambda t: t * tf.stop_gradient(t))(x))",
    "METRIC": "tf.reduce_max(x)",
}


def _source(parts: dict[str, str]) -> str:
    source = SOURCE
    for name, text in parts.items():
        source = source.replace(name, text)
    return source


def _verified(folder: Path, before: str, after: str) -> Any:
    (folder / "old.py").write_text(before)
    (folder / "new.py").write_text(after)
    command = ["verify", "old.py", "new.py", "--device", "cpu", "--format", "json"]
    done = run(*command, folder=folder)
    document = json.loads(done.stdout)
    check_report(document)
    return document["files"][0]["verification"]


@pytest.fixture(scope="module")
def verification(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("numeric")
    return _verified(folder, _source(BEFORE), _source(AFTER))


@pytest.fixture(scope="module")
def models(verification: Any) -> Any:
    return {model["name"]: model for model in verification["models"]}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gradient", "the gradient of input 0 differs by up to"),
        ("dropout", "with training=True, output 0 differs by up to"),
        ("seeded", "with training=True, output 0 differs by up to"),
        ("added", "the gradient of input 0 differs by up to"),
        ("metered", "with training=True, metric 0 differs by up to"),
        ("momentum", "with training=True, weight 2 of `norm` differs by up to"),
    ],
)
def test_a_difference_beside_equal_outputs_is_found(models: Any, name: str, reason: str) -> None:
    assert models[name]["bitwise"] is True
    assert models[name]["verdict"] == "different"
    assert models[name]["reason"].startswith(reason)


@pytest.mark.parametrize("name", ["same", "none", "unseeded", "batch"])
def test_equal_gradients_and_training_are_no_difference(models: Any, name: str) -> None:
    assert models[name]["verdict"] in EQUAL, models[name]["reason"]


def test_each_input_has_the_tokens_of_its_own_embedding(models: Any) -> None:
    assert models["tokens"]["verdict"] == "different"
    assert "output 0 differs" in models["tokens"]["reason"]


def test_strings_are_compared_by_their_characters(models: Any) -> None:
    assert models["strings"]["verdict"] == "different"
    assert models["strings"]["reason"].startswith("output 0 differs by up to other values")


def test_what_is_not_deterministic_in_training_is_told(verification: Any) -> None:
    note = "unseeded: training not compared: two equal runs differ"
    assert note in verification["assumptions"]
    assert not any(text.startswith("seeded: ") for text in verification["assumptions"])


def test_a_gradient_on_one_side_only_is_a_difference_and_mixed_batches_a_hazard(
    tmp_path: Path,
) -> None:
    same = {**BEFORE, "GRADIENT": "tf.stop_gradient(tf.square(x))"}
    changed = {**same, "GRADIENT": "tf.square(x)"}
    unchanged = _verified(tmp_path, _source(same), _source(same))
    assert unchanged["verdict"] in EQUAL, unchanged["reason"]
    text = "`batch`: the outputs for an example change with the other examples of its batch"
    assert text in unchanged["hazards"]
    found = _verified(tmp_path, _source(same), _source(changed))
    (model,) = [model for model in found["models"] if model["name"] == "gradient"]
    assert model["reason"] == "the gradient of input 0 is new"
