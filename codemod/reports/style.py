"""Colours for a terminal: a few meanings, and none of them alone in its colour."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import BinaryIO

from codemod.settings import Color


@dataclass(frozen=True)
class Style:
    """Marks text by what it means, or leaves it as it is."""

    colours: bool = False

    def path(self, text: str) -> str:
        """A file."""
        return self._marked("1", text)

    def good(self, text: str) -> str:
        """What is done and verified."""
        return self._marked("32", text)

    def bad(self, text: str) -> str:
        """What failed."""
        return self._marked("31", text)

    def caution(self, text: str) -> str:
        """What is left, or to be looked at."""
        return self._marked("33", text)

    def quiet(self, text: str) -> str:
        """What matters least."""
        return self._marked("2", text)

    def _marked(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colours and text else text


def style_for(stream: BinaryIO, color: Color) -> Style:
    """Colours where ``color`` says so; ``auto`` is for terminals, and obeys ``NO_COLOR``."""
    if color != "auto":
        return Style(color == "always")
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return Style()
    try:
        return Style(os.isatty(stream.fileno()))
    except (OSError, ValueError):  # No file at all, as in a test.
        return Style()
