"""Serving the sources of a job to Python's import system, whatever stands on the disk."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import os
import sys
from types import CodeType, ModuleType
from typing import Any, Dict, List, Optional, Sequence


def package_root(path: str) -> str:
    """The folder above the top package that holds ``path``, or the folder of a script."""
    folder = os.path.dirname(path)
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder = os.path.dirname(folder)
    return folder


def module_name(path: str) -> str:
    """The dotted name by which ``path`` is imported."""
    relative = os.path.relpath(path, package_root(path))[: -len(".py")]
    parts = relative.split(os.sep)
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def install(sources: Dict[str, bytes]) -> None:
    """Let imports find ``sources`` (absolute path to content) first."""
    sys.dont_write_bytecode = True
    finder = _Finder({module_name(path): path for path in sources}, sources)
    sys.meta_path.insert(0, finder)
    for path in reversed(list(sources)):
        root = package_root(path)
        if root not in sys.path:
            sys.path.insert(0, root)
    _serve_lines(sources)


def _serve_lines(sources: Dict[str, bytes]) -> None:
    """Let AutoGraph, inspect and tracebacks read the lines of ``sources``.

    AutoGraph calls ``linecache.updatecache`` itself and would read the disk (seen with
    TensorFlow 2.21).
    """
    update = linecache.updatecache
    entries = {}
    for path, content in sources.items():
        text = importlib.util.decode_source(content)
        entries[path] = (len(text), None, text.splitlines(True), path)

    def updatecache(filename: str, module_globals: Optional[Dict[str, Any]] = None) -> List[str]:
        if filename in entries:
            linecache.cache[filename] = entries[filename]
            return entries[filename][2]
        return update(filename, module_globals)

    linecache.updatecache = updatecache
    linecache.cache.update(entries)
    _keep_lines()


def _keep_lines() -> None:
    """Let AutoGraph believe the lines that it has.

    Before each function it looks through all modules for one that was changed on the disk
    (TensorFlow 2.21), which takes a quarter of its time, and nothing changes here.
    """
    try:
        from tensorflow.python.autograph.pyct import (  # type: ignore[import-untyped,unused-ignore]
            inspect_utils,
        )
    except ImportError:
        return
    inspect_utils._fix_linecache_record = lambda function: None


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, paths: Dict[str, str], sources: Dict[str, bytes]) -> None:
        self._paths = paths
        self._sources = sources

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        location = self._paths.get(fullname)
        if location is None:
            return None
        loader = _Loader(fullname, location, self._sources[location])
        folders = None
        if os.path.basename(location) == "__init__.py":
            folders = [os.path.dirname(location)]
        return importlib.util.spec_from_file_location(
            fullname, location, loader=loader, submodule_search_locations=folders
        )


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, content: bytes) -> None:
        super().__init__(fullname, path)
        self._content = content

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = compile(self._content, self.path, "exec", dont_inherit=True)
        return code

    def get_data(self, path: str) -> bytes:
        return self._content
