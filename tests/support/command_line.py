"""Running the real command, and the models it is tried on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

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


def run(
    *arguments: str, folder: Path, stdin: bytes = b"", temporary: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run ``keras-codemod`` with ``arguments`` in ``folder``.

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
