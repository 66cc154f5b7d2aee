"""The least text edits between two texts, so that cursors and marks stay where they are."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from transforms.syntax.source_text import line_starts


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """Put ``text`` where the characters from ``start`` to ``end`` stand."""

    start: int
    end: int
    text: str


def replacements(before: str, after: str) -> list[Replacement]:
    """What makes ``after`` of ``before``: whole lines that come or go, and parts of others."""
    old, new = _lines(before), _lines(after)
    starts = (*line_starts(before), len(before))
    found: list[Replacement] = []
    # Lines that are frequent, as blank ones are, begin no match: else long files take seconds.
    for kind, first, last, new_first, new_last in difflib.SequenceMatcher(
        None, old, new
    ).get_opcodes():
        if kind == "equal":
            continue
        for removed, inserted, line in _pairs(old[first:last], new[new_first:new_last], first):
            found.append(_trimmed(removed, inserted, starts[line]))
    return found


def _pairs(old: Sequence[str], new: Sequence[str], first: int) -> Iterator[tuple[str, str, int]]:
    """The lines that take the place of others, one by one where they are as many."""
    if len(old) == len(new):
        yield from ((before, after, first + at) for at, (before, after) in enumerate(zip(old, new)))
    else:
        yield "".join(old), "".join(new), first


def _trimmed(removed: str, inserted: str, start: int) -> Replacement:
    """The replacement without what both begin and end with; it divides no line end."""
    prefix = _common(removed, inserted)
    if removed[prefix - 1 : prefix] == "\r":
        prefix -= 1
    rest, more = removed[prefix:], inserted[prefix:]
    suffix = _common(rest[::-1], more[::-1])
    if suffix and rest[-suffix] == "\n":
        suffix = _whole_line_ends(rest, more, suffix)
    return Replacement(
        start=start + prefix,
        end=start + len(removed) - suffix,
        text=more[: len(more) - suffix],
    )


def _whole_line_ends(rest: str, more: str, suffix: int) -> int:
    before = {text[-suffix - 1 : len(text) - suffix] for text in (rest, more)}
    return suffix - 1 if "\r" in before else suffix


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _lines(text: str) -> list[str]:
    starts = (*line_starts(text), len(text))
    return [text[start:end] for start, end in pairwise(starts)]
