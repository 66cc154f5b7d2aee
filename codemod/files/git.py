"""Asking git about a folder, without letting it change anything there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from codemod.limits import GIT_STATUS_LIMIT

_VARIABLES = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})


def git(
    folder: Path, *arguments: str, timeout: float | None = None
) -> subprocess.CompletedProcess[bytes] | None:
    """What git says below ``folder``; ``None`` where it fails, takes too long, or is not there."""
    # In a git hook these variables point at the hook's repository, which may be another one.
    environment = {name: value for name, value in os.environ.items() if name not in _VARIABLES}
    environment["LC_ALL"] = "C"
    # No fsmonitor: a repository's own configuration could name any program as its monitor.
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=timeout,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done if done.returncode == 0 else None


def uncommitted(folders: Iterable[Path]) -> int:
    """How many files that git knows have changes, in the working trees that hold ``folders``."""
    trees: list[Path] = []
    for folder in dict.fromkeys(folders):
        if not any(folder.is_relative_to(tree) for tree in trees):
            found = git(folder, "rev-parse", "--show-toplevel", timeout=GIT_STATUS_LIMIT)
            if found is not None:
                trees.append(Path(os.fsdecode(found.stdout.removesuffix(b"\n"))))
    changed = 0
    for tree in dict.fromkeys(trees):
        # Without the lock git does not write its index, as it else does to be faster.
        status = git(
            tree,
            *("--no-optional-locks", "status", "--porcelain", "--untracked-files=no", "-z"),
            timeout=GIT_STATUS_LIMIT,
        )
        changed += 0 if status is None else len([one for one in status.stdout.split(b"\0") if one])
    return changed
