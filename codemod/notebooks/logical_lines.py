"""Where logical lines of Python end, without a tokenizer: cells hold more than Python."""

from __future__ import annotations

import re
from collections.abc import Sequence

_PIECE = re.compile(r"\"\"\"|'''|\"|'|#|[([{]|[)\]}]|\\.|\\$", re.DOTALL)


def logical_end(lines: Sequence[str], place: int) -> int:
    """The place behind the last line of the logical line that starts at ``place``."""
    depth, quote = 0, ""
    while place < len(lines):
        depth, quote, goes_on = _scanned(lines[place], depth, quote)
        place += 1
        if not goes_on:
            break
    return place


def code_of(line: str) -> str:
    """A line of one statement without its comment."""
    quote = ""
    for match in _PIECE.finditer(line):
        piece = match[0]
        if quote:
            quote = "" if piece == quote else quote
        elif piece[0] in "\"'":
            quote = piece
        elif piece == "#":
            return line[: match.start()]
    return line


def _scanned(line: str, depth: int, quote: str) -> tuple[int, str, bool]:
    """The depth of brackets and the open quote behind a line, and whether the line goes on."""
    continues = False
    place = 0
    while match := _PIECE.search(line, place):
        piece, place = match[0], match.end()
        if piece == "\\":
            continues = True
        elif quote:
            # In a string of one quote, three of them are its end and more.
            if piece.startswith(quote) and piece[0] in "\"'":
                place = match.start() + len(quote)
                quote = ""
        elif piece[0] in "\"'":
            quote = piece
        elif piece == "#":
            break
        elif piece in "([{":
            depth += 1
        elif piece in ")]}":
            depth = max(0, depth - 1)
    if len(quote) == 1 and not continues:
        quote = ""  # It ends with its line, as an error.
    return depth, quote, bool(depth or quote or continues)
