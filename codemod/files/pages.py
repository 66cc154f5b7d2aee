"""Where a page of HTML may go: what else stands there is not overwritten."""

from __future__ import annotations

import os
from pathlib import Path

from codemod.errors import CodemodError, FileError
from codemod.files.files import NOT_REGULAR, describe_os_error, write_file

START = b"<!doctype html>"


def check_page(path: str) -> None:
    """Raise :class:`CodemodError` where no page can be written to ``path``."""
    problem = _problem(path)
    if problem is not None:
        raise CodemodError(f"--html {path}: {problem}")


def write_page(path: str, content: bytes) -> None:
    """Write a page; raise :class:`CodemodError` where that fails."""
    check_page(path)
    try:
        write_file(Path(path), content)
    except FileError as error:
        raise CodemodError(f"--html {path}: {error}") from error


def _problem(path: str) -> str | None:
    if path in ("", "-"):
        return "a page goes to a file; give its name"
    if "\0" in path:
        return "is no name of a file; give another"
    if os.path.isdir(path):
        return "is a folder; give a file"
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        return "its folder is not there; make it first"
    if not os.access(folder, os.W_OK | os.X_OK):
        return "its folder cannot be written; check its permissions"
    if not os.path.lexists(path):
        return None
    if os.path.exists(path) and not os.path.isfile(path):
        return NOT_REGULAR
    try:
        with open(path, "rb") as file:
            start = file.read(len(START))
    except FileNotFoundError:  # A link that leads to nothing yet.
        return None
    except OSError as error:
        return describe_os_error("cannot be read", error)
    # It may be one of the sources, given in the wrong place.
    return None if start.lower() in (b"", START) else "is there and is no page; give another name"
