"""Files of a package that only other files build models of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.tensorflow

BLOCKS = """\
import tensorflow as tf


def squash(x):
    return tf.tanh(x) * 0.5
"""
MODEL = """\
import tensorflow as tf
from tensorflow import keras

from .blocks import squash


def build():
    inputs = keras.Input((4,))
    x = tf.square(inputs)
    return keras.Model(inputs, squash(keras.layers.Dense(3)(x)))
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "codemod", *arguments, "--device", "cpu"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def package(tmp_path: Path) -> Path:
    nets = tmp_path / "nets"
    nets.mkdir()
    (nets / "__init__.py").write_text("")
    (nets / "blocks.py").write_text(BLOCKS)
    (nets / "model.py").write_text(MODEL)
    return tmp_path


def test_a_helper_is_verified_by_the_models_of_its_callers(package: Path) -> None:
    done = run(package, "rewrite", "nets")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "return Squash()(x)\n" in (package / "nets/blocks.py").read_text()
    assert "tf.square(inputs)\n" not in (package / "nets/model.py").read_text()


def test_a_build_verifies_several_files_together(package: Path) -> None:
    done = run(package, "rewrite", "nets", "--build", "nets.model:build()")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("rewritten; proved on CPU") == 2


def test_a_file_of_which_no_model_is_built_is_not_written(package: Path) -> None:
    arguments = ["--no-capture", "--build", "nets.blocks:squash"]
    done = run(package, "rewrite", "nets/model.py", *arguments)
    assert done.returncode == 3
    assert "unverified" in done.stdout
    assert (package / "nets/model.py").read_text() == MODEL


def test_a_file_is_written_with_no_verification_when_the_user_says_so(package: Path) -> None:
    done = run(package, "rewrite", "nets/model.py", "--no-verify")
    assert done.returncode == 0
    assert "not verified" in done.stdout
    assert (package / "nets/model.py").read_text() != MODEL
