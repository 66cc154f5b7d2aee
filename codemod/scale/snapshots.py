"""What a machine that does not see a project needs of it: its files, as they are now."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from codemod.cache.trees import content_digest
from codemod.files.beside import PROJECT_MARKS, files_beside, project_folder
from codemod.files.discovery import SourceFile, is_skipped_folder
from codemod.files.git import git
from codemod.files.ignored import walk_respecting_gitignore
from codemod.limits import SENT_BYTES, SENT_FILE, SENT_FILES

FOLDER = ""
"""In the place of a digest: the path is a folder, which marks that of a project."""
SHOWN_HIDDEN = frozenset({".gitignore", ".ruff.toml"})


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Files of projects: ``manifest`` says which path has the content of which digest.

    ``contents`` are compressed. ``left_out`` are files that are too large, or too many.
    """

    digest: str
    manifest: Mapping[str, str]
    contents: Mapping[str, bytes]
    left_out: tuple[str, ...]


def snapshot(files: Sequence[SourceFile]) -> Snapshot:
    """What a run over ``files`` may read of their projects.

    Those are ``files``, and of folders that something marks as a project's all files that are
    neither hidden nor ignored by git: first sources, then others, small ones first, up to a limit.
    Of other folders, which may be a home, the Python files that stand right there.
    """
    given = {file.path for file in files}
    beside = set(files_beside(files))
    others: set[Path] = set()
    marks: dict[str, str] = {}
    for folder in dict.fromkeys(project_folder(file.root) for file in files):
        if any((folder / mark).exists() for mark in PROJECT_MARKS):
            others.update(folder / below for below in _all_below(folder))
        marks |= {str(folder / m): FOLDER for m in PROJECT_MARKS if (folder / m).is_dir()}
    manifest: dict[str, str] = marks
    contents: dict[str, bytes] = {}
    left_out: list[str] = []
    total = 0
    order = [*sorted(given), *sorted(beside - given), *_small_first(others - given - beside)]
    for path in order:
        size = _size(path)
        is_fit = size <= SENT_FILE and total + size <= SENT_BYTES and len(manifest) < SENT_FILES
        if path not in given and not is_fit:
            left_out.append(str(path))
            continue
        try:
            content = path.read_bytes()
        except OSError:
            continue
        total += len(content)
        found = manifest[str(path)] = content_digest(content)
        if found not in contents:
            contents[found] = zlib.compress(content, 1)
    text = manifest_text(manifest)
    found = content_digest(text)
    return Snapshot(
        digest=found,
        manifest=manifest,
        contents={**contents, found: zlib.compress(text)},
        left_out=tuple(left_out),
    )


def manifest_text(manifest: Mapping[str, str]) -> bytes:
    """A manifest as bytes that have a digest, too."""
    return json.dumps(manifest, sort_keys=True).encode()


def _all_below(folder: Path) -> Iterable[PurePath]:
    listing = git(folder, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    found: Iterable[PurePath]
    if listing is None or git(folder, "check-ignore", "--quiet", ".") is not None:
        found = walk_respecting_gitignore(folder, None, is_skipped_folder, lambda *_: None)
    else:
        found = [PurePath(os.fsdecode(name)) for name in listing.stdout.split(b"\0") if name]
    return [below for below in found if _is_open(below)]


def _is_open(below: PurePath) -> bool:
    """Whether nothing hides it: what is hidden is for tools, or secret."""
    *folders, name = below.parts
    hidden = [part for part in folders if part.startswith(".")]
    return not hidden and (name in SHOWN_HIDDEN or not name.startswith("."))


def _small_first(paths: Iterable[Path]) -> list[Path]:
    return sorted((path for path in paths if path.is_file()), key=lambda path: (_size(path), path))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
