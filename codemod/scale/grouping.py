"""Which files must be looked at together, so that each part of a run finds what the whole does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codemod.engine.entries import imports_of
from codemod.errors import FileError
from codemod.files.discovery import SourceFile
from codemod.files.files import read_file
from codemod.files.sources import names_keras, python_of
from codemod.notebooks.notebook import Notebook
from codemod.results import FileResult


@dataclass(frozen=True, kw_only=True)
class FileGroup:
    """Files that belong together; ``models`` of them name Keras or TensorFlow."""

    files: tuple[SourceFile, ...]
    models: int


def file_groups(files: Sequence[SourceFile]) -> list[FileGroup]:
    """The groups of ``files``, in the order of their first files.

    A file belongs to what it imports, directly or through others, as far as that leads to a file
    that names Keras or TensorFlow: its calls say what is symbolic there, and it may build the
    models. What leads to none goes with the first file that imports it, and joins no groups.
    """
    contents = _contents(files)
    models = {path for path, text in contents.items() if names_keras(text)}
    imports = _imports(contents)
    leading = _leading(imports, models)
    sets = _Sets()
    for path, targets in imports.items():
        for target in targets & leading:
            sets.join(path, target)
    taken = set(leading)
    for file in sorted(files, key=lambda file: file.path not in leading):
        for target in sorted(imports.get(file.path, set()) - taken):
            sets.join(file.path, target)
            taken.add(target)
    members: dict[Path, list[SourceFile]] = {}
    for file in files:
        members.setdefault(sets.first(file.path), []).append(file)
    return [
        FileGroup(files=tuple(group), models=sum(file.path in models for file in group))
        for group in members.values()
    ]


def _contents(files: Sequence[SourceFile]) -> dict[Path, bytes]:
    """The Python of the files that can be read; the others import nothing."""
    found: dict[Path, bytes] = {}
    for file in files:
        try:
            read = python_of(read_file(file.path), file)
        except FileError:
            continue
        if not isinstance(read, FileResult):
            found[file.path] = read.python if isinstance(read, Notebook) else read
    return found


def _imports(contents: Mapping[Path, bytes]) -> dict[Path, set[Path]]:
    """For each file what it imports; of several files of one name those that stand nearest."""
    found: dict[Path, set[Path]] = {}
    for path, meanings in imports_of(contents).items():
        targets = {target for meant in meanings for target in _nearest(path, meant)}
        found[path] = targets - {path}
    return found


def _nearest(path: Path, meant: Sequence[Path]) -> list[Path]:
    shared = [_shared(path, target) for target in meant]
    return [target for target, length in zip(meant, shared) if length == max(shared)]


def _shared(path: Path, other: Path) -> int:
    """How many folders two files have in common."""
    same = [one == two for one, two in zip(path.parent.parts, other.parent.parts)]
    return same.index(False) if False in same else len(same)


def _leading(imports: Mapping[Path, set[Path]], models: Iterable[Path]) -> set[Path]:
    """The files that are one of ``models`` or import one, directly or through others."""
    importers: dict[Path, list[Path]] = defaultdict(list)
    for path, targets in imports.items():
        for target in targets:
            importers[target].append(path)
    found = set(models)
    waiting = list(found)
    while waiting:
        new = [path for path in importers[waiting.pop()] if path not in found]
        found.update(new)
        waiting += new
    return found


class _Sets:
    """Files in sets that are joined one with the other."""

    def __init__(self) -> None:
        self._next: dict[Path, Path] = {}

    def first(self, path: Path) -> Path:
        """The file that stands for the set of ``path``."""
        while path in self._next:
            path = self._next[path]
        return path

    def join(self, path: Path, other: Path) -> None:
        """Make one set of those of two files."""
        one, two = self.first(path), self.first(other)
        if one != two:
            self._next[max(one, two)] = min(one, two)
