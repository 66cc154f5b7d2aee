"""Which files a run is about: files as given, folders searched for Python and notebooks."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath

from codemod.files.files import describe_os_error
from codemod.files.git import git
from codemod.files.ignored import walk_respecting_gitignore
from codemod.results import FileResult

SOURCES = frozenset({".py", ".ipynb"})
SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "build", "dist", "site-packages"})


@dataclass(frozen=True)
class SourceFile:
    """A file to work on.

    ``path`` is absolute, symbolic links kept; ``shown`` is the name in reports: as given, or below
    the folder given; ``root`` is that folder, or the parent of a file that was given by itself.
    """

    path: Path
    shown: str
    root: Path


@dataclass(frozen=True)
class Discovery:
    """The files found, each once, and one failed result for each path that leads to none."""

    files: tuple[SourceFile, ...]
    problems: tuple[FileResult, ...]


def discover(
    given: Sequence[str], exclude: Sequence[str] = (), force_exclude: bool = False
) -> Discovery:
    """Find the files that ``given`` names, in that order; those of a folder are sorted.

    Explicit files are always taken, but for those that ``exclude`` with ``force_exclude``. Below a
    folder hidden folders, environments, ``build``, ``dist``, ``node_modules``, caches, what
    ``.gitignore`` excludes, and symbolic links that lead out of the folder are skipped.
    """
    files: dict[str, SourceFile] = {}
    problems: list[FileResult] = []

    def failed(path: str, problem: str) -> None:
        problems.append(FileResult(path=path, status="failed", error=problem))

    for name in given:
        closed: dict[PurePath, OSError] = {}
        try:
            found = list(_find(name, closed))
            is_there = bool(found)
            found = list(_not_excluded(found, name, exclude, force_exclude))
        except OSError as error:
            found = []
            failed(name, describe_os_error("cannot be read", error))
        else:
            if not is_there and not closed:
                failed(name, _why_nothing(name))
        for folder, why in sorted(closed.items()):
            shown = os.path.normpath(os.path.join(name, folder))
            failed(shown, describe_os_error("cannot be read", why))
        for file in found:
            files.setdefault(os.path.realpath(file.path), file)
    return Discovery(tuple(files.values()), tuple(problems))


def is_skipped_folder(folder: Path) -> bool:
    """Whether a folder below the one given is hidden, generated, or an environment."""
    return (
        folder.name.startswith(".")
        or folder.name in SKIPPED_FOLDERS
        # Unlike the method of a path, this is False in a folder that cannot be read.
        or os.path.isfile(folder / "pyvenv.cfg")
    )


def is_excluded(file: Path, root: Path, exclude: Sequence[str]) -> bool:
    """Whether a pattern, as of ``.gitignore``, leaves out ``file``, which is below ``root``."""
    if not exclude:
        return False
    from pathspec import GitIgnoreSpec

    below = file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name
    return GitIgnoreSpec.from_lines(exclude).match_file(below)


def _not_excluded(
    files: Sequence[SourceFile], name: str, exclude: Sequence[str], force: bool
) -> Iterable[SourceFile]:
    """The files that no pattern leaves out; patterns are those of ``.gitignore``.

    They are matched below the folder that was given, and for a file below the working directory.
    """
    if not exclude or not files or not (force or os.path.isdir(name)):
        return files
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(exclude)
    root = files[0].root if os.path.isdir(name) else Path.cwd()

    def below(file: SourceFile) -> str:
        inside = file.path.is_relative_to(root)
        return file.path.relative_to(root).as_posix() if inside else file.path.name

    return [file for file in files if not spec.match_file(below(file))]


def _find(name: str, closed: dict[PurePath, OSError]) -> Iterator[SourceFile]:
    """The files of one path; ``closed`` gets the folders below it that cannot be read."""
    if not name:
        return
    path = Path(os.path.abspath(name))
    if path.is_dir():
        os.listdir(path)
        real = Path(os.path.realpath(path))
        files = _sources_below(path, closed)
        for below in sorted(files, key=lambda file: file.parts):
            file = path / below
            if file.is_symlink() and not Path(os.path.realpath(file)).is_relative_to(real):
                continue
            yield SourceFile(file, os.path.normpath(os.path.join(name, below)), path)
    elif path.exists():
        yield SourceFile(path, name, path.parent)


def _why_nothing(name: str) -> str:
    path = Path(name)
    if not name:
        return "the path is empty; give a file or a folder, . for this one"
    if path.is_dir():
        return "holds no Python file or notebook; give a folder with one that .gitignore leaves"
    if path.is_symlink():
        return "is a broken symbolic link; check its target"
    return "does not exist; check the path"


def python_files_below(folder: Path) -> Iterable[PurePath]:
    """Python files below ``folder`` that nothing excludes, as paths from there."""
    return [file for file in _sources_below(folder, {}) if file.suffix == ".py"]


def _sources_below(folder: Path, closed: dict[PurePath, OSError]) -> Iterable[PurePath]:
    listed = _files_known_to_git(folder, closed)
    if listed is None:
        return walk_respecting_gitignore(folder, SOURCES, is_skipped_folder, closed.__setitem__)
    return listed


def _files_known_to_git(folder: Path, closed: dict[PurePath, OSError]) -> list[PurePath] | None:
    """Ask git for the files below ``folder`` that it does not ignore; ``None`` where it cannot.

    A folder that is itself ignored was given on purpose, so git's opinion of it does not count.
    """
    listing = git(folder, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    if listing is None or git(folder, "check-ignore", "--quiet", ".") is not None:
        return None
    skipped = lru_cache(maxsize=None)(is_skipped_folder)
    found = set()
    for entry in listing.stdout.split(b"\0"):
        below = PurePath(os.fsdecode(entry))
        if not entry or any(skipped(folder / parent) for parent in list(below.parents)[:-1]):
            continue
        path = folder / below
        if below.suffix in SOURCES and os.path.isfile(path):
            found.add(below)
        elif os.path.isdir(path) and not path.is_symlink() and not skipped(path):
            # A submodule or a repository of its own: git names only its folder.
            inner: dict[PurePath, OSError] = {}
            found.update(below / file for file in _sources_below(path, inner))
            closed.update({below / one: error for one, error in inner.items()})
    for name in _NOT_OPENED.findall(listing.stderr):
        below = PurePath(os.fsdecode(name))
        if not any(skipped(folder / one) for one in (below, *list(below.parents)[:-1])):
            closed[below] = PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return list(found)


_NOT_OPENED = re.compile(rb"could not open directory '(.+?)/?': Permission denied")
