"""How many verifications run at once, how long one may take, and how much memory."""

from __future__ import annotations

import os
from pathlib import Path

from codemod.limits import MEMORY_OF_A_JOB, MEMORY_SHARE, TIME_LIMIT
from codemod.settings import Settings

GIB = 1 << 30
CONTAINER_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def verification_jobs() -> int:
    """How many files are verified at once by default: one for each processor with enough memory.

    Each runs one process of Keras 2 and one of Keras 3.
    """
    processors = _processors()
    memory = _memory()
    return processors if memory is None else max(1, min(processors, memory // MEMORY_OF_A_JOB))


def time_limit(settings: Settings) -> float:
    """Seconds that one run of one side may take."""
    return settings.time_limit or TIME_LIMIT


def memory_limit(settings: Settings) -> int | None:
    """Bytes that one run may keep resident; ``None`` where the memory of this machine is not known.

    Without a setting the jobs share three quarters of the memory: a blow-up then ends that run
    before the system ends something else.
    """
    if settings.memory_limit is not None:
        return int(settings.memory_limit * GIB)
    memory = _memory()
    return None if memory is None else int(memory * MEMORY_SHARE / max(1, settings.jobs))


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # Only Linux knows which processors are ours.
        return os.cpu_count() or 1


def _memory() -> int | None:
    """The bytes of memory of this machine, or of this container if it may use less."""
    try:
        known = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    except (AttributeError, OSError, ValueError):  # No such call, or no such name.
        known = []
    for path in CONTAINER_LIMITS:
        try:
            known.append(int(path.read_text()))
        except (OSError, ValueError):  # No container, or the limit is called "max".
            continue
    return min(known, default=None)
