"""The progress of a run on a terminal: what runs, how many of how many, time so far."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

REFRESHES = 4
"""How often a second the line is drawn: a spinner that stands looks like a hang."""
GROUPS_SHOWN = 4
"""How many of the groups that run at once are named."""


class ProgressLine:
    """Shows progress while it is entered; :meth:`hidden` makes room for lines of the report."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream)
        self._live: Live | None = None
        self._spinner = Spinner("dots")
        self._start = time.monotonic()
        self._lock = threading.Lock()
        self._stage = "starting"
        self._files = 0
        self._done = 0
        self._running: dict[str, str] = {}

    def stage(self, what: str, files: int = 0) -> None:
        """A stage of the run begins."""
        with self._lock:
            self._stage, self._files, self._done = what, files, 0
            self._running.clear()

    def runs(self, group: str, what: str) -> None:
        """``what`` runs now for the files that ``group`` names."""
        with self._lock:
            self._running[group] = what

    def ends(self, group: str, files: int) -> None:
        """Nothing more runs for ``group``, and so many more files are done."""
        with self._lock:
            self._running.pop(group, None)
            self._done += files

    def __enter__(self) -> ProgressLine:
        self._show()
        return self

    def __exit__(self, *_: object) -> None:
        self._hide()

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Take the line away while something else is written to the terminal."""
        self._hide()
        try:
            yield
        finally:
            self._show()

    def _show(self) -> None:
        self._live = Live(self, console=self._console, refresh_per_second=REFRESHES, transient=True)
        self._live.start()

    def _hide(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with self._lock:
            running = list(self._running.items())
            head = self._stage
            if self._files:
                counted = (
                    f"{self._done} of {self._files}"
                    if self._running or self._done
                    else f"{self._files}"
                )
                head += f" {counted} file{'s' if self._files != 1 else ''}"
        minutes, seconds = divmod(int(time.monotonic() - self._start), 60)
        self._spinner.update(text=Text(f"{head} · {minutes}:{seconds:02}"))
        grid = Table.grid()
        grid.add_row(self._spinner)
        for group, what in running[:GROUPS_SHOWN]:
            line = Text(f"  {group}: {what}", style="dim", no_wrap=True, overflow="ellipsis")
            grid.add_row(line)
        if len(running) > GROUPS_SHOWN:
            grid.add_row(Text(f"  and {len(running) - GROUPS_SHOWN} more", style="dim"))
        yield grid
