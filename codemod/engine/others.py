"""Files in which the analysis sees nothing to rewrite, until a run shows raw ops in one."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from codemod.engine.candidates import Candidate


class Others:
    """The candidates that are in no group; each is taken by one group at most.

    Threads may share it.
    """

    def __init__(self, candidates: Mapping[Path, Candidate]) -> None:
        self._candidates = dict(candidates)
        self._lock = threading.Lock()

    def paths(self) -> frozenset[Path]:
        """The files that nobody has taken."""
        with self._lock:
            return frozenset(self._candidates)

    def taken(self, paths: Iterable[Path]) -> list[Candidate]:
        """Those of ``paths`` that nobody else has taken, for good."""
        with self._lock:
            found = [self._candidates.pop(path, None) for path in paths]
        return [one for one in found if one is not None]
