"""Which models a script gives when parts of it cannot run, and which are then not verified."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import run

pytestmark = pytest.mark.tensorflow

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""
SCRIPTS = {
    # The missing package is needed for nothing but data.
    "unneeded": """\
import not_there as nt
(train, test), info = nt.load("data", with_info=True)
train = train.map(lambda x: x).batch(8)
@nt.timed
def build(units=4):
    i = keras.Input((4,))
    return keras.Model(i, tf.square(i) + units, name="made")
for batch in train.take(3):
    print(batch.shape)
with nt.session() as session:
    model = build()
model.fit(train)
""",
    # A copy has the raw ops of the model that it is one of.
    "copied": """\
class Net:
    def __init__(self, model):
        self.model = model
    def build(self):
        copy = keras.models.clone_model(self.model)
        return keras.Model(copy.inputs, layers.Dense(2)(copy.outputs[0]), name="net")
i = keras.Input((4,))
Net(keras.Model(i, tf.square(i), name="m")).build()
""",
    # Old code asks for what models do without.
    "graph_mode": """\
import tensorflow.compat.v1 as tf1
tf1.disable_v2_behavior()
tf.compat.v1.disable_eager_execution()
i = keras.Input((4,))
m = keras.Model(i, tf.abs(i), name="m")
""",
    "layer_of_package": """\
import not_there as nt
i = keras.Input((4,))
x = tf.square(i)
x = nt.layers.Mish()(x)
m = keras.Model(i, tf.abs(x), name="m")
""",
    "size_of_package": """\
import not_there as nt
info = nt.load_info("data")
i = keras.Input((4,))
x = layers.Dense(info.features["label"].num_classes)(tf.square(i))
m = keras.Model(i, tf.abs(x), name="m")
""",
    "base_of_package": """\
import not_there as nt
class Scaled(nt.Layer):
    def call(self, x):
        return 2 * x
i = keras.Input((4,))
m = keras.Model(i, tf.abs(Scaled()(i)), name="m")
""",
    "list_of_package": """\
from not_there import Mish
i = keras.Input((4,))
heads = [tf.square(i)]
heads.append(Mish()(i))
m = keras.Model(i, heads, name="m")
""",
    "one_of_two": """\
from not_there import Mish
i = keras.Input((4,))
a = keras.Model(i, tf.abs(Mish()(i)), name="a")
b = keras.Model(i, tf.square(i), name="b")
""",
    "try_import": """\
try:
    import not_there
except ImportError:
    not_there = None
i = keras.Input((4,))
m = keras.Model(i, tf.square(i) if not_there is None else i, name="m")
""",
    "steered": """\
import numpy as np
table = np.loadtxt("users.csv", delimiter=",", usecols=(0, 1))
users = int(table[:, 0].max()) + 1
i = keras.Input((3,), dtype="int32")
m = keras.Model(i, tf.reduce_sum(layers.Embedding(users, 2)(i), 1), name="m")
""",
    "config_beside": """\
import json
units = json.load(open("settings.json"))["units"]
i = keras.Input((4,))
m = keras.Model(i, tf.square(layers.Dense(units, name="d")(i)), name="units_%d" % units)
def batches():
    try:
        yield units
    finally:
        print("closed")
next(batches())
""",
    "inside_main": """\
def load():
    raise RuntimeError("no data here")

def main(width=4):
    data = load()
    print(data.mean())
    if width:
        i = keras.Input((4,))
        with keras.utils.custom_object_scope({}):
            first = keras.Model(i, tf.square(i), name="first")
    steps = 3
    for step in range(steps):
        data = load()
    second = keras.Model(i, tf.abs(i) + steps, name="second")
    return 0

if __name__ == "__main__":
    raise SystemExit(main())
""",
    # Modules of Keras 2.3 and before.
    "old_modules": """\
import keras.backend as K
from keras.engine.topology import Layer
from keras.layers.advanced_activations import LeakyReLU
from keras.layers.convolutional import *
from keras.layers.merge import _Merge, concatenate
from keras.layers.normalization.batch_normalization import BatchNormalization
from keras.utils.np_utils import to_categorical
class Average(_Merge):
    def _merge_function(self, inputs):
        return (inputs[0] + inputs[1]) / 2
class Twice(Layer):
    def call(self, x):
        return 2 * x
i = keras.Input((8, 8, 3))
x = LeakyReLU(0.2)(Conv2D(3, 3, padding="same")(i))
x = concatenate([Average()([i, x]), Twice()(x)])
m = keras.Model(i, K.tanh(x), name="m")
to_categorical([1, 2])
""",
    # Keras as it stood in TensorFlow up to 2.5.
    "keras_in_tensorflow": """import tensorflow.nn, tensorflow.python.keras.backend as K
from tensorflow.python import keras as private
from tensorflow.python.keras import layers as own, losses
from tensorflow.python.keras.engine.base_layer import Layer
from tensorflow.python.keras.layers import BatchNormalization, Conv2D, Input
from tensorflow.python.keras.layers.recurrent import LSTM
from tensorflow.python.keras.models import Model
from tensorflow.python.keras.preprocessing.sequence import pad_sequences
from tensorflow.python.keras.utils import tf_utils
class Twice(Layer):
    def call(self, x):
        return 2 * x
i = Input((8, 8, 3))
x = BatchNormalization()(Conv2D(3, 3)(i))
m = Model(i, K.tanh(Twice()(own.ReLU()(x))), name="m")
assert isinstance(m, private.Model) and callable(tf_utils.is_symbolic_tensor)
assert losses.LossFunctionWrapper
""",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "settings.json").write_text('{"units": 7}')
    for name, source in SCRIPTS.items():
        (folder / f"{name}.py").write_text(HEADER + source)
    done = run("rewrite", ".", "--format", "json", "--device", "cpu", "-j", "2", folder=folder)
    return {Path(item["path"]).stem: item for item in json.loads(done.stdout)["files"]}


def made(file: Any) -> list[tuple[str, int]]:
    return [(model["name"], model["line"]) for model in file["verification"]["models"]]


@pytest.mark.parametrize(
    ("name", "models"),
    [
        ("unneeded", [("made", 10)]),
        ("one_of_two", [("b", 7)]),
        ("try_import", [("m", 9)]),
        ("steered", [("m", 8)]),
        ("config_beside", [("units_7", 7)]),
        ("graph_mode", [("m", 8)]),
        ("inside_main", [("first", 13), ("second", 17)]),
        ("old_modules", [("m", 20)]),
        ("keras_in_tensorflow", [("m", 18)]),
    ],
)
def test_models_that_need_nothing_that_is_missing(
    name: str, models: list[tuple[str, int]], files: dict[str, Any]
) -> None:
    assert files[name]["verification"]["verdict"] == "proved"
    assert made(files[name]) == models


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name.endswith("_of_package")])
def test_a_model_that_needs_a_missing_package_is_not_verified(
    name: str, files: dict[str, Any]
) -> None:
    verification = files[name]["verification"]
    assert verification["verdict"] == "unverified"
    assert "the package `not_there` is not installed" in verification["reason"]
    assert files[name]["status"] == "failed"


def test_a_site_of_a_model_that_was_not_built_stays(files: dict[str, Any]) -> None:
    status = {site["line"]: site["status"] for site in files["one_of_two"]["sites"]}
    assert status[7] == "rewritten"
    assert status.get(6) != "rewritten"


def test_a_copy_of_a_model_is_no_site(files: dict[str, Any]) -> None:
    assert [(one["line"], one["status"]) for one in files["copied"]["sites"]] == [(11, "rewritten")]


def test_made_up_data_and_missing_packages_are_listed(files: dict[str, Any]) -> None:
    def told(name: str, text: str) -> bool:
        return any(text in item for item in files[name]["verification"]["assumptions"])

    assert told("steered", "users.csv does not exist: made-up numbers were read instead")
    assert told("graph_mode", "disable_eager_execution was left out")
    assert told("unneeded", "line 4: the package `not_there` is not installed")
    assert told("one_of_two", "line 6: `Mish()`: the package `not_there` is not installed")
    assert told("old_modules", "`keras.utils.np_utils` are of older Keras")
    assert told("keras_in_tensorflow", "`tensorflow.python.keras` is of older Keras")
    assert told("inside_main", "line 8 (raised at line 5): RuntimeError: no data here")
    assert not told("config_beside", "settings.json")
    assert not told("config_beside", "GeneratorExit")


def test_both_sides_see_the_same_made_up_data(files: dict[str, Any], tmp_path: Path) -> None:
    source = HEADER + SCRIPTS["steered"]
    (tmp_path / "old.py").write_text(source)
    (tmp_path / "new.py").write_text(source.replace("users, 2", "max(users, 40), 2"))
    done = run("verify", "old.py", "new.py", "--device", "cpu", folder=tmp_path)
    assert b"different" in done.stdout
    assert b"shape" in done.stdout


def test_models_that_one_side_lacks_are_named(tmp_path: Path) -> None:
    source = HEADER + (
        "i = keras.Input((4,))\n"
        'a = keras.Model(i, tf.abs(i), name="a")\n'
        'b = keras.Model(i, tf.square(i), name="b")\n'
        'c = keras.Model(i, tf.tanh(i), name="c")\n'
    )
    lines = source.splitlines(keepends=True)
    (tmp_path / "all.py").write_text(source)
    (tmp_path / "fewer.py").write_text("".join(lines[:4] + lines[5:]))
    fewer = run("verify", "all.py", "fewer.py", "--device", "cpu", folder=tmp_path)
    assert b"a: the rewritten source builds fewer models" in fewer.stdout
    more = run("verify", "fewer.py", "all.py", "--device", "cpu", folder=tmp_path)
    assert b"it makes another model, `a`" in more.stdout
