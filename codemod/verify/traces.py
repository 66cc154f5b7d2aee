"""What the answers of a session came from, for whoever wants to keep them."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path

from codemod.verify.child.protocol import READS, Job, SideResult
from codemod.verify.records import Trace

CHANCE = re.compile(
    r"MemoryError|ResourceExhausted|\bOOM\b|[Oo]ut of memory|allocate memory|No space left"
    r"|Too many open files|start new thread|[Tt]imed out|TimeoutError|ran longer|runs too long"
)
"""What texts say of failures that another run may not see."""
UNKNOWN = Trace(lasting=False)


class Traces:
    """Collects what the jobs of each key have read. Threads may share it."""

    def __init__(self) -> None:
        self._known: dict[str, Trace] = {}
        self._lock = threading.Lock()

    def add(self, key: str, job: Job, result: SideResult) -> None:
        """Note what ``job`` has read, as it wrote it down."""
        trace = _trace_of(job, result)
        with self._lock:
            self._known[key] = self._known.get(key, Trace()) | trace

    def of(self, key: str) -> Trace:
        """What all jobs of ``key`` have read."""
        with self._lock:
            return self._known.get(key, UNKNOWN)


def _trace_of(job: Job, result: SideResult) -> Trace:
    try:
        found = json.loads(Path(job["result"]).with_name(READS).read_text())
        opened, listed = frozenset(found["opened"]), frozenset(found["listed"])
        chance = found["started"] or found["hurried"]
    except (OSError, ValueError, KeyError, TypeError):
        return UNKNOWN
    chance = chance or "failure" in result or CHANCE.search(json.dumps(result)) is not None
    return Trace(opened=opened, listed=listed, lasting=not chance)
