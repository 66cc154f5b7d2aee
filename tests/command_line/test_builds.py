"""``--build``: bad text is bad usage, and a call that fails is named first, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import MODEL, run, run_here


@pytest.mark.parametrize(
    ("build", "complaint"),
    [
        ("build(", "--build 'build(': is not a Python expression ("),
        ("def f(): pass", "is not a Python expression (invalid syntax); give a call, as "),
        ("pkg.mod:build(=1)", "is not a Python expression ("),
        ("some/file.py:build()", "'some/file.py' is not a module; give a call"),
        ("", "is not a Python expression ("),
    ],
)
def test_what_is_no_expression_is_bad_usage(build: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "m.py").write_bytes(MODEL)
    done = run_here("rewrite", "m.py", "--build", build, folder=tmp_path)
    assert done.returncode == 2
    assert complaint in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_nothing_to_run_is_bad_usage(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_bytes(MODEL)
    done = run_here("rewrite", "m.py", "--no-capture", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(b"keras-codemod: --no-capture: nothing is run")


BUILDER = b"""\
import tensorflow as tf
from tensorflow import keras


def build(width):
    inputs = keras.Input((width,))
    return keras.Model(inputs, tf.sin(inputs), name=f"of_{width}")


def broken():
    return {}["width"]
"""
PLAIN = b"""\
from tensorflow import keras


def broken():
    return 1 / 0
"""


@pytest.mark.tensorflow
def test_builds_add_to_the_models_of_the_files_and_failures_come_first(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(MODEL)
    (tmp_path / "b.py").write_bytes(BUILDER)
    (tmp_path / "plain.py").write_bytes(
        b"from tensorflow import keras\n\n\ndef broken():\n    1 / 0\n"
    )
    arguments = [".", "--device", "cpu", "--build", "build(3)", "--build", "broken()"]
    done = run("rewrite", *arguments, folder=tmp_path)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 3, done.stderr.decode()
    assert (tmp_path / "a.py").read_bytes() != MODEL
    assert (tmp_path / "b.py").read_bytes() != BUILDER
    assert [line for line in lines if line.startswith("b.py: ")][:2] == [
        "b.py: --build broken() (line 11): KeyError: 'width'",
        "b.py: rewritten; proved on CPU: of_3; Keras 3: proved; port: bitwise",
    ]
    left = lines[lines.index("What is left for you:") + 1 :]
    assert sorted(left[:2]) == [
        "- b.py: --build broken() (line 11): KeyError: 'width'",
        "- plain.py: --build broken() (line 5): ZeroDivisionError: division by zero",
    ]
