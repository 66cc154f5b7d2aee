"""Where a line stands after its file was rewritten."""

from __future__ import annotations

import bisect
import difflib
from collections.abc import Callable

from codemod.results import FileResult


def present_line(result: FileResult) -> Callable[[int], int]:
    """The line of the file as it is now, for a line of the file as it was."""
    if result.status == "rewritten":
        return line_after(result.original, result.rewritten)
    if result.before_fixes is None:
        return lambda line: line
    return line_after(result.original, result.before_fixes)


def line_after(original: bytes, rewritten: bytes) -> Callable[[int], int]:
    """The line of ``rewritten`` for a line of ``original``.

    A line that was rewritten is where its statement now begins, as near as can be told.
    """
    before, after = original.split(b"\n"), rewritten.split(b"\n")
    # Empty lines say nothing: one in a new class is not the one below the last statement.
    matcher = difflib.SequenceMatcher(_is_empty, before, after, autojunk=False)
    blocks = matcher.get_opcodes()
    starts = [block[1] for block in blocks]

    def line_now(line: int) -> int:
        kind, first, last, new_first, new_last = blocks[bisect.bisect_right(starts, line - 1) - 1]
        if kind == "equal":
            return new_first + (line - 1 - first) + 1
        # From its end: what is inserted, as classes are, comes before what is replaced.
        from_end = last - (line - 1)
        return max(new_first, new_last - from_end) + 1

    return line_now if blocks else (lambda line: line)


def _is_empty(line: bytes) -> bool:
    return not line.strip()
