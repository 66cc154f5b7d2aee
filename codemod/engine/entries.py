"""Which files run code of others: what imports a file, directly or through other files."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from codemod.limits import ENTRIES

NO_ENTRIES = frozenset({"__init__.py", "setup.py", "conftest.py"})
"""Files that build nothing themselves, whatever they import."""


def importers(paths: Sequence[Path], known: Mapping[Path, bytes]) -> dict[Path, list[Path]]:
    """For each of ``paths`` the files of ``known`` that import it, the nearest first.

    Among equals scripts come before tests, and those before other modules.
    """
    imported_by = _imported_by(known)
    return {path: _reaching(path, imported_by, known) for path in paths}


def _imported_by(known: Mapping[Path, bytes]) -> Mapping[Path, list[Path]]:
    found: dict[Path, list[Path]] = defaultdict(list)
    for path, meanings in imports_of(known).items():
        for target in dict.fromkeys(target for meant in meanings for target in meant):
            if target != path:
                found[target].append(path)
    return found


def imports_of(known: Mapping[Path, bytes]) -> dict[Path, list[list[Path]]]:
    """For each of ``known`` that imports others of them: for each import the files it may mean."""
    by_name: dict[str, list[Path]] = defaultdict(list)
    for path in known:
        if path.suffix != ".py":
            continue  # Nobody imports a notebook.
        by_name[path.parent.name if path.name == "__init__.py" else path.stem].append(path)
    found: dict[Path, list[list[Path]]] = {}
    names = re.compile(rb"\b(?:%s)\b" % b"|".join(re.escape(n.encode()) for n in by_name) or b"$")
    for path, content in known.items():
        if b"import" not in content or not names.search(content):
            continue
        meanings = [[*meant] for meant in _meanings(path, content, by_name)]
        found[path] = [meant for meant in meanings if meant]
    return found


def _meanings(
    path: Path, content: bytes, by_name: Mapping[str, Sequence[Path]]
) -> Iterator[Iterable[Path]]:
    """For each import of a file the files that it may mean."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield _named(alias.name.split("."), None, by_name)
        elif isinstance(node, ast.ImportFrom):
            parts = (node.module or "").split(".") if node.module else []
            folder = path.parents[node.level - 1] if 0 < node.level <= len(path.parents) else None
            yield _named(parts, folder, by_name)
            for alias in node.names:
                yield _named([*parts, alias.name], folder, by_name)


def _named(
    parts: Sequence[str], folder: Path | None, by_name: Mapping[str, Sequence[Path]]
) -> Iterator[Path]:
    if folder is not None:
        wanted = folder.joinpath(*parts)
        name = wanted.name
        for path in by_name.get(name, ()):
            if path in (wanted.with_name(name + ".py"), wanted / "__init__.py"):
                yield path
        return
    for path in by_name.get(parts[-1] if parts else "", ()):
        own = path.parent.parts if path.name == "__init__.py" else (*path.parent.parts, path.stem)
        if tuple(own[-len(parts) :]) == tuple(parts):
            yield path


def _reaching(
    path: Path, imported_by: Mapping[Path, Sequence[Path]], known: Mapping[Path, bytes]
) -> list[Path]:
    order, level = [path], [path]
    while level:
        level = [
            item
            for item in dict.fromkeys(one for path in level for one in imported_by.get(path, ()))
            if item not in order
        ]
        order += sorted(level, key=lambda item: _rank(item, known[item]))
    return [item for item in order[1:] if item.name not in NO_ENTRIES][:ENTRIES]


def _rank(path: Path, content: bytes) -> int:
    if b"__main__" in content:
        return 0
    return 1 if "test" in path.stem else 2


def in_turn(lists: Iterable[Sequence[Path]]) -> list[Path]:
    """The items of all lists, each once: all first ones, then all second ones."""
    rest = [list(items) for items in lists]
    found: dict[Path, None] = {}
    while any(rest):
        found.update((items.pop(0), None) for items in rest if items)
    return list(found)
