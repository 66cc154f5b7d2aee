"""Settings of a project: dictionaries in its sources, and files of settings beside them."""

from __future__ import annotations

import ast
import os
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence

from ..limits import SETTINGS_BYTES, SETTINGS_FILES
from .configurations import read_configuration
from .parameter_paths import Path
from .working_folder import data_files

ENDINGS = (".yaml", ".yml", ".json")
FEW = 2
"""Fewer keys in common are those of any dictionary."""


class SettingsInSight:
    """Dictionaries of the sources ``trees``, and what files of settings in ``folders`` hold."""

    def __init__(self, trees: Mapping[str, Any], folders: Sequence[str]) -> None:
        self._trees = trees
        self._folders = list(folders)
        self._found: Optional[List[Dict[str, Any]]] = None

    def fitting(self, paths: Sequence[Path]) -> Dict[str, Any]:
        """The settings that have most of the keys which ``paths`` read; empty where none fits."""
        keys = {path[0].lstrip(".") for path in paths if path}
        below = {path[0].lstrip("."): path[1].lstrip(".") for path in paths if len(path) > 1}

        def rank(settings: Dict[str, Any]) -> int:
            known = [key for key in below if isinstance(settings.get(key), dict)]
            inner = sum(below[key] in settings[key] for key in known)
            return len(keys & {*settings}) + inner

        best = max(self._all(), key=rank, default={})
        least = min(len(keys), FEW)
        return best if keys and rank(best) >= max(least, len(keys) * 3 // 4) else {}

    def _all(self) -> List[Dict[str, Any]]:
        if self._found is None:
            self._found = [*self._of_files(), *self._of_sources()]
        return self._found

    def _of_files(self) -> Iterator[Dict[str, Any]]:
        paths = [path for path in data_files(self._folders) if path.endswith(ENDINGS)]
        for path in paths[:SETTINGS_FILES]:
            try:
                if os.path.getsize(path) < SETTINGS_BYTES:
                    yield from _inner(read_configuration(path))
            except Exception:
                # What is no file of settings says nothing, however a parser says so.
                continue

    def _of_sources(self) -> Iterator[Dict[str, Any]]:
        for tree in self._trees.values():
            for node in ast.walk(tree):
                if isinstance(node, ast.Dict) and node.keys:
                    try:
                        value = ast.literal_eval(node)
                    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                        continue
                    if all(isinstance(key, str) for key in value):
                        yield value


def _inner(value: Any) -> Iterator[Dict[str, Any]]:
    """All dictionaries in ``value``, the outermost first."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _inner(item)
