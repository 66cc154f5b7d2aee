"""Errors that the user can act on; their text is one line, ``what; what to do``."""

from __future__ import annotations


class CodemodError(Exception):
    """The run cannot go on: exit status 2. The text names the file or option at fault."""


class FileError(CodemodError):
    """One file cannot be read or written; the others go on. The text does not name the file."""


class FileChangedError(FileError):
    """The file on disk is no longer the one that was read; it was not overwritten."""
