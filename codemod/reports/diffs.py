"""Unified diffs of bytes that ``git apply`` and ``patch -p1`` take."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from codemod.results import FileResult


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a diff is of: a file, or under its ``title`` a cell."""

    title: str
    before: bytes
    after: bytes


NO_NEWLINE = b"\n\\ No newline at end of file\n"


def unified_diff(original: bytes, rewritten: bytes, shown: str) -> bytes:
    """Return the diff from ``original`` to ``rewritten``, empty where they are equal.

    Nothing is decoded, so any encoding and any mix of line ends comes through. ``shown`` is the
    path as the user knows it; below the working directory it is made relative to that.
    """
    if original == rewritten:
        return b""
    name = _relative_name(shown)
    lines = difflib.diff_bytes(
        difflib.unified_diff,
        _split_lines(original),
        _split_lines(rewritten),
        _header_name(f"a/{name}"),
        _header_name(f"b/{name}"),
    )
    return b"".join(line if line.endswith(b"\n") else line + NO_NEWLINE for line in lines)


def diff_of(result: FileResult) -> bytes:
    """Return the diff of one result, fixes included; that of a notebook goes cell by cell.

    The header of each cell names it, as in ``a/train.ipynb:cell 4``. Such a diff is to be read.
    """
    return b"".join(
        unified_diff(
            part.before, part.after, f"{result.path}:{part.title}" if part.title else result.path
        )
        for part in parts_of(result)
    )


def parts_of(result: FileResult) -> Iterator[Part]:
    """The file, fixes included, or the cells of a notebook one by one."""
    before = result.original if result.before_fixes is None else result.before_fixes
    if result.notebook is None:
        yield Part(title="", before=before, after=result.rewritten)
        return
    module = result.notebook.module
    old, new = module.texts(before.decode()), module.texts(result.rewritten.decode())
    for number, text in new.items():
        yield Part(title=f"cell {number}", before=_ended(old[number]), after=_ended(text))


def _ended(text: str) -> bytes:
    """A cell as lines: that the last one has no end says nothing."""
    return (text if text.endswith("\n") else text + "\n").encode()


def _split_lines(source: bytes) -> list[bytes]:
    # Not bytes.splitlines: a lone carriage return ends no line for patch and git.
    pieces = source.split(b"\n")
    lines = [piece + b"\n" for piece in pieces[:-1]]
    return [*lines, pieces[-1]] if pieces[-1] else lines


def _relative_name(shown: str) -> str:
    path = os.path.normpath(shown)
    if os.path.isabs(path):
        below = os.path.relpath(path)
        path = path if below.startswith(os.pardir) else below
    return PurePath(path).as_posix().lstrip("/")


def _header_name(name: str) -> bytes:
    """Write a file name the way git does: quoted where it must be, a tab after one with spaces."""
    raw = os.fsencode(name)
    if any(byte < 0x20 or byte == 0x7F or byte in b'"\\' for byte in raw):
        return b'"' + b"".join(_quote_byte(byte) for byte in raw) + b'"'
    return raw + b"\t" if b" " in raw else raw


def _quote_byte(byte: int) -> bytes:
    if byte in b'"\\':
        return b"\\" + bytes([byte])
    if byte < 0x20 or byte == 0x7F:
        return b"\\%03o" % byte
    return bytes([byte])
