"""The colours of Python source, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

from codemod.limits import LINE_SHOWN
from codemod.reports.html.markup import Markup, element, escaped

KINDS: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "c"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (String, "s"),
    (Number, "n"),
    (Name.Decorator, "d"),
    (Name.Function, "f"),
    (Name.Class, "f"),
)
"""What is told apart; the first that holds counts."""


def coloured_lines(lines: Sequence[str]) -> list[Markup]:
    """Each of ``lines``, of one Python source, as HTML."""
    found: list[list[Markup]] = [[]]
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    for kind, text in lexer.get_tokens("\n".join(lines)):
        for number, piece in enumerate(text.split("\n")):
            if number:
                found.append([])
            if piece:
                found[-1].append(_coloured(kind, piece))
    if len(found) != len(lines):  # The lexer knows more ends of lines than we do.
        return [escaped(line) for line in lines]
    return [Markup("".join(pieces)) for pieces in found]


def shortened(lines: Sequence[str]) -> list[str]:
    """``lines`` with the ends of very long ones left out, as of data in a source."""
    return [line if len(line) <= LINE_SHOWN else f"{line[:LINE_SHOWN]}…" for line in lines]


def _coloured(kind: _TokenType, text: str) -> Markup:
    name = next(_names(kind), None)
    return escaped(text) if name is None else element("span", text, class_=name)


def _names(kind: _TokenType) -> Iterator[str]:
    return (name for parent, name in KINDS if kind in parent)
