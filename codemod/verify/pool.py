"""Several verification sessions at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from codemod.verify.records import Probe, Verdict, VerifyOptions, VerifyRequest
from codemod.verify.session import VerifySession

Item = TypeVar("Item")
Result = TypeVar("Result")


class SessionPool:
    """``jobs`` sessions; an entry with its builds always goes to the same one, which knows it."""

    def __init__(self, options: VerifyOptions, jobs: int) -> None:
        self._sessions = [VerifySession(options) for _ in range(max(1, jobs))]
        self._locks = [threading.Lock() for _ in self._sessions]
        self._assigned: dict[tuple[Path, tuple[str, ...]], int] = {}
        self._assigning = threading.Lock()

    def __enter__(self) -> SessionPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for session in self._sessions:
            session.__exit__(kind, error, traceback)

    def probe(self, request: VerifyRequest) -> Probe:
        """``VerifySession.probe``, when a session is free for it."""
        return self._run(request, VerifySession.probe)

    def verify(self, request: VerifyRequest, keras3: bool = True) -> Verdict:
        """``VerifySession.verify``, when a session is free for it."""
        return self._run(request, partial(VerifySession.verify, keras3=keras3))

    def map(self, action: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """The results of ``action`` for ``items``, as many at once as there are sessions."""
        with ThreadPoolExecutor(len(self._sessions)) as threads:
            return list(threads.map(action, items))

    def _run(
        self, request: VerifyRequest, action: Callable[[VerifySession, VerifyRequest], Result]
    ) -> Result:
        key = request.entry, request.builds
        with self._assigning:
            index = self._assigned.setdefault(key, len(self._assigned) % len(self._sessions))
        with self._locks[index]:
            return action(self._sessions[index], request)
