"""Comments that keep lines or a file as they are, and those of them that keep nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from transforms.syntax.records import Hazard, Span
from transforms.syntax.source_text import SourceText

SKIP = re.compile(r"#\s*keras-codemod:\s*skip(?!-)\b")
SKIP_FILE = re.compile(r"#\s*keras-codemod:\s*skip-file\b")
COMMENT = "# keras-codemod: skip"
NO_USE = "KC001"


def skips_file(text: SourceText) -> bool:
    """Whether a comment keeps the whole module as it is."""
    return SKIP_FILE.search(text.text) is not None and any(
        SKIP_FILE.search(comment) for _, _, comment in text.comments
    )


def is_skipped(text: SourceText, span: Span) -> bool:
    """Whether a comment keeps what stands at ``span`` as it is."""
    if not any(SKIP.search(line) for line in text.lines[span.line - 1 : span.end_line]):
        return False
    return any(
        SKIP.search(comment)
        for line, _, comment in text.comments
        if span.line <= line <= span.end_line
    )


def unused_skips(text: SourceText, found: Collection[Span]) -> Iterator[Hazard]:
    """The comments that skip nothing of what is ``found``."""
    if not SKIP.search(text.text) and not SKIP_FILE.search(text.text):
        return
    lines = {line for span in found for line in range(span.line, span.end_line + 1)}
    for line, column, comment in text.comments:
        for pattern, kind, is_used in (
            (SKIP, "skip", line in lines),
            (SKIP_FILE, "skip-file", bool(lines)),
        ):
            match = pattern.search(comment)
            if match is not None and not is_used:
                start = column + match.start()
                span = Span(line, start, line, column + match.end())
                what = "this line" if kind == "skip" else "this file"
                yield Hazard(NO_USE, span, f"`{kind}` skips nothing: {what} has no finding")
