"""Sessions that stay open from one run to the next, so that TensorFlow is imported once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from codemod.limits import GROUPS_OF_A_SESSION
from codemod.verdict import Verdict
from codemod.verify.child.protocol import Depth
from codemod.verify.records import Probe, VerifyOptions, VerifyRequest
from codemod.verify.session import VerifySession
from codemod.verify.verifier import Verifier

Item = TypeVar("Item")
Value = TypeVar("Value")


@dataclass(kw_only=True)
class _Warm:
    session: VerifySession
    options: VerifyOptions
    users: int = 0
    groups: int = 0
    is_spent: bool = False


class WarmSessions:
    """The open sessions of a process: one for the options that were asked for last.

    Threads may share it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: list[_Warm] = []

    @contextmanager
    def opened(self, options: VerifyOptions, jobs: int) -> Iterator[Verifier]:
        """A session for ``options``; one in which an error has come up is used by nobody else."""
        warm = self._taken(options, jobs)
        try:
            yield _Shared(warm.session)
        except BaseException:
            warm.is_spent = True
            raise
        finally:
            self._given_back(warm)

    def close(self) -> None:
        """End all of them."""
        with self._lock:
            found, self._open = self._open, []
        for warm in found:
            warm.session.__exit__(None, None, None)

    def _taken(self, options: VerifyOptions, jobs: int) -> _Warm:
        with self._lock:
            for other in self._open:
                other.is_spent |= other.options != options or other.groups >= GROUPS_OF_A_SESSION
            fresh = [warm for warm in self._open if not warm.is_spent]
            if not fresh:
                fresh = [_Warm(session=VerifySession(options, jobs), options=options)]
                self._open += fresh
            fresh[0].users += 1
            fresh[0].groups += 1
        self._close_spent()
        return fresh[0]

    def _given_back(self, warm: _Warm) -> None:
        with self._lock:
            warm.users -= 1
        self._close_spent()

    def _close_spent(self) -> None:
        with self._lock:
            ended = [warm for warm in self._open if warm.is_spent and not warm.users]
            self._open = [warm for warm in self._open if warm not in ended]
        for warm in ended:
            warm.session.__exit__(None, None, None)


class _Shared:
    """A session that several runs use, over files that nobody writes meanwhile."""

    def __init__(self, session: VerifySession) -> None:
        self._session = session

    def map(self, action: Callable[[Item], Value], items: Iterable[Item]) -> list[Value]:
        """As the session does."""
        return self._session.map(action, items)

    def each(self, action: Callable[[Item], Value], items: Iterable[Item]) -> Iterator[Value]:
        """As the session does."""
        return self._session.each(action, items)

    def keep(self, originals: Mapping[Path, bytes]) -> None:
        """Nothing: what stands on the disk stays, and others have originals of their own."""

    def probe(self, request: VerifyRequest) -> Probe:
        """As the session does."""
        return self._session.probe(request)

    def verify(self, request: VerifyRequest, keras3: bool = True, depth: Depth = "full") -> Verdict:
        """As the session does."""
        return self._session.verify(request, keras3, depth)

    def keeps_weight_order(self, request: VerifyRequest) -> bool:
        """As the session does."""
        return self._session.keeps_weight_order(request)
