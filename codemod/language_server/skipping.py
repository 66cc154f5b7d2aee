"""The comment that keeps a line as it is, and where it can stand."""

from __future__ import annotations

import io
import tokenize

from codemod.language_server.documents import Document
from codemod.language_server.text_edits import Replacement
from transforms.syntax.records import Span

COMMENT = "  # keras-codemod: skip"
ENDS = frozenset({tokenize.NEWLINE, tokenize.NL})


def skip_comment(document: Document, span: Span) -> Replacement | None:
    """The comment for a finding, behind the first of its lines that can have one.

    Behind a line that ends inside a string or with a backslash there can be none.
    """
    source = document.text.removeprefix("\ufeff")
    ends: set[int] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(source, newline="").readline):
            if token.type in ENDS:
                ends.add(token.start[0])
            if token.start[0] > span.end_line:
                break
    except (tokenize.TokenError, SyntaxError):
        return None
    for line in range(span.line, span.end_line + 1):
        if line in ends:
            text = document.lines[line - 1]
            end = document.starts[line - 1] + len(text.rstrip())
            return Replacement(start=end, end=document.starts[line - 1] + len(text), text=COMMENT)
    return None
