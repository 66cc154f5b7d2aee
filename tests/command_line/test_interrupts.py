"""What is seen of a run while it works, and what Ctrl-C leaves of it."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import MODEL, environment, start

pytestmark = pytest.mark.tensorflow

ENDLESS = b"""\
from tensorflow import keras
import tensorflow as tf

i = keras.Input((4,))
m = keras.Model(i, tf.sin(i))
while m:
    pass
"""


def on_terminal(*arguments: str, folder: Path) -> bytes:
    """What a run writes to a terminal that is its standard error."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "codemod", *arguments],
        cwd=folder,
        env=environment() | {"TERM": "xterm-256color"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ):
        os.close(theirs)
        seen = b""
        try:
            while piece := os.read(ours, 1 << 16):
                seen += piece
        except OSError:  # The other end is closed.
            pass
    os.close(ours)
    return seen


def test_progress_is_shown_on_a_terminal_and_taken_away(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_bytes(MODEL)
    seen = on_terminal("check", ".", folder=tmp_path)
    assert b"analysing 1 file \xc2\xb7 0:0" in seen
    # The cursor is shown again, and the line is gone.
    assert seen.rindex(b"\x1b[?25h") > seen.rindex(b"\x1b[?25l")
    assert b"\x1b[2K" in seen[seen.rindex(b"analysing") :]


def test_an_interrupt_keeps_what_is_written_and_names_what_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(MODEL)
    (tmp_path / "b.py").write_bytes(ENDLESS)
    arguments = ["rewrite", ".", "--device", "cpu", "-j", "1"]
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with start(*arguments, folder=tmp_path, temporary=temporary) as child:
        assert child.stdout is not None
        told = b""
        while b"rewritten" not in told:
            line = child.stdout.readline()
            assert line, "the command ended before it told of the first file"
            told += line
        # It is told of when it is written, and the other one is still run.
        assert (tmp_path / "a.py").read_bytes() != MODEL
        child.send_signal(signal.SIGINT)
        out, errors = child.communicate()
    assert child.returncode == 130
    assert errors == b"keras-codemod: interrupted; not done: b.py; run again for these\n"
    assert b"1 file rewritten" in out
    assert (tmp_path / "b.py").read_bytes() == ENDLESS
    assert list(temporary.iterdir()) == []


def test_a_second_interrupt_ends_at_once() -> None:
    script = (
        "import signal, sys\n"
        "from codemod.guard import exit_with\n"
        "from codemod.interrupts import without_interrupts\n"
        "def run():\n"
        "    try:\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "    finally:\n"
        "        with without_interrupts():\n"
        "            print('cleaning', flush=True)\n"
        "            signal.raise_signal(signal.SIGINT)\n"
        "            print('still here', flush=True)\n"
        "# Whoever runs the tests in the background has it ignored.\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "exit_with(run)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(), capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (130, b"cleaning\n")


def test_one_interrupt_waits_until_files_are_written() -> None:
    script = (
        "import signal\n"
        "from codemod.guard import exit_with\n"
        "from codemod.interrupts import without_interrupts\n"
        "def run():\n"
        "    with without_interrupts():\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "        print('written', flush=True)\n"
        "    print('not reached', flush=True)\n"
        "# Whoever runs the tests in the background has it ignored.\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "exit_with(run)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(), capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (130, b"written\n")
