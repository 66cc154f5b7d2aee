"""Where a script is run from: where it finds the files that it names."""

from __future__ import annotations

import ast
import os
from typing import Iterator, List, Mapping, Set

from ..limits import PATH_LENGTH
from ..parsing import parsed
from .module_names import HIGHEST, PROJECT_MARKS

DATA_FOLDERS = ("conf", "config", "configs", "cfg", "data", "examples")


def working_folder(entry: str, sources: Mapping[str, bytes]) -> str:
    """The folder in which most of the paths that ``sources`` name exist.

    Where none or several do, it is the project's, and where nothing marks that, the script's.
    """
    own = os.path.dirname(entry)
    folders = list(_folders(own))
    paths = {path for content in sources.values() for path in _paths(content)}
    found = {folder: _existing(folder, paths) for folder in folders}
    marked = [folder for folder in folders if is_project(folder)]
    likely = [*marked, own]
    return max(folders, key=lambda folder: (found[folder], folder in likely[:1]))


def is_project(folder: str) -> bool:
    """Whether something marks ``folder`` as a project's."""
    return any(os.path.exists(os.path.join(folder, mark)) for mark in PROJECT_MARKS)


def _folders(folder: str) -> Iterator[str]:
    """``folder`` and those above it, up to the project's."""
    yield folder
    for _ in range(HIGHEST):
        if is_project(folder) or os.path.dirname(folder) in ("/", folder, os.path.expanduser("~")):
            return
        folder = os.path.dirname(folder)
        yield folder


def _paths(content: bytes) -> Iterator[str]:
    """Strings that may be relative paths: with a folder or an ending."""
    try:
        nodes = ast.walk(parsed(content))
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in nodes:
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, str) and 2 < len(value) < PATH_LENGTH and _may_be_path(value):
            yield value


def _may_be_path(text: str) -> bool:
    has_parts = "/" in text or "." in text
    return has_parts and not text.startswith(("/", "..")) and not set(text) & {"\n", "\0"}


def _existing(folder: str, paths: Set[str]) -> int:
    return sum(os.path.exists(os.path.join(folder, path)) for path in paths)


def data_files(folders: List[str]) -> List[str]:
    """Files that a script may be given: no Python, nothing hidden, the nearest first."""
    found = []
    below = [os.path.join(folder, name) for folder in folders for name in DATA_FOLDERS]
    for folder in dict.fromkeys([*folders, *below]):
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            continue
        found += [os.path.join(folder, name) for name in names if _is_data(folder, name)]
    return found


def _is_data(folder: str, name: str) -> bool:
    is_code = name.endswith((".py", ".pyc", ".md", ".cfg", ".toml", ".lock", ".ipynb"))
    return not (is_code or name.startswith(".")) and os.path.isfile(os.path.join(folder, name))
