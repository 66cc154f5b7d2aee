"""Parsed files that are kept for as long as the files stay as they are."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from codemod.limits import TREES_KEPT


class WarmTrees(Mapping[Path, ast.Module]):
    """The trees of files by their path, each parsed when it is asked for and has changed.

    Threads may share it: trees are read, and never changed.
    """

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, int], ast.Module]] = {}

    def __getitem__(self, path: Path) -> ast.Module:
        """The tree of a file; ``KeyError`` where it cannot be read or parsed."""
        known = self._known.get(path)
        try:
            status = os.stat(path)
            state = (status.st_mtime_ns, status.st_size)
            if known is not None and known[0] == state:
                return known[1]
            tree = ast.parse(path.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            raise KeyError(path) from None
        if len(self._known) >= TREES_KEPT:
            self._known.clear()
        self._known[path] = (state, tree)
        return tree

    def __iter__(self) -> Iterator[Path]:
        return iter(list(self._known))

    def __len__(self) -> int:
        return len(self._known)
