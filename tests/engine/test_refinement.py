"""Plans that fail are planned finer, and only where they fail."""

from __future__ import annotations

import json
import sys
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
# Collapsed, the ops after "b" no longer put it before "a", whose kernel has an equal shape.
SWAPPED_DENSE = (
    HEADER
    + """\
inputs = keras.Input((4,))
a = layers.Dense(4, name="a")(inputs)
a = tf.nn.relu(a)
b = layers.Dense(4, name="b")(inputs)
b = tf.multiply(b, 2.0)
b = tf.add(b, 1.0)
b = tf.sin(b)
joined = layers.concatenate([a, b])
joined = tf.square(joined)
joined = tf.reduce_sum(joined, -1, keepdims=True)
model = keras.Model(inputs, joined)
"""
)
NAME_DEPENDENT = (
    HEADER
    + """\
inputs = keras.Input((4,))
x = tf.square(inputs)
x = layers.Dense(4)(x)
x = tf.math.tanh(x)
units = 2 if "tanh" in x.name.split("/")[0] and "tf" in x.name else 3
x = layers.Dense(units)(x)
x = tf.nn.relu(x)
model = keras.Model(inputs, x)
"""
)
NOT_ALL_RUN = (
    HEADER
    + """\
one = keras.Input((4,))
good = keras.Model(one, tf.square(layers.Dense(2)(one)), name="good")
two = keras.Input((4,))
bad = keras.Model(two, tf.sqrt(tf.reshape(two, [-1, 3])), name="bad")
"""
)


SOURCES = {"swapped.py": SWAPPED_DENSE, "named.py": NAME_DEPENDENT, "not_all.py": NOT_ALL_RUN}


@pytest.fixture(scope="module")
def rewritten(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("refined")
    for name, source in SOURCES.items():
        (folder / name).write_text(source)
    done = run("rewrite", ".", "--format", "json", "--device", "cpu", folder=folder)
    print(done.stderr.decode(), file=sys.stderr)
    report = json.loads(done.stdout)
    return folder, {Path(file["path"]).name: file for file in report["files"]}


def test_only_the_run_that_moves_weights_is_planned_finer(
    rewritten: tuple[Path, dict[str, Any]],
) -> None:
    folder, files = rewritten
    text = (folder / "swapped.py").read_text()
    assert files["swapped.py"]["status"] == "rewritten"
    assert files["swapped.py"]["verification"]["models"][0]["weight_order_kept"] is True
    names = [site["layer_name"] for site in files["swapped.py"]["sites"]]
    assert len(set(names[-2:])) == 1, "the last run stays one layer"
    assert len(set(names[1:4])) == 3, "the run of b becomes one layer for each op"
    assert "tf." not in text.partition("inputs = ")[2]


def test_only_the_site_that_changes_the_model_is_refused(
    rewritten: tuple[Path, dict[str, Any]],
) -> None:
    folder, files = rewritten
    file = files["named.py"]
    assert file["status"] == "rewritten"
    by_op = {site["ops"][0]: site for site in file["sites"]}
    assert by_op["tf.tanh"]["status"] == "refused"
    assert by_op["tf.tanh"]["reason"].startswith("KC310")
    assert by_op["tf.square"]["status"] == by_op["tf.nn.relu"]["status"] == "rewritten"
    assert "x = tf.math.tanh(x)\n" in (folder / "named.py").read_text().partition("inputs = ")[2]


def test_what_only_a_model_that_does_not_run_shows_is_refused(
    rewritten: tuple[Path, dict[str, Any]],
) -> None:
    _, files = rewritten
    file = files["not_all.py"]
    assert [site["status"] for site in file["sites"]] == ["rewritten", "refused"]
    assert file["sites"][1]["reason"].startswith("KC311")
    verdicts = {model["name"]: model for model in file["verification"]["models"]}
    assert verdicts["good"]["bitwise"] is True
    assert verdicts["bad"]["bitwise"] is None
