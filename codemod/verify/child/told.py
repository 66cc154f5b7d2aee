"""Texts about user code whose line numbers stay numbers."""

from __future__ import annotations

import re

from .protocol import Told

LINE = re.compile(r"\bline (\d+)\b")
RAISED_AT = " (raised at "
"""What stands before the line that raised an error, behind the line of the statement."""


def told(*parts: "str | int | Told") -> Told:
    """One text of ``parts``; an ``int`` is a line of the user's source, and reads "line 7".

    Line numbers in texts that come from elsewhere, as those of errors, become numbers too.
    """
    words: Told = []
    for part in parts:
        if isinstance(part, int):
            words.append(part)
        elif isinstance(part, str):
            pieces = LINE.split(part)
            words += [int(piece) if index % 2 else piece for index, piece in enumerate(pieces)]
        else:
            words += part
    return [word for word in words if word != ""]


def plain(text: Told) -> str:
    """``text`` as one string."""
    return "".join("line %d" % word if isinstance(word, int) else word for word in text)


def without_lines(text: Told) -> str:
    """``text`` without its line numbers, which edits move, and without the line that raised."""
    words = "".join("line" if isinstance(word, int) else word for word in text)
    return words.replace(RAISED_AT + "line)", "")
