"""What AutoGraph need not convert in layers, in a process of its own with TensorFlow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import environment

pytestmark = pytest.mark.tensorflow

MODULE = """\
import tensorflow as tf
from tensorflow.keras import layers

SCALE = 2.0


def helper(x):
    return x if tf.reduce_sum(x) > 0.0 else -x


class Plain(layers.Layer):
    axis = 1

    def call(self, x):
        "Neither decides nor repeats."
        size = x.get_shape().as_list()[-1]
        total = tf.reduce_sum(x * SCALE, axis=self.axis, keepdims=True)
        return tf.nn.relu(total)[..., :1] / size


class Decides(layers.Layer):
    def call(self, x):
        return x if tf.reduce_sum(x) > 0.0 else -x


class Repeats(layers.Layer):
    def call(self, x):
        for _ in tf.range(2):
            x = x + 1.0
        return x


class Calls(layers.Layer):
    def call(self, x):
        return helper(x)


class HandsOn(layers.Layer):
    def call(self, x):
        return tf.map_fn(helper, x)


class Holds(layers.Layer):
    function = staticmethod(helper)

    def call(self, x):
        return self.function(x)


class HandsOnItsOwn(layers.Layer):
    function = staticmethod(helper)

    def call(self, x):
        return tf.map_fn(self.function, x)


class Inherits(Decides):
    def call(self, x):
        return super().call(x)


class Inner(layers.Layer):
    def call(self, x):
        return tf.map_fn(lambda row: row if tf.reduce_sum(row) > 0.0 else -row, x)
"""
SCRIPT = """\
import json, sys
sys.path[:0] = [{support!r}, {folder!r}]
from worker_without_sandbox import worker
worker().load_child_package()
from keras_codemod_verify_child.capture import keras_generation, unconverted
keras_generation.prepare(2)
import tensorflow as tf
import layers_of_a_user as user
with open(user.__file__, "rb") as file:
    unconverted.leave_unconverted({{user.__file__: file.read()}})
from tensorflow.python.autograph.impl import conversion
found = {{}}
for name, layer in list(vars(user).items()):
    if isinstance(layer, type):
        made = layer()
        inputs = tf.keras.Input((3,))
        outputs = tf.keras.Model(inputs, made(inputs))(tf.constant([[-1.0, -2.0, -3.0]]))
        found[name] = [conversion.is_unsupported(made.call), outputs.numpy().tolist()]
print(json.dumps(found))
"""
SUPPORT = Path(__file__).parents[1] / "support"


def test_only_code_that_decides_nothing_is_left_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "layers_of_a_user.py").write_text(MODULE)
    text = SCRIPT.format(support=str(SUPPORT), folder=str(tmp_path))
    names = {**environment(), "TF_USE_LEGACY_KERAS": "1", "CUDA_VISIBLE_DEVICES": "-1"}
    command = [sys.executable, "-B", "-c", text]
    done = subprocess.run(command, env={**os.environ, **names}, capture_output=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert [name for name, (is_left, _) in found.items() if is_left] == ["Plain"]
    negated = [[1.0, 2.0, 3.0]]
    assert [name for name, (_, outputs) in found.items() if outputs == negated] == [
        "Decides",
        "Calls",
        "HandsOn",
        "Holds",
        "HandsOnItsOwn",
        "Inherits",
        "Inner",
    ]
