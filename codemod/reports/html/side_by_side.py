"""Diffs with the old text beside the new one; on narrow screens the new one comes below."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from codemod.limits import DIFF_LINES_OF_FILE
from codemod.reports.diffs import Part
from codemod.reports.html.highlighting import coloured_lines, shortened
from codemod.reports.html.markup import Markup, element, prose
from codemod.reports.words import number
from transforms.syntax.source_text import encoding_of

AROUND = 3
"""Lines of context, as diffs have them."""


@dataclass(frozen=True, kw_only=True)
class SideBySide:
    """A diff as HTML, with the number of its lines."""

    markup: Markup
    lines: int


def side_by_side(parts: Iterable[Part], most: int = DIFF_LINES_OF_FILE) -> SideBySide:
    """The diff of ``parts``; lines beyond the first ``most`` are counted only."""
    shown: list[Markup] = []
    lines = left_out = 0
    for part in parts:
        blocks: list[Markup] = []
        for block, size in _blocks(part):
            if lines + size > most:
                left_out += size
                continue
            lines += size
            blocks.append(block)
        if blocks and part.title:
            shown.append(element("h4", part.title))
        shown += blocks
    if left_out:
        more = f"{number(left_out, 'line')} more; `--diff` has them all."
        shown.append(element("p", prose(more), class_="more"))
    return SideBySide(markup=element("div", shown, class_="diff"), lines=lines)


def lines_of(source: bytes) -> list[str]:
    """``source`` in lines; a source that Python cannot decode is shown as far as it goes."""
    try:
        text = source.decode(encoding_of(source), "replace")
    except (LookupError, SyntaxError):
        text = source.decode("utf-8", "replace")
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _blocks(part: Part) -> Iterator[tuple[Markup, int]]:
    """What stays together between lines that are left out, and how many lines it has."""
    before, after = lines_of(part.before), lines_of(part.after)
    if before == after:
        return
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    old, new = (coloured_lines(shortened(lines)) for lines in (before, after))
    for group in matcher.get_grouped_opcodes(AROUND):
        first, last = group[0], group[-1]
        size = max(last[2] - first[1], last[4] - first[3])
        rows = [
            element(
                "div",
                _side("old", old[start:end], start, is_equal=kind == "equal"),
                _side("new", new[new_start:new_end], new_start, is_equal=kind == "equal"),
                class_=f"rows {'same' if kind == 'equal' else 'changed'}",
            )
            for kind, start, end, new_start, new_end in group
        ]
        yield element("div", rows, class_="hunk"), size


def _side(name: str, lines: Sequence[Markup], start: int, is_equal: bool) -> Markup:
    numbered = [
        element("div", line or Markup("<br>"), data_n=start + place + 1)
        for place, line in enumerate(lines)
    ]
    tag = "div" if is_equal else {"old": "del", "new": "ins"}[name]
    return element(tag, numbered, class_=f"side {name}")
