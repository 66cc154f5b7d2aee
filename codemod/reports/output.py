"""Writing to the standard streams: bytes, flushed, with a closed pipe told from other errors."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO


class OutputClosedError(Exception):
    """Whoever read our output has gone, as ``head`` does."""


def write_bytes(stream: BinaryIO, content: bytes) -> None:
    """Write and flush ``content``; raise :class:`OutputClosedError` where nobody reads it."""
    try:
        stream.write(content)
        stream.flush()
    except BrokenPipeError as error:
        raise OutputClosedError from error


def write_text(stream: BinaryIO, text: str) -> None:
    """Write ``text`` as UTF-8.

    Surrogates stand for bytes of file names that are not UTF-8; they go out as they came in.
    """
    write_bytes(stream, text.encode("utf-8", "surrogateescape"))


def discard_output() -> None:
    """Point the standard streams at nothing, so that Python's last flush does not fail too."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nothing, stream.fileno())
