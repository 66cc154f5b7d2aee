"""Which files a run is about: files as given, folders searched for Python."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath

from codemod.files.files import describe_os_error
from codemod.files.ignored import walk_respecting_gitignore
from codemod.results import FileResult

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


def discover(given: Sequence[str]) -> Discovery:
    """Find the files that ``given`` names, in that order; those of a folder are sorted.

    Explicit files are always taken. Below a folder hidden folders, environments, ``build``,
    ``dist``, ``node_modules``, caches and what ``.gitignore`` excludes are skipped.
    """
    files: dict[str, SourceFile] = {}
    problems: list[FileResult] = []
    for name in given:
        try:
            found = list(_find(name))
        except OSError as error:
            found, problem = [], describe_os_error("cannot be read", error)
        else:
            problem = "" if found else _why_nothing(name)
        if problem:
            problems.append(FileResult(path=name, status="failed", error=problem))
        for file in found:
            files.setdefault(os.path.realpath(file.path), file)
    return Discovery(tuple(files.values()), tuple(problems))


def is_skipped_folder(folder: Path) -> bool:
    """Whether a folder below the one given is hidden, generated, or an environment."""
    return (
        folder.name.startswith(".")
        or folder.name in SKIPPED_FOLDERS
        or (folder / "pyvenv.cfg").is_file()
    )


def _find(name: str) -> Iterator[SourceFile]:
    path = Path(os.path.abspath(name))
    if path.is_dir():
        os.listdir(path)  # An unreadable folder is an error here, and only skipped further down.
        for below in sorted(_python_files_below(path), key=lambda file: file.parts):
            shown = os.path.normpath(os.path.join(name, below))
            yield SourceFile(path / below, shown, path)
    elif path.exists() and path.suffix != ".ipynb":
        yield SourceFile(path, name, path.parent)


def _why_nothing(name: str) -> str:
    path = Path(name)
    if path.is_dir():
        return "holds no Python file; give a folder with .py files that .gitignore does not exclude"
    if path.suffix == ".ipynb" and path.exists():
        return "is a notebook, not Python source; convert it with `jupyter nbconvert --to script`"
    if path.is_symlink():
        return "is a broken symbolic link; check its target"
    return "does not exist; check the path"


def _python_files_below(folder: Path) -> Iterable[PurePath]:
    listed = _files_known_to_git(folder)
    if listed is None:
        return walk_respecting_gitignore(folder, is_skipped_folder)
    return listed


def _files_known_to_git(folder: Path) -> list[PurePath] | None:
    """Ask git for the files below ``folder`` that it does not ignore; ``None`` where it cannot.

    A folder that is itself ignored was given on purpose, so git's opinion of it does not count.
    """
    listing = _git(folder, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    if listing is None or _git(folder, "check-ignore", "--quiet", ".") is not None:
        return None
    skipped = lru_cache(maxsize=None)(is_skipped_folder)
    found = set()
    for entry in listing.split(b"\0"):
        below = PurePath(os.fsdecode(entry))
        if not entry or any(skipped(folder / parent) for parent in list(below.parents)[:-1]):
            continue
        path = folder / below
        if below.suffix == ".py" and path.is_file():
            found.add(below)
        elif path.is_dir() and not path.is_symlink() and not skipped(path):
            # A submodule or a repository of its own: git names only its folder.
            found.update(below / inner for inner in _python_files_below(path))
    return list(found)


def _git(folder: Path, *arguments: str) -> bytes | None:
    # In a git hook these variables point at the hook's repository, which may be another one.
    environment = {name: value for name, value in os.environ.items() if name not in _GIT_VARIABLES}
    # No fsmonitor: a repository's own configuration could name any program as its monitor.
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:  # There is no git: .gitignore is then read by ourselves.
        return None
    return done.stdout if done.returncode == 0 else None


_GIT_VARIABLES = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})
