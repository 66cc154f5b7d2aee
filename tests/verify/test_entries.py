"""What a user would run is run: scripts that import a file, builders with parameters, tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import run

pytestmark = pytest.mark.tensorflow

HEAD = "import tensorflow as tf\nfrom tensorflow.keras import Input, Model, layers\n"
PROJECTS: dict[str, dict[str, str]] = {
    # A script without a word of TensorFlow makes an instance and calls a method.
    "class_in_script": {
        "net.py": HEAD
        + """
class Denoiser:
    def __init__(self, width):
        self.width = width

    def build_net(self, log=True):
        sound = Input((16, 8))
        x = tf.math.log(sound + 1e-7) if log else sound
        self.model = Model(sound, layers.Dense(self.width)(x))
""",
        "train.py": """
from net import Denoiser
trainer = Denoiser(4)
trainer.build_net()
trainer.model.fit([1.0], [1.0])
""",
    },
    # Nobody calls the builders; each branch holds raw ops of its own.
    "builders_with_parameters": {
        "nets.py": HEAD
        + """
def pooled(x, how):
    if how == "max":
        return tf.reduce_max(x, axis=[1, 2])
    return tf.reduce_mean(x, axis=[1, 2])

def classifier(input_shape, num_classes, how="max", gated=False):
    i = Input(input_shape)
    x = layers.Conv2D(4, 3)(i)
    if gated:
        x = tf.sigmoid(x)
    return Model(i, layers.Dense(num_classes)(pooled(x, how)))
""",
    },
    # Nobody makes a model of the blocks.
    "blocks": {
        "blocks.py": HEAD
        + """
def residual(x, filters):
    y = layers.Conv2D(filters, 3, padding="same")(x)
    return x + tf.nn.relu(y)

class Net:
    def create_model(self, inputs: "list[tf.Tensor]") -> Model:
        a, b, c = inputs
        x = layers.Concatenate()([tf.squeeze(a, -1), tf.squeeze(b, -1), tf.squeeze(c, -1)])
        return Model(inputs, layers.Conv2D(4, 2)(x))
""",
    },
    # The values stand in tests of the project.
    "tests_of_a_package": {
        "pkg/__init__.py": "from .nets import Net\n",
        "pkg/nets.py": HEAD
        + """
class Net:
    def __init__(self, table):
        self.table = table

    def create(self):
        i = Input((self.table["columns"],))
        return Model(i, tf.square(layers.Dense(self.table["deep"]["width"])(i)))
""",
        "tests/test_nets.py": """
import unittest
from pkg import Net

class TestNet(unittest.TestCase):
    def setUp(self):
        self.net = Net({"columns": 3, "deep": {"width": 2}})

    def test_model(self):
        self.assertEqual(self.net.create().output_shape, (None, 2))
""",
    },
    # Objects of a class of Keras that do by hand what Keras would do, so that ops are raw ones.
    "layers_called_by_hand": {
        "pkg/__init__.py": "",
        "pkg/base.py": """
from tensorflow.keras import Model

class Component(Model):
    def __init__(self, depth=1):
        super().__init__()
        self.depth = depth

    def __call__(self, inputs, **kwargs):
        if self.depth <= 0:
            return super().__call__(inputs, **kwargs)
        self.build(inputs.shape[1:])
        return self.call(inputs, **kwargs)
""",
        "pkg/parts.py": HEAD
        + """
from .base import Component

class Block(Component):
    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.width = width

    def build(self, shape):
        self.dense = layers.Dense(self.width)

    def call(self, inputs, **kwargs):
        return tf.nn.leaky_relu(self.dense(inputs), alpha=0.1)
""",
        "pkg/net.py": """
from tensorflow.keras import Input, Model
from .parts import Block

def build(width=3):
    i = Input((4,))
    return Model(i, Block(width)(Block(2)(i)))
""",
    },
    # An object for sessions makes a model, and tensors of what that gives, which end in none.
    "tensors_beside_a_model": {
        "yolo.py": HEAD
        + """
from tensorflow.keras import backend as K

def body(inputs, anchors):
    return Model(inputs, layers.Conv2D(anchors * 5, 1)(inputs))

def boxes_of(features, shape):
    return tf.sigmoid(tf.reshape(features, [-1, 5])) * K.cast(shape[0], "float32")

class Detector:
    _defaults = {"model_path": "model.h5"}

    def __init__(self, **kwargs):
        self.__dict__.update(self._defaults)
        self.__dict__.update(kwargs)
        self.session = K.get_session()
        self.boxes = self.generate()

    def generate(self):
        self.model = body(Input((None, None, 3)), 2)
        self.model.load_weights(self.model_path)
        self.shape = K.placeholder(shape=(2,))
        return boxes_of(self.model.output, self.shape)
""",
    },
    # A script makes tensors in functions and beside its model, and only prints them. Its object
    # needs what Keras has no more.
    "tensors_in_script": {
        "script.py": HEAD
        + """
from tensorflow.keras import backend as K

i = Input((8, 4))
hidden = layers.Dense(6)(i)
body = Model(i, hidden)
boxes = tf.sigmoid(tf.reshape(body.output, (-1, 2, 24)))
print(boxes.shape)

def metrics(x):
    best = tf.reduce_max(x, axis=-1)
    return tf.reduce_mean(best, axis=1)

score = metrics(body.output)
for depth in range(2):
    part = tf.square(hidden) * float(depth)

class Detector:
    def __init__(self, model):
        self.session = K.get_session()
        self.boxes = tf.nn.softplus(model.output) * K.np.float32(0.5)

    def detect(self, picture):
        return self.session.run([self.boxes], {i: picture})

detector = Detector(body)
found = detector.detect("picture.png")
""",
    },
    # What a description of a feature says decides what is made of it.
    "settings_with_choices": {
        "columns.py": HEAD
        + """
from not_installed import *

KINDS = {"int": tf.int32, "float": tf.float32}
DEFAULTS = scaled(KINDS)

class Columns:
    def numeric(self, params: dict):
        x = Input((params["length"],), dtype=KINDS.get(params["kind"]), name=params["key"])
        if "how" in params.keys():
            if params["how"] == "log":
                x = tf.math.log(x)
            elif params["how"] == "sqrt":
                x = tf.sqrt(x)
        return layers.Dense(2)(x)

def head(features, tiles=2):
    i = Input((tiles, tiles, features))
    x = tf.reshape(layers.MaxPool2D(tiles)(i), (-1, features))
    return Model(i, layers.Dense(4)(x))
""",
    },
    # A table of the module chooses the builder, and what is read from files is no tensor of it.
    "builders_in_a_table": {
        "nets.py": HEAD
        + """
def _wide(width, depth):
    if width < 4 * depth:
        raise ValueError("too narrow")
    i = Input((width,))
    return Model(i, layers.Dense(depth)(tf.square(i)))
""",
        "zoo.py": HEAD
        + """
from nets import _wide

MODELS = {"wide": _wide}

def make(kind):
    if kind not in MODELS:
        raise ValueError(kind)
    return MODELS[kind](width=24, depth=3)

def picture(path):
    pixels = tf.image.decode_png(tf.io.read_file(path))
    return tf.squeeze(layers.Rescaling(1 / 255.0)(tf.expand_dims(pixels, 0)), 0)
""",
    },
    # A test makes tensors, and no model of them.
    "tensors_in_no_model": {
        "parts/__init__.py": "",
        "parts/attention.py": HEAD
        + """
class Attention:
    def __init__(self, ways):
        if ways.total() != 2:
            raise ValueError("two ways")

    def build(self, query, key):
        score = tf.matmul(query, key, transpose_b=True)
        self.weights = tf.nn.softmax(score)
        return self
""",
        "tests/test_attention.py": HEAD
        + """
from collections import Counter
from parts.attention import Attention

def test_weights():
    query, key = layers.Dense(4)(Input((3, 4))), Input((5, 4))
    built = Attention(Counter("ab")).build(query, key)
    assert built.weights.shape[1:] == (3, 5)
""",
    },
    # Only errors tell what to give: parts that settings choose, options that are handed on.
    "told_by_errors": {
        "nets/__init__.py": "",
        "nets/conv.py": HEAD
        + """
def conv(x, filters, **options):
    layer = layers.Conv3D(filters, 3, padding="same", **options)
    return layer(x)

def pick(parts, name):
    return parts[name]
""",
        "nets/blocks.py": HEAD
        + """
from . import conv

def pooled(x):
    return tf.reduce_max(x, axis=-1, keepdims=True)

def centred(x):
    return x - tf.reduce_mean(x, axis=-1, keepdims=True)

class Block:
    def __init__(self, config, **options):
        self.config = conv.pick(config, "block")
        self.options = options
        if self.config["kind"] not in ("max", "mean"):
            raise ValueError("unknown kind")

    def __call__(self, x):
        x = conv.conv(x, **self.options)
        return pooled(x) if self.config["kind"] == "max" else centred(x)
""",
    },
}


UNKNOWN = (
    HEAD
    + """
class Net:
    def __init__(self, table):
        if table["width"] != 3 * table["columns"]:
            raise ValueError("the width is three times the columns")
        self.table = table

    def create(self):
        i = Input((self.table["columns"],))
        return Model(i, tf.square(i))
"""
)
"""Nobody can know which values fit."""


def written(folder: Path, files: Mapping[str, str]) -> Path:
    """``files`` written below ``folder``."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """The files with sites of each project, after one command for all of them."""
    folder = tmp_path_factory.mktemp("projects")
    for name, files in PROJECTS.items():
        written(folder / name, files)
    written(folder / "unknown", {"net.py": UNKNOWN})
    names = [*PROJECTS, "unknown"]
    done = run("rewrite", *names, "--format", "json", "-j", "2", folder=folder)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for file in json.loads(done.stdout)["files"]:
        if file["sites"]:
            found[file["path"].split("/")[0]].append(file)
    return found


@pytest.mark.parametrize("name", PROJECTS)
def test_every_site_is_verified_without_an_option(
    name: str, results: dict[str, list[dict[str, Any]]]
) -> None:
    assert results[name]
    for file in results[name]:
        assert [(s["line"], s["status"], s["reason"]) for s in file["sites"]] == [
            (s["line"], "rewritten", None) for s in file["sites"]
        ]
        assert file["verification"]["verdict"] == "proved"


def test_made_up_calls_are_told(results: dict[str, list[dict[str, Any]]]) -> None:
    (file,) = results["builders_with_parameters"]
    told = [text for text in file["verification"]["assumptions"] if "made-up call" in text]
    assert told == [
        "made-up call: classifier(input_shape=(32, 32, 3), num_classes=3)",
        "made-up call: classifier(input_shape=(32, 32, 3), num_classes=3, how='other')",
        "made-up call: classifier(input_shape=(32, 32, 3), num_classes=3, gated=True)",
    ]


def test_calls_that_were_tried_in_vain_are_told_with_the_reason(
    results: dict[str, list[dict[str, Any]]],
) -> None:
    (file,) = results["unknown"]
    assert file["tried"][0].endswith(" (line 7): ValueError: the width is three times the columns")
    assert file["tried"][0].startswith("Net(table={'width': ")
    assert not any(one["tried"] for name in PROJECTS for one in results[name])


def test_what_a_run_shows_and_the_analysis_misses_is_a_site(tmp_path: Path) -> None:
    source = (
        HEAD
        + """
i = Input((4,))
h = eval("i")
x = tf.square(h) + 1.0
y = eval("tf.nn.relu")(x)
z = tf.abs(i)
Model(i, [y, z])
"""
    )
    written(tmp_path, {"net.py": source})
    done = run("rewrite", "net.py", "--format", "json", folder=tmp_path)
    (file,) = json.loads(done.stdout)["files"]
    assert [(s["line"], s["ops"], s["status"]) for s in file["sites"]] == [
        (6, ["operator.add", "tf.square"], "rewritten"),
        (7, ["tf.nn.relu"], "refused"),
        (8, ["tf.abs"], "rewritten"),
    ]
    assert "found at run time" in file["sites"][1]["reason"]
    assert file["verification"]["verdict"] == "proved"
