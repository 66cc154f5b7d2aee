"""How a file is imported: its name, and the folders that its imports are looked for in."""

from __future__ import annotations

import ast
import importlib
import importlib.machinery
import importlib.util
import os
import sys
from types import ModuleType
from typing import Any, Dict, Iterator, List, Optional, Sequence

from ..parsing import parsed

PROJECT_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git")
NOTEBOOK = ".ipynb"
HIGHEST = 4
"""How many folders above a file its imports may start, where nothing marks a project."""


def package_root(path: str, content: bytes = b"") -> str:
    """The folder above the top package that holds ``path``, or the folder of a script.

    A folder without ``__init__.py`` is a package for a file that imports from it relatively. A
    notebook is no module of a package.
    """
    folder = os.path.dirname(path)
    if path.endswith(NOTEBOOK):
        return folder
    depth = 0
    while os.path.isfile(os.path.join(folder, "__init__.py")) or depth < _levels(content):
        folder = os.path.dirname(folder)
        depth += 1
    return folder


def module_name(path: str, content: bytes = b"") -> str:
    """The dotted name by which ``path`` is imported; a dot in a file's own name is left out."""
    relative = os.path.splitext(os.path.relpath(path, package_root(path, content)))[0]
    parts = [part.replace(".", "_") for part in relative.split(os.sep)]
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def is_in_package(path: str, content: bytes) -> bool:
    """Whether ``path`` is a module of a package, not a script."""
    return package_root(path, content) != os.path.dirname(path)


def load(path: str, content: bytes, given: Optional[Dict[str, Any]] = None) -> ModuleType:
    """The module of the file ``path``, whatever else its name may mean.

    It finds the names ``given`` there.
    """
    name = module_name(path, content)
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, AttributeError, ValueError):
        spec = None
    if spec is not None and spec.origin and os.path.realpath(spec.origin) == os.path.realpath(path):
        return importlib.import_module(name)
    if is_in_package(path, content):
        importlib.import_module(name.rpartition(".")[0])
    if name in sys.modules:
        name += "_"
    # By its name a notebook has no loader.
    loader = importlib.machinery.SourceFileLoader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    vars(module).update(given or {})
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def search_folders(entry: str, sources: Dict[str, bytes]) -> List[List[str]]:
    """The folders before those of ``sys.path``, and those behind."""
    first = [package_root(entry, sources[entry])]
    last = [package_root(path, content) for path, content in sources.items()]
    last += [folder for path, content in sources.items() for folder in _above(path, content)]
    return [first, [item for item in dict.fromkeys(last) if item not in first]]


def _levels(content: bytes) -> int:
    """How many dots the relative imports have at most."""
    if b"from" not in content:
        return 0
    imports = (node for node in _imports(content) if isinstance(node, ast.ImportFrom))
    return max((node.level for node in imports), default=0)


def _imports(content: bytes) -> Sequence[ast.AST]:
    try:
        nodes = ast.walk(parsed(content))
        return [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    except (SyntaxError, ValueError, RecursionError):
        return []


def _above(path: str, content: bytes) -> Iterator[str]:
    """Folders above ``path`` that hold what it imports: it is run from there, with ``-m``."""
    names = set()
    for node in _imports(content):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module.partition(".")[0])
    folder = os.path.dirname(path)
    for _ in range(HIGHEST):
        if any(os.path.exists(os.path.join(folder, mark)) for mark in PROJECT_MARKS):
            return
        folder = os.path.dirname(folder)
        if folder in ("/", os.path.expanduser("~")):
            return
        places = [os.path.join(folder, name) for name in names]
        if any(os.path.isdir(place) or os.path.isfile(place + ".py") for place in places):
            yield folder
