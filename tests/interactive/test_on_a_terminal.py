"""The real command, asked on a real terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.command_line import MODEL, environment

pytestmark = pytest.mark.tensorflow

PROMPT = b",?] "
TWO = MODEL.replace(b"model =", b"outputs = tf.square(outputs)\nmodel =")


def typed(folder: Path, answers: Sequence[bytes], *arguments: str) -> tuple[int, bytes]:
    """The exit status, and what is seen, where each prompt gets the next of ``answers``."""
    ours, theirs = pty.openpty()

    def own_terminal() -> None:
        os.setsid()
        os.close(os.open(os.ttyname(0), os.O_RDWR))  # Ctrl-C is for whoever has the terminal.
        signal.signal(signal.SIGINT, signal.default_int_handler)

    with subprocess.Popen(
        [sys.executable, "-m", "codemod", "rewrite", "-i", *arguments],
        cwd=folder,
        env=environment() | {"TERM": "xterm-256color"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        preexec_fn=own_terminal,  # noqa: PLW1509
    ) as child:
        os.close(theirs)
        seen, left, told = b"", list(answers), 0
        try:
            while piece := os.read(ours, 1 << 16):
                seen += piece
                if left and seen.count(PROMPT) > told:
                    told += 1
                    os.write(ours, left.pop(0))
        except OSError:  # The other end is closed.
            pass
    os.close(ours)
    assert not left
    return child.returncode, seen


def test_what_was_chosen_is_verified_and_written(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(TWO)
    answers = [b"r Swapped\n", b"y\n", b"n\n"]
    status, seen = typed(tmp_path, answers, ".", "--device", "cpu")
    assert status == 1
    assert b"\x1b[32m+class Swapped(layers.Layer):\x1b[0m" in seen
    assert b'could become Swapped "swapped" (1 of 2) [y,n,a,A,t,r,q,?] ' in seen
    text = (tmp_path / "a.py").read_text()
    assert 'x = Swapped(name="swapped")(x)\n' in text and "tf.square(outputs)\n" in text
    assert b"proved on CPU" in seen and b"KC316: you left it as it is" in seen


@pytest.mark.parametrize("end", [b"\x03", b"\x04", b"q\n"], ids=["Ctrl-C", "Ctrl-D", "q"])
def test_what_was_said_so_far_is_kept(end: bytes, tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_bytes(TWO)
    status, seen = typed(tmp_path, [b"y\n", end], ".", "--no-verify")
    assert status == 1
    assert b"class Einsum" in (tmp_path / "a.py").read_bytes()
    assert (tmp_path / "b.py").read_bytes() == TWO
    assert b"KC316: the questions ended before this one" in seen
