"""Ctrl-C: the first one interrupts the run, a second one ends the process at once."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
SHOW_CURSOR = b"\x1b[?25h\n"


class Ended(KeyboardInterrupt):
    """Another signal ends the run, as ``timeout`` does; ``status`` is that of the process then."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.status = 128 + number


class Interrupt:
    """The handler of Ctrl-C. Workers end themselves, and remove their folder, when we are gone."""

    def __init__(self) -> None:
        self.has_come = False

    def __call__(self, number: int, frame: FrameType | None) -> NoReturn:
        """Interrupt what runs, or end all of it."""
        if self.has_come:
            end_at_once()
        self.has_come = True
        raise KeyboardInterrupt


def forget_interrupt() -> None:
    """Let the next Ctrl-C be a first one again: the last one was the answer to a question."""
    handler = signal.getsignal(signal.SIGINT)
    if isinstance(handler, Interrupt):
        handler.has_come = False


def end_at_once() -> NoReturn:
    """End this process without cleaning up; a progress line may have hidden the cursor."""
    with contextlib.suppress(OSError, ValueError):
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), SHOW_CURSOR)
    os._exit(128 + signal.SIGINT)


@contextmanager
def without_interrupts() -> Iterator[None]:
    """Let what would end this process wait until the body is done: it is short and cleans up.

    Only a second Ctrl-C does not wait.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        handler = before.get(signal.SIGINT)
        has_come = isinstance(handler, Interrupt) and handler.has_come
        if number == signal.SIGINT and (has_come or number in waiting):
            end_at_once()
        waiting.append(number)

    before = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            # There is none where other code than Python's has set it.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
    for number in dict.fromkeys(waiting):
        signal.raise_signal(number)
