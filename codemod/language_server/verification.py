"""Verifying one document, in a thread, until it is done or cancelled."""

from __future__ import annotations

import threading
from collections.abc import Callable

from codemod.engine.engine import rewrite_buffer
from codemod.errors import CodemodError
from codemod.language_server.options import Options
from codemod.language_server.places import Opened
from codemod.limits import END_LIMIT
from codemod.results import FileResult
from codemod.verify.records import VerifyOptions
from codemod.verify.session import VerifySession


class Cancelled(CodemodError):
    """The verification was cancelled."""


class Verification:
    """One verification. Any thread may cancel it; ``tell`` is told what runs."""

    def __init__(self, document: Opened, tell: Callable[[str], None]) -> None:
        self._document = document
        self._tell = tell
        self._lock = threading.Lock()
        self._session: VerifySession | None = None
        self._is_cancelled = False
        self._is_idle = threading.Event()
        self._is_idle.set()

    def run(self, options: Options) -> FileResult:
        """Verify; raises :class:`Cancelled`, or an error where nothing can be verified."""
        document = self._document
        self._is_idle.clear()
        try:
            settings = options.settings(verify=True)
            result = rewrite_buffer(document.source, settings, document.path, self, self._open)
        except CodemodError:
            self._must_go_on()
            raise
        finally:
            self._is_idle.set()
        self._must_go_on()
        return result

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody has cancelled it."""
        return self._is_cancelled

    def cancel(self) -> None:
        """End what runs, with all its processes and its folder; waits for that."""
        with self._lock:
            self._is_cancelled = True
            session = self._session
        if session is not None:
            session.end_workers()
        self._is_idle.wait(END_LIMIT)

    def stage(self, what: str, files: int = 0) -> None:
        """Tell of a stage."""
        self._must_go_on()
        self._tell(what)

    def runs(self, group: str, what: str) -> None:
        """Tell what runs."""
        self._must_go_on()
        self._tell(what)

    def ends(self, group: str, files: int) -> None:
        """Nothing: there is one file."""

    def _open(self, options: VerifyOptions, jobs: int) -> VerifySession:
        with self._lock:
            if self._is_cancelled:
                raise Cancelled("cancelled")
            self._session = VerifySession(options, jobs)
            return self._session

    def _must_go_on(self) -> None:
        if self._is_cancelled:
            raise Cancelled("cancelled")
