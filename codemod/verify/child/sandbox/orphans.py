"""Ending the processes that user code has started and that left its process group."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import AbstractSet, Dict, List

from ..limits import ORPHAN_ROUNDS
from .system_calls import PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG, set_process_option

"""What is killed may have started others meanwhile; code that only does that is left to it."""


def adopt() -> None:
    """Become the parent of all descendants whose own parents end (Linux)."""
    with contextlib.suppress(OSError):
        set_process_option(PR_SET_CHILD_SUBREAPER, 1)


def end_after(parent: int) -> None:
    """End this process when ``parent``, which has forked it, ends (Linux)."""
    with contextlib.suppress(OSError):
        set_process_option(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def end_with(parent: int) -> None:
    """End this process when ``parent``, which has forked it, ends; or sooner, when memory does."""
    end_after(parent)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def end_all(known: AbstractSet[int] = frozenset()) -> None:
    """Kill the children of this process that are not ``known``, and theirs."""
    for _ in range(ORPHAN_ROUNDS):
        orphans = [pid for pid in _children().get(os.getpid(), ()) if pid not in known]
        for pid in orphans:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        for pid in orphans:
            with contextlib.suppress(OSError):
                os.waitpid(pid, 0)
        if not orphans:
            return


def _children() -> Dict[int, List[int]]:
    """The children of each process; empty where there is no ``/proc``."""
    found: Dict[int, List[int]] = {}
    try:
        names = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return found
    for name in names:
        try:
            with open("/proc/%s/stat" % name, "rb") as file:
                # The name of the program, in parentheses, may hold anything.
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        found.setdefault(int(fields[1]), []).append(int(name))
    return found
