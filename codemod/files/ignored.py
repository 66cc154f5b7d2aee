"""Walking a folder that git knows nothing of, with its ``.gitignore`` files still respected."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Set
from pathlib import Path, PurePath

from pathspec import GitIgnoreSpec

Rules = tuple[tuple[PurePath, GitIgnoreSpec], ...]


def walk_respecting_gitignore(
    folder: Path,
    suffixes: Set[str] | None,
    is_skipped: Callable[[Path], bool],
    cannot_read: Callable[[PurePath, OSError], None],
) -> Iterator[PurePath]:
    """Yield the files with ``suffixes`` below ``folder``, relative to it, in no particular order.

    Without ``suffixes`` they are all files. Folders for which ``is_skipped`` is true and symbolic
    links to folders are not entered. ``cannot_read`` is told of folders that cannot be read.
    """
    yield from _walk(folder, PurePath(), (), suffixes, is_skipped, cannot_read)


def _walk(
    folder: Path,
    below: PurePath,
    rules: Rules,
    suffixes: Set[str] | None,
    is_skipped: Callable[[Path], bool],
    cannot_read: Callable[[PurePath, OSError], None],
) -> Iterator[PurePath]:
    try:
        entries = list(os.scandir(folder / below))
    except OSError as error:  # As with ls and grep, one closed folder does not end the walk.
        cannot_read(below, error)
        return
    if any(entry.name == ".gitignore" and entry.is_file() for entry in entries):
        # The last rule that speaks wins, and a deeper file speaks after one higher up.
        rules = ((below, _read_rules(folder / below / ".gitignore")), *rules)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            inner = below / entry.name
            if not is_skipped(folder / inner) and not _is_ignored(inner, rules, "/"):
                yield from _walk(folder, inner, rules, suffixes, is_skipped, cannot_read)
        elif _has_one_of(suffixes, entry.name) and entry.is_file():
            inner = below / entry.name
            if not _is_ignored(inner, rules, ""):
                yield inner


def _has_one_of(suffixes: Set[str] | None, name: str) -> bool:
    return suffixes is None or PurePath(name).suffix in suffixes


def _read_rules(path: Path) -> GitIgnoreSpec:
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:  # Git ignores nothing by rules that it cannot read.
        return GitIgnoreSpec([])
    return GitIgnoreSpec.from_lines(text.split("\n"))


def _is_ignored(path: PurePath, rules: Rules, ending: str) -> bool:
    for folder, spec in rules:
        verdict = spec.check_file(path.relative_to(folder).as_posix() + ending).include
        if verdict is not None:
            return verdict
    return False
