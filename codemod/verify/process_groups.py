"""Whether anything of a process group still runs."""

from __future__ import annotations

import os
from pathlib import Path

PROCESSES = Path("/proc")


def group_runs(group: int) -> bool:
    """Whether a process of ``group`` runs.

    A zombie has ended. Whose parent is gone stays one until process 1 takes notice, which in a
    container may be never.
    """
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    if not (PROCESSES / "self" / "stat").exists():
        return True
    return any(_runs_in(group, path) for path in PROCESSES.glob("[0-9]*/stat"))


def _runs_in(group: int, path: Path) -> bool:
    try:
        # The name of the program stands in brackets and may hold anything, also brackets.
        _, _, fields = path.read_bytes().rpartition(b")")
    except OSError:
        return False
    state, _, its_group, *_ = fields.split()
    return int(its_group) == group and state not in (b"Z", b"X")
