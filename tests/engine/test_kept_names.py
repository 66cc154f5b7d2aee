"""Code that uses the names that Keras 2 gave to raw ops goes on working after the rewrite."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codemod.engine.candidates import Decisions
from codemod.verdict import RawOp
from tests.support.command_line import run
from tests.support.table_verifier import workbench
from transforms.syntax.records import Span

HEAD = """\
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

"""
RUN = (
    HEAD
    + """\
i = keras.Input((4,))
x = tf.exp(i)
y = tf.sin(tf.abs(x))
m = keras.Model(i, [x, tf.nn.relu(y)])
"""
)
SOURCES = {
    "outputs": """\
i = keras.Input((8,))
h = layers.Dense(4)(i)
first = tf.nn.softmax(tf.abs(h))
second = tf.nn.tanh(h) * 2.0
model = keras.Model(i, [first, tf.sin(second)])
model.compile("sgd", loss={"tf.nn.softmax": "mse", "tf.math.sin": "mae"})
targets = {"tf.nn.softmax": np.zeros((8, 4)), "tf.math.sin": np.zeros((8, 4))}
history = model.fit(np.zeros((8, 8)), targets, verbose=0)
assert history.history["tf.math.sin_loss"]
""",
    "inner": """\
def build(width=4):
    i = keras.Input((8,))
    x = tf.nn.relu(tf.matmul(i, tf.ones((8, width))) + 1.0)
    return keras.Model(i, layers.Dense(2)(tf.square(x)))


model = build()
cut = keras.Model(model.input, model.get_layer("tf.linalg.matmul").output)
assert cut(np.ones((1, 8))).shape == (1, 4)
""",
    "made": """\
def build():
    i = keras.Input((8,))
    return keras.Model(i, [tf.nn.softmax(i), tf.nn.relu(i)])
""",
    "uses": """\
from made import build

model = build()
model.compile("sgd", loss={"tf.nn.softmax": "mse", "tf.nn.relu": "mse"})
""",
    # No literal can name both layers of the model.
    "repeated": """\
def block(x):
    return tf.sin(layers.Dense(4)(x))


i = keras.Input((4,))
model = keras.Model(i, block(block(i)))
assert model.get_layer("tf.math.sin").name
""",
}

NAMES = ("tf.exp", "tf.math.sin", "tf.nn.relu", "tf.abs", "tf.math.sin_1", "exp")


def op(line: int, column: int, end_column: int, layer: str) -> RawOp:
    return RawOp(
        path=Path("m.py"),
        line=line,
        column=column,
        end_line=line,
        end_column=end_column,
        op="tf.exp",
        layer=layer,
    )


def test_names_count_that_code_uses_alone_or_in_those_of_losses(tmp_path: Path) -> None:
    uses = 'import keras\na = ["tf.exp", "val_tf.math.sin_loss", "tf.nn.relu6", "see tf.abs"]\n'
    planner = workbench(tmp_path, m=RUN, uses=uses).planner
    ops = [op(number, 4, 9, name) for number, name in enumerate(NAMES)]
    assert [*planner.names_in_use(ops).values()] == ["tf.exp", "tf.math.sin"]
    assert planner.names_in_use([op(1, -1, -1, "tf.exp")]) == {}


def test_a_layer_keeps_the_name_of_its_op(tmp_path: Path) -> None:
    bench = workbench(tmp_path, m=RUN)
    inner = RUN.splitlines()[7].index("tf.abs")
    names = {Span(7, 4, 7, 13): "tf.exp", Span(8, inner, 8, inner + 9): "tf.abs"}
    result = bench.planner.plan(bench.candidates["m"], Decisions(names=names))
    text = result.rewritten.decode()
    assert '(name="tf.exp")(i)' in text
    assert '(name="tf.abs")(x)' in text
    assert text.count("@keras.utils.register") == 3


@pytest.mark.tensorflow
def test_what_uses_old_names_runs_after_the_rewrite(tmp_path: Path) -> None:
    for name, source in SOURCES.items():
        (tmp_path / f"{name}.py").write_text(HEAD + source)
    done = run("rewrite", ".", "--device", "cpu", "--format", "json", folder=tmp_path)
    files = {file["path"]: file for file in json.loads(done.stdout)["files"]}
    status = {path: file["status"] for path, file in files.items()}
    assert status == {
        "inner.py": "rewritten",
        "made.py": "rewritten",
        "outputs.py": "rewritten",
        "repeated.py": "failed",
        "uses.py": "unchanged",
    }
    for path in ("inner.py", "made.py", "outputs.py"):
        verification = files[path]["verification"]
        assert verification["verdict"] == "proved"
        assert verification["hazards"] == []
    names = {site["layer_name"] for file in files.values() for site in file["sites"]}
    assert {"tf.nn.softmax", "tf.math.sin", "tf.linalg.matmul", "tf.nn.relu"} <= names
    environment = {**os.environ, "TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run(
        [sys.executable, "-c", "import inner, outputs, uses"],
        cwd=tmp_path,
        env={**environment, "CUDA_VISIBLE_DEVICES": "-1"},
        check=True,
    )
