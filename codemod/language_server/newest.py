"""Analysing documents off the event loop, and of each its newest version only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

from codemod.collection import collect_young
from codemod.language_server.analysis import Analysed
from codemod.language_server.places import Opened, document_at
from codemod.limits import ANALYSES_AT_ONCE, DEBOUNCE

Value = TypeVar("Value")
Analyse = Callable[[Opened], Analysed]


class Newest:
    """The documents that are open, and what was found in the newest version of each.

    All methods are called on the event loop. ``analyse`` is called in another thread, ``publish``
    on the loop, ``failed`` where ``analyse`` raises what it should not.
    """

    def __init__(
        self,
        analyse: Analyse,
        publish: Callable[[Analysed], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._analyse = analyse
        self._publish = publish
        self._failed = failed
        self._documents: dict[str, Opened] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._running: dict[str, tuple[Opened, asyncio.Task[None]]] = {}
        self._found: dict[str, Analysed] = {}
        self._threads = ThreadPoolExecutor(ANALYSES_AT_ONCE, thread_name_prefix="analysis")

    @property
    def uris(self) -> tuple[str, ...]:
        """The documents that are open."""
        return tuple(self._documents)

    def document(self, uri: str) -> Opened | None:
        """The newest version of a document, ``None`` where it is not open."""
        return self._documents.get(uri)

    def holding(self, uri: str) -> Opened | None:
        """The document or notebook at an address, or the notebook that has the cell there."""
        found = self._documents.get(uri)
        if found is not None:
            return found
        opened = self._documents.values()
        return next((one for one in opened if document_at(one, uri) is not None), None)

    def put(self, document: Opened, wait: bool = True) -> None:
        """Take a new version, and analyse it as soon as no newer one comes."""
        uri = document.uri
        self._documents[uri] = document
        self._stop_waiting(uri)
        if not wait:
            self._start(uri)
            return
        loop = asyncio.get_running_loop()
        self._timers[uri] = loop.call_later(DEBOUNCE, self._start, uri)

    def remove(self, uri: str) -> None:
        """Forget a document; what runs for it is of no use any more."""
        self._stop_waiting(uri)
        self._documents.pop(uri, None)
        self._found.pop(uri, None)
        self._running.pop(uri, None)

    def refresh(self) -> None:
        """Analyse all documents again: their settings may be others."""
        for document in list(self._documents.values()):
            self.put(replace(document), wait=False)

    async def found(self, uri: str) -> Analysed | None:
        """What is found in the newest version; ``None`` where there is none or it fails."""
        while (document := self._documents.get(uri)) is not None:
            known = self._found.get(uri)
            if known is not None and known.document is document:
                return known
            self._stop_waiting(uri)
            await asyncio.shield(self._start(uri))
            if self._documents.get(uri) is document:
                known = self._found.get(uri)
                return known if known is not None and known.document is document else None
        return None

    async def in_thread(self, action: Callable[..., Value], *arguments: Any) -> Value:
        """What ``action`` gives, in the threads in which documents are analysed."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, action, *arguments)

    def close(self) -> None:
        """Start nothing more."""
        for uri in self.uris:
            self.remove(uri)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _stop_waiting(self, uri: str) -> None:
        timer = self._timers.pop(uri, None)
        if timer is not None:
            timer.cancel()

    def _start(self, uri: str) -> asyncio.Task[None]:
        document = self._documents[uri]
        running = self._running.get(uri)
        if running is not None and running[0] is document:
            return running[1]
        task = asyncio.get_running_loop().create_task(self._run(document))
        self._running[uri] = (document, task)
        return task

    async def _run(self, document: Opened) -> None:
        loop = asyncio.get_running_loop()
        try:
            done = await loop.run_in_executor(self._threads, self._if_newest, document)
            if done is not None and self._is_newest(document):
                self._found[document.uri] = done
                self._publish(done)
                collect_young()
        except Exception as error:
            self._failed(error)

    def _if_newest(self, document: Opened) -> Analysed | None:
        # A newer version may have come while this one waited for a thread.
        return self._analyse(document) if self._is_newest(document) else None

    def _is_newest(self, document: Opened) -> bool:
        return self._documents.get(document.uri) is document
