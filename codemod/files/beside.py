"""Files that stand beside those of a run, and may run their code: the rest of the project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from codemod.files.discovery import SourceFile, python_files_below
from codemod.limits import FILES_BESIDE, FOLDERS_ABOVE

PROJECT_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", ".git")


def project_folder(folder: Path) -> Path:
    """The nearest folder at or above ``folder`` that something marks as a project's."""
    for place in [folder, *folder.parents[:FOLDERS_ABOVE]]:
        if _is_project(place):
            return place
    return folder


def _is_project(folder: Path) -> bool:
    return any((folder / mark).exists() for mark in PROJECT_MARKS)


def files_beside(files: Sequence[SourceFile]) -> dict[Path, bytes]:
    """Python files of the projects of ``files`` that are none of them, with their contents."""
    known = {file.path for file in files}
    found: dict[Path, bytes] = {}
    for folder in dict.fromkeys(project_folder(file.root) for file in files):
        for path in _below(folder):
            if path not in known and len(found) < FILES_BESIDE:
                with suppress(OSError):
                    found[path] = path.read_bytes()
    return found


def _below(folder: Path) -> Iterable[Path]:
    with suppress(OSError):
        if not _is_project(folder):
            # It may be anything, such as a home folder: only what stands right there.
            return sorted(path for path in folder.glob("*.py") if path.is_file())
        return sorted(folder / below for below in python_files_below(folder))
    return ()
