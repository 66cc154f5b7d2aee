"""The filter as editors use it: what comes out takes the place of the buffer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import BROKEN, MODEL, PLAIN, run_here

REFUSED = MODEL.replace(b"outputs =", b"tf.print(x)\noutputs =")
PART = b"x = tf.nn.relu(x)\n"
IN_A_FUNCTION = b"    x = tf.nn.relu(x)\n    return x\n"
ADVICE = b"so it is a part of a file; give the whole file, and with --lines A:B its lines\n"


def test_quiet_is_silent_also_where_something_is_refused(tmp_path: Path) -> None:
    done = run_here("rewrite", "-q", "--exit-zero", "-", folder=tmp_path, stdin=REFUSED)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b'x = Einsum(name="einsum")(x)\ntf.print(x)\n' in done.stdout
    done = run_here("rewrite", "-q", "-", folder=tmp_path, stdin=REFUSED)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        (PART, b"<stdin>:1: `tf` is not imported here, "),
        (b"\n\n" + PART, b"<stdin>:3: `tf` is not imported here, "),
        (b"y = layers.Dense(3)(x)\n" + PART, b"<stdin>:1: `layers` is not imported here, "),
        (IN_A_FUNCTION, b"<stdin>:1: the first line is indented, "),
        (b"# first\n" + IN_A_FUNCTION.replace(b"    ", b"\t"), None),
    ],
)
def test_a_part_of_a_file_is_told(part: bytes, problem: bytes | None, tmp_path: Path) -> None:
    for command in ("rewrite", "check"):
        done = run_here(command, "-q", "--exit-zero", "-", folder=tmp_path, stdin=part)
        assert done.returncode == 2
        assert problem is None or problem + ADVICE in done.stderr
        assert done.stdout == (part if command == "rewrite" else b"")


@pytest.mark.parametrize(
    "whole",
    [
        PLAIN,
        b"",
        b"from models import *\n" + PART,
        b"def f(tf, x):\n    return tf.sin(x)\n",
        b"for layers in []:\n    layers.append(1)\n",
        b"tf = load('tensorflow')\ny = tf.sin(x)\n",
    ],
)
def test_whole_files_are_not_taken_for_parts(whole: bytes, tmp_path: Path) -> None:
    done = run_here("rewrite", "-q", "-", folder=tmp_path, stdin=whole)
    assert (done.returncode, done.stdout, done.stderr) == (0, whole, b"")


@pytest.mark.parametrize(
    ("arguments", "source"),
    [
        ((), b"import tensorflow\n" + BROKEN),
        (("--lines", "90:99"), MODEL),
        (("--python", "no/python", "--verify"), MODEL),
        (("--to", "ops", "--target", "keras2"), MODEL),
        ((), "import tensorflow\nx = 'é'\n".encode("latin-1")),
    ],
)
def test_the_buffer_is_never_lost(
    arguments: tuple[str, ...], source: bytes, tmp_path: Path
) -> None:
    done = run_here("rewrite", "-q", *arguments, "-", folder=tmp_path, stdin=source)
    assert (done.returncode, done.stdout) == (2, source)
    assert done.stderr.count(b"\n") == 1
    done = run_here("rewrite", "-q", "--diff", *arguments, "-", folder=tmp_path, stdin=source)
    assert (done.returncode, done.stdout) == (2, b"")


def test_nor_is_it_where_the_project_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.keras-codemod]\nto = 3\n")
    done = run_here("rewrite", "-", folder=tmp_path, stdin=MODEL)
    assert (done.returncode, done.stdout) == (2, MODEL)
