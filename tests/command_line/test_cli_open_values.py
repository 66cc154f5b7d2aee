"""A builder is verified with each value in sight of its parameters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command_line import run

pytestmark = pytest.mark.tensorflow

SOURCE = """\
import tensorflow as tf
from tensorflow import keras


def net(kind="sum", act="relu"):
    i = keras.Input((4, 5))
    if kind == "sum":
        x = tf.reduce_sum(i, 1)
    elif kind == "first":
        x = tf.sin(i[:, 0])
    else:
        x = tf.reduce_max(i, 1)
    function = {"relu": tf.nn.relu, "tanh": tf.tanh}[act]
    return keras.Model(i, tf.sqrt(function(x)))
"""


# The statement that calls the builder has a raw op of its own, and a layer in its place afterwards.
BESIDE = """\
import tensorflow as tf
from tensorflow import keras


def block(x, how):
    return tf.sin(x) if how == "sin" else tf.cos(x)


i = keras.Input((4,))
model = keras.Model(i, [block(i, "sin"), tf.abs(i)])
"""


def test_each_value_is_built_and_every_branch_is_rewritten(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(SOURCE)
    (tmp_path / "beside.py").write_text(BESIDE)
    done = run("rewrite", ".", "--device", "cpu", "--format", "json", folder=tmp_path)
    beside, record = json.loads(done.stdout)["files"]
    assert [(model["build"], model["keras3"]) for model in beside["verification"]["models"]] == [
        (None, "proved"),
        ("model_of(lambda: block(i, 'otherwise'))", "proved"),
    ]
    assert record["verification"]["verdict"] == "proved"
    assert [model["build"] for model in record["verification"]["models"]] == [
        None,
        "net(kind='first')",
        "net(kind='otherwise')",
        "net(act='tanh')",
    ]
    assert {site["status"] for site in record["sites"]} == {"rewritten"}
    assert done.returncode == 0
    text = (tmp_path / "net.py").read_text()
    assert "(function)(x)" in text


def test_a_value_for_which_the_rewrite_differs_is_found(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text(SOURCE)
    (tmp_path / "new.py").write_text(SOURCE.replace('"tanh": tf.tanh', '"tanh": tf.nn.relu'))
    done = run("verify", "old.py", "new.py", "--device", "cpu", folder=tmp_path)
    assert done.returncode == 3
    assert b"Tanh" in done.stdout
