"""The comment that keeps a line as it is, and where it can stand."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Sequence

from codemod.language_server.documents import BYTE_ORDER_MARK, Document
from codemod.language_server.places import Places
from codemod.language_server.text_edits import Replacement
from transforms.syntax.records import Span

COMMENT = "  # keras-codemod: skip"
ENDS = frozenset({tokenize.NEWLINE, tokenize.NL})


def skip_comments(
    module: str, places: Places, spans: Sequence[Span]
) -> list[tuple[Document, list[Replacement]]]:
    """The comments for findings, each behind the first of its lines that can have one.

    Behind a line that ends inside a string or with a backslash there can be none.
    """
    ends = _ends(module.removeprefix(BYTE_ORDER_MARK), max(span.end_line for span in spans))
    lines = [
        next((line for line in range(span.line, span.end_line + 1) if line in ends), None)
        for span in spans
    ]
    found: dict[Document, list[Replacement]] = {}
    for line in sorted({line for line in lines if line is not None}):
        place = places.of_line(line)
        document, number = place.document, place.range.end.line
        text, start = document.lines[number], document.starts[number]
        comment = Replacement(start=start + len(text.rstrip()), end=start + len(text), text=COMMENT)
        found.setdefault(document, []).append(comment)
    return [*found.items()]


def _ends(module: str, last: int) -> set[int]:
    """The lines up to ``last`` that can take a comment."""
    ends: set[int] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(module, newline="").readline):
            if token.type in ENDS:
                ends.add(token.start[0])
            if token.start[0] > last:
                break
    except (tokenize.TokenError, SyntaxError):
        return set()
    return ends
