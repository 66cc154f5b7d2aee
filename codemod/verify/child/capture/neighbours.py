"""The sources around a file: classes of settings, and calls with values, stand in them too."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, Mapping

from ..limits import NEIGHBOUR_BYTES, NEIGHBOURS
from ..parsing import parsed

LEFT_OUT = frozenset(["site-packages", "node_modules", "build", "dist", "__pycache__"])


def trees_around(entry: str, known: Mapping[str, Any]) -> Dict[str, Any]:
    """The sources of the package that ``entry`` is in, and beside it, that are not ``known``."""
    found: Dict[str, Any] = {}
    for path in _paths(_top(os.path.dirname(entry))):
        if path in known:
            continue
        if len(found) >= NEIGHBOURS:
            break
        try:
            if os.path.getsize(path) <= NEIGHBOUR_BYTES:
                with open(path, "rb") as file:
                    found[path] = parsed(file.read())
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
    return found


def _top(folder: str) -> str:
    """The folder of the outermost package around ``folder``, which may be none."""
    while os.path.isfile(os.path.join(os.path.dirname(folder), "__init__.py")):
        folder = os.path.dirname(folder)
    return folder


def _paths(top: str) -> Iterator[str]:
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(
            name for name in folders if name not in LEFT_OUT and not name.startswith(".")
        )
        for name in sorted(names):
            if name.endswith(".py"):
                yield os.path.join(folder, name)
