"""The command that verifies a document: its progress, its end, and how it is cancelled."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from lsprotocol import types

from codemod.errors import CodemodError
from codemod.language_server.places import Opened, name_of
from codemod.language_server.server import Server
from codemod.language_server.verdicts import message_of
from codemod.language_server.verification import Cancelled, Verification
from codemod.results import FileResult

TITLE = "keras-codemod: verifying"


class Verifications:
    """The verifications that run, each of them one document; one is worked on at a time.

    All methods but :meth:`end` are called on the event loop.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._running: dict[str, Verification] = {}
        self._work: dict[str, Future[FileResult]] = {}
        self._all: set[Verification] = set()
        self._tokens: dict[types.ProgressToken, str] = {}
        self._numbers = itertools.count(1)
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="verification")
        self._cancellers = ThreadPoolExecutor(1, thread_name_prefix="cancel")

    async def verify(self, arguments: Sequence[Any]) -> None:
        """Begin to verify the document that a command names; its answer does not wait for it."""
        uri = _uri_in(arguments, self._server.newest.uris)
        document = self._server.newest.holding(uri)
        if document is None:
            raise CodemodError(f"{uri} is not open; open it, then verify it")
        if document.uri in self._running:
            self._server.tell(f"{name_of(document)}: is being verified already", INFO)
            return
        self._server.start(self._verified(document), "the verification")

    async def cancel(self, uri: str) -> None:
        """End a verification and all its processes."""
        verification, work = self._running.get(uri), self._work.get(uri)
        if verification is not None:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._cancellers, verification.cancel)
        if work is not None:
            work.cancel()  # One that waits for another ends at once.

    async def cancel_by(self, token: types.ProgressToken) -> None:
        """End the verification whose progress has this token."""
        await self.cancel(self._tokens.get(token, ""))

    async def cancel_all(self) -> None:
        """End all verifications."""
        for uri in list(self._running):
            await self.cancel(uri)

    def end(self) -> None:
        """End all verifications, from any thread; waits for that."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        # The loop has ended, and with it what waited for them.
        for verification in self._all:
            verification.cancel()

    async def _verified(self, document: Opened) -> None:
        server, name = self._server, name_of(document)
        loop = asyncio.get_running_loop()
        token: types.ProgressToken | None = None

        def tell(what: str) -> None:
            if token is not None:
                report = types.WorkDoneProgressReport(message=what)
                loop.call_soon_threadsafe(server.work_done_progress.report, token, report)

        verification = self._running[document.uri] = Verification(document, tell)
        self._all.add(verification)
        try:
            token = await self._begun(document, name)
            found = await server.newest.found(document.uri)
            if found is None:
                return
            work = self._work[document.uri] = self._threads.submit(verification.run, found.options)
            result = await asyncio.wrap_future(work)
            self._all.discard(verification)
        except (Cancelled, asyncio.CancelledError):
            if not verification.is_cancelled:
                raise  # The loop ends.
            self._all.discard(verification)
            server.tell(f"{name}: the verification was cancelled", INFO)
        except CodemodError as error:
            self._all.discard(verification)
            server.tell(f"{name}: not verified; {error}")
        else:
            await server.keep_verified(document, result)
            server.window_show_message(message_of(result, name))
        finally:
            self._running.pop(document.uri, None)
            self._work.pop(document.uri, None)
            if token is not None:
                self._tokens.pop(token, None)
                server.work_done_progress.end(token, types.WorkDoneProgressEnd())

    async def _begun(self, document: Opened, name: str) -> types.ProgressToken | None:
        """The token of a progress that the client shows; ``None`` where it shows none."""
        window = self._server.client_capabilities.window
        if window is None or not window.work_done_progress:
            return None
        token = f"keras-codemod-{next(self._numbers)}"
        try:
            await self._server.work_done_progress.create_async(token)
        except Exception:  # Of the client, which then shows nothing.
            return None
        self._tokens[token] = document.uri
        begin = types.WorkDoneProgressBegin(title=f"{TITLE} {name}", cancellable=True)
        self._server.work_done_progress.begin(token, begin)
        return token


INFO = types.MessageType.Info


def _uri_in(arguments: Sequence[Any], open_uris: Sequence[str]) -> str:
    """The document that a command names; the only one that is open where it names none."""
    named = arguments[0] if arguments else None
    if isinstance(named, dict):
        named = named.get("uri")
    if isinstance(named, str):
        return named
    if len(open_uris) == 1:
        return open_uris[0]
    raise CodemodError("name the file to verify by its URI: it is the argument of the command")
