"""Old weights in rewritten models, and what such models can do: be saved, loaded, cloned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import MODEL, run
from tests.support.report_schema import check_report

pytestmark = pytest.mark.tensorflow

EQUAL = ("proved", "equal-by-rules", "bitwise")

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class Affine(layers.Dense):
    pass


class Scale(layers.Layer):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, x):
        return x * self.factor


@keras.utils.register_keras_serializable("test")
class Run(layers.Layer):
    def call(self, x):
        return tf.nn.relu(tf.add(tf.multiply(x, 2.0), 1.0))


@keras.utils.register_keras_serializable("test")
class Shifted(layers.Layer):
    def call(self, x):
        return tf.add(x, shift)


@keras.utils.register_keras_serializable("test")
class Decided(layers.Layer):
    def call(self, x):
        # Only AutoGraph can build this, also where a saved model is loaded.
        if tf.reduce_sum(x) > 0.0:
            x = x + 1.0
        return x


shift = 2.0


class Cube(layers.Layer):
    def call(self, x):
        return tf.pow(x, 3)


def by_hand():
    keras.utils.get_custom_objects()["Cube"] = Cube
    Cube.__module__ = "elsewhere"
    return Cube()


@keras.utils.register_keras_serializable("test")
class Bent(layers.Layer):
    def call(self, x):
        return tf.pow(x, power)


def bent():
    global power
    power = 4
    return Bent()


def late():
    @keras.utils.register_keras_serializable("test")
    class Square(layers.Layer):
        def call(self, x):
            return tf.square(x)

    return Square()
"""
MODELS = """
i = keras.Input((4,))
a = RUN(layers.Dense(4, name="a")(i))
b = tf.tanh(tf.tanh(layers.Dense(4, name="b")(i)))
keras.Model(i, layers.concatenate([a, b]), name="moved")

i = keras.Input((4,))
keras.Model(i, tf.nn.relu(layers.Dense(2, name=NAME)(i)), name="renamed")

i = keras.Input((4,))
keras.Model(i, DENSE(2, name="d")(SHIFTED(i)), name="subclassed")

i = keras.Input((4,))
x = layers.BatchNormalization()(layers.Dense(3)(SHIFTED(i)))
keras.Model(i, layers.LSTM(2)(tf.reshape(x, (-1, 3, 1))), name="kept")

i = keras.Input((4,))
keras.Model(i, tf.square(Scale(2.0)(i)), name="never_saved")

i = keras.Input((4,))
keras.Model(i, SHIFTED(Decided()(i)), name="decided")

if __name__ == "__main__":
    i = keras.Input((4,))
    keras.Model(i, SQUARE(i), name="registered_late")
    i = keras.Input((4,))
    keras.Model(i, CUBE(i), name="registered_by_hand")
    i = keras.Input((4,))
    keras.Model(i, BENT(i), name="set_by_hand")
"""
BEFORE = {
    "RUN": "(lambda x: tf.nn.relu(tf.add(tf.multiply(x, 2.0), 1.0)))",
    "NAME": "'head'",
    "DENSE": "layers.Dense",
    "SHIFTED": "(lambda x: tf.add(x, 2.0))",
    "BENT": "(lambda x: tf.pow(x, 4))",
    "SQUARE": "tf.square",
    "CUBE": "(lambda x: tf.pow(x, 3))",
}
AFTER = {
    "RUN": "Run()",
    "NAME": "'top'",
    "DENSE": "Affine",
    "SHIFTED": "Shifted()",
    "BENT": "bent()",
    "SQUARE": "late()",
    "CUBE": "by_hand()",
}


def _source(parts: dict[str, str]) -> str:
    source = MODELS
    for name, text in parts.items():
        source = source.replace(name, text)
    return HEADER + source


@pytest.fixture(scope="module")
def verification(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("checkpoints")
    (folder / "old.py").write_text(_source(BEFORE))
    (folder / "new.py").write_text(_source(AFTER))
    command = ["verify", "old.py", "new.py", "--device", "cpu", "--format", "json"]
    document = json.loads(run(*command, folder=folder).stdout)
    check_report(document)
    return document["files"][0]["verification"]


@pytest.fixture(scope="module")
def models(verification: Any) -> Any:
    return {model["name"]: model for model in verification["models"]}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("moved", "(`.h5`) do not load: weight 0 of `b` has other values"),
        ("renamed", "(`.h5` by name) do not load: weight 0 of `head` has other values"),
        ("subclassed", "(`.keras`, `.weights.h5`) do not load: "),
    ],
)
def test_old_weights_that_do_not_load_are_a_difference(models: Any, name: str, reason: str) -> None:
    assert models[name]["bitwise"] is True
    assert models[name]["verdict"] == "different"
    assert models[name]["reason"].startswith("weights that the original saved " + reason)


@pytest.mark.parametrize(
    "name", ["kept", "never_saved", "decided", "registered_late", "registered_by_hand"]
)
def test_what_the_original_cannot_do_is_no_difference(models: Any, name: str) -> None:
    assert models[name]["verdict"] in EQUAL, models[name]["reason"]


def test_what_a_new_process_cannot_load_is_a_hazard(tmp_path: Path) -> None:
    changed = ("SHIFTED", "SQUARE", "CUBE", "BENT")
    only_kept = {**BEFORE, **{name: AFTER[name] for name in changed}}
    (tmp_path / "old.py").write_text(_source(BEFORE))
    (tmp_path / "new.py").write_text(_source(only_kept))
    done = run("verify", "old.py", "new.py", "--device", "cpu", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    hazards = [line for line in done.stdout.decode().splitlines() if "hazard: " in line]
    told = [line for line in hazards if "Keras 3" not in line and ": output " not in line]
    names = [line.split("`")[1] for line in told if "in a fresh process fail" in line]
    assert names == ["registered_late", "registered_by_hand", "set_by_hand"], hazards
    assert len(told) == len(names)


def test_a_lambda_layer_that_does_not_load_is_told_with_the_target_that_does(
    tmp_path: Path,
) -> None:
    for name in "wrapped.py", "layered.py":
        (tmp_path / name).write_bytes(MODEL)
    done = run("rewrite", "wrapped.py", "--device", "cpu", "--to", "lambda", folder=tmp_path)
    lines = [line for line in done.stdout.decode().splitlines() if "hazard: " in line]
    assert [line.partition("fail")[0] for line in lines] == [
        "  hazard: `model`: loading it from .keras in a fresh process ",
        "  hazard: `model`: Keras 3: clone_model and loading it again from .keras ",
    ]
    assert all("; `--to layer` makes classes" in line for line in lines)
    command = ["rewrite", "layered.py", "--device", "cpu", "--to", "layer", "--format", "json"]
    done = run(*command, folder=tmp_path)
    verification = json.loads(done.stdout)["files"][0]["verification"]
    assert verification["verdict"] in EQUAL
    assert verification["hazards"] == []
