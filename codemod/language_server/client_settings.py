"""What the client sets for the documents that it opens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from codemod.language_server.options import SECTION
from codemod.limits import CONFIGURATION_LIMIT

Ask = Callable[[str], Awaitable[Any]]
"""Asks the client for its settings of the document at an address."""


class ClientSettings:
    """The settings of the client: those that it started with, and those that it is asked for.

    ``ask`` is ``None`` where the client answers no questions.
    """

    def __init__(self) -> None:
        self.ask: Ask | None = None
        self._initial: Mapping[str, Any] = {}
        self._sent: Mapping[str, Any] = {}
        self._of_document: dict[str, Mapping[str, Any]] = {}

    def start_with(self, options: object) -> None:
        """Take the options of the start."""
        self._initial = _table_in(options)

    def take(self, settings: object) -> None:
        """Take what the client sends when its settings change; it may be nothing."""
        self._sent = _table_in(settings)

    async def load(self, uri: str) -> None:
        """Ask for the settings of a document; a client that does not answer has none."""
        if self.ask is None:
            return
        try:
            answer = await asyncio.wait_for(self.ask(uri), CONFIGURATION_LIMIT)
        except Exception:  # Of the client: it has its own log for that.
            return
        if isinstance(answer, list | tuple):
            answer = answer[0] if answer else None
        self._of_document[uri] = _table_in(answer)

    def forget(self, uri: str) -> None:
        """Forget a document."""
        self._of_document.pop(uri, None)

    def table(self, uri: str) -> Mapping[str, Any]:
        """The settings of a document, the newest first."""
        return {**self._initial, **self._sent, **self._of_document.get(uri, {})}


def _table_in(settings: object) -> Mapping[str, Any]:
    """The table of settings; it may stand below the name of the tool, as in other clients."""
    table = settings.get(SECTION, settings) if isinstance(settings, Mapping) else None
    if not isinstance(table, Mapping):
        return {}
    # Arrays of the protocol come as tuples.
    values = {key: [*value] if isinstance(value, tuple) else value for key, value in table.items()}
    return {key: value for key, value in values.items() if value is not None}
