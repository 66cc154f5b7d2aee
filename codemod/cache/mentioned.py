"""Paths that sources name: what native code may read there is not seen when it happens."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

LITERAL = re.compile(rb"""["']((?:/|~/|\.\./)[^"'\n\r\\{}]{1,200})["']""")
NAMED = re.compile(r"[^/.~]")


def mentioned(sources: Iterable[bytes], folders: Iterable[Path]) -> set[str]:
    """The paths of strings in ``sources``; those that are relative are below ``folders``.

    Only what may lead out of a project is looked for.
    """
    found = {match for source in sources for match in LITERAL.findall(source)}
    return {path for text in found for path in _paths(os.fsdecode(text), folders)}


def _paths(text: str, folders: Iterable[Path]) -> Iterator[str]:
    if NAMED.search(text) is None:
        return  # Only the way up, as in ``os.path.join(here, "..")``.
    if text.startswith("../"):
        yield from (os.path.normpath(folder / text) for folder in folders)
    else:
        yield os.path.normpath(os.path.expanduser(text))
