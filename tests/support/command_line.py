"""Running the command, in this process or as a real one, and the models it is tried on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from typer.main import get_command
from typer.testing import CliRunner

from codemod.cli import app

ROOT = Path(__file__).parents[2]

MODEL = b"""\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

inputs = keras.Input((4, 6, 3))
x = layers.Conv2D(3, 3, padding="same")(inputs)
x = tf.einsum("...ijk->...jik", x)
outputs = layers.Conv2D(2, 3)(x)
model = keras.Model(inputs, outputs)
"""
PLAIN = b"answer = 42\n"
BROKEN = b"x = 1\nif x\n    y = 2\n"


def environment() -> dict[str, str]:
    """The environment in which the package under test is found from any folder.

    Compiled modules may be written, as they are for users: without them each start takes longer.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPATH": str(ROOT)}


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a command that was run in this process leaves."""

    returncode: int
    stdout: bytes
    stderr: bytes


def run_here(*arguments: str, folder: Path, stdin: bytes = b"") -> Done:
    """Run ``keras-codemod`` with ``arguments`` in ``folder``, in this process: no start-up."""
    before, handler = Path.cwd(), signal.getsignal(signal.SIGTERM)
    os.chdir(folder)
    try:
        with CliRunner().isolation(input=stdin) as (out, err, _):
            status = _status(arguments)
            return Done(returncode=status, stdout=out.getvalue(), stderr=err.getvalue())
    finally:
        os.chdir(before)
        signal.signal(signal.SIGTERM, handler)


def _status(arguments: Sequence[str]) -> int:
    try:
        _command().main(args=arguments, prog_name="keras-codemod")
    except SystemExit as end:
        assert end.code is None or isinstance(end.code, int)
        return end.code or 0
    finally:
        sys.stdout.flush()
    return 0


@cache
def _command() -> Any:
    """The commands: Typer takes some forty milliseconds to make them."""
    return get_command(app)


def run(
    *arguments: str, folder: Path, stdin: bytes = b"", temporary: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run ``keras-codemod`` with ``arguments`` in ``folder``, in a process of its own.

    Temporary files go to ``temporary`` where it is given.
    """
    return subprocess.run(
        [sys.executable, "-m", "codemod", *arguments],
        cwd=folder,
        env=environment() | ({"TMPDIR": str(temporary)} if temporary else {}),
        input=stdin,
        capture_output=True,
        check=False,
    )


def start(
    *arguments: str, folder: Path, stdout: int = subprocess.PIPE, temporary: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start ``keras-codemod`` with ``arguments`` in ``folder``, in a process group of its own.

    Temporary files go to ``temporary`` where it is given.
    """

    def interruptible_group() -> None:
        os.setpgrp()
        # Started in the background of a script, the tests themselves ignore an interrupt.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    return subprocess.Popen(
        [sys.executable, "-m", "codemod", *arguments],
        cwd=folder,
        env=environment() | ({"TMPDIR": str(temporary)} if temporary else {}),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        preexec_fn=interruptible_group,  # noqa: PLW1509
    )
