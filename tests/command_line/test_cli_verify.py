"""``rewrite`` with verification, and ``verify``: real models in real TensorFlow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command_line import MODEL, run
from tests.support.report_schema import check_report

pytestmark = pytest.mark.tensorflow


def test_a_file_is_written_when_it_is_verified(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_bytes(MODEL)
    done = run("rewrite", "model.py", "--device", "cpu", "--format", "json", folder=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    document = json.loads(done.stdout)
    check_report(document)
    (record,) = document["files"]
    assert record["status"] == "rewritten"
    assert record["verification"]["verdict"] == "proved"
    assert "cpu" in record["verification"]["device"].lower()
    assert [model["raw_ops_left"] for model in record["verification"]["models"]] == [0]
    assert (tmp_path / "model.py").read_bytes() != MODEL


def test_verify_tells_the_same_model_from_another(tmp_path: Path) -> None:
    same = run("rewrite", "-", folder=tmp_path, stdin=MODEL).stdout
    assert same != MODEL
    other = MODEL.replace(b'tf.einsum("...ijk->...jik", x)', b"tf.abs(x)")
    for name, source in ("old.py", MODEL), ("same.py", same), ("other.py", other):
        (tmp_path / name).write_bytes(source)
    done = run("verify", "old.py", "same.py", "--device", "cpu", folder=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.endswith(b"verified.\n")
    done = run("verify", "old.py", "other.py", "--device", "cpu", folder=tmp_path)
    assert done.returncode == 3
    assert b"different" in done.stdout


UNPROVED = b"""\
import numpy as np
import tensorflow as tf
from tensorflow import keras

i = keras.Input((4,))
x = tf.abs(i)
x = tf.ensure_shape(tf.numpy_function(np.tanh, [x], tf.float32), (None, 4))
model = keras.Model(i, tf.square(x))
"""


def test_what_only_samples_show_is_written_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_bytes(UNPROVED)
    (tmp_path / "old.py").write_bytes(UNPROVED)
    refused = run("rewrite", "model.py", "--device", "cpu", folder=tmp_path)
    assert refused.returncode == 3
    assert b"calls Python code" in refused.stdout
    assert path.read_bytes() == UNPROVED
    options = ["--device", "cpu", "--accept", "bitwise"]
    written = run("rewrite", "model.py", *options, folder=tmp_path)
    assert b"model.py: rewritten; bitwise" in written.stdout
    assert path.read_bytes() != UNPROVED
    told = run("verify", "old.py", "model.py", "--device", "cpu", folder=tmp_path)
    assert told.returncode == 1
    assert b"the graphs cannot be compared: " in told.stdout
    assert b"1 file failed verification." in told.stdout


def test_a_model_that_cannot_be_built_is_not_rewritten(tmp_path: Path) -> None:
    source = MODEL.replace(b"(2, 3)(x)", b"(2, 9)(x)")  # The kernel is larger than its input.
    (tmp_path / "model.py").write_bytes(source)
    done = run("rewrite", "model.py", "--device", "cpu", folder=tmp_path)
    assert done.returncode == 3
    assert b"model.py: not rewritten, the verification failed; unverified" in done.stdout
    assert (tmp_path / "model.py").read_bytes() == source


def test_standard_input_is_verified_when_asked(tmp_path: Path) -> None:
    done = run("rewrite", "-", "--verify", "--device", "cpu", folder=tmp_path, stdin=MODEL)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout != MODEL
    assert b"<stdin>: rewritten; " in done.stderr
