"""Sources as text: decoding, lines, and positions in characters.

``ast`` counts columns in UTF-8 bytes; every position here counts characters. A position is a
``Span`` (lines and columns) or a range of offsets in the whole text.
"""

from __future__ import annotations

import ast
import bisect
import codecs
import io
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from transforms.syntax.records import Span

CELL = re.compile(r"#[ \t]*%%+(?=[ \t\[\r\n]|$)")
"""What begins a cell of a script in the percent format."""
LINE_END = re.compile(r"\r\n|\r|\n")


class EditError(ValueError):
    """An edit that cannot be made; the message says what and at which line."""


NAME = re.compile(r"[A-Za-z_][\w.]*")
GROUPED = re.compile(r"((?:^|[-+*/%@<>=&|^~(\[{,:])\s*)\(\s*$")
"""A parenthesis that calls nothing, in front of what it stands around alone."""
CLOSED = re.compile(r"\s*\)")


@dataclass(frozen=True, kw_only=True)
class SourceText:
    """A module as text without its byte order mark; ``encoding`` and ``mark`` give its bytes."""

    text: str
    encoding: str
    mark: bytes

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without their ends."""
        return tuple(LINE_END.split(self.text))

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """The offset at which each line starts."""
        return line_starts(self.text)

    @cached_property
    def comments(self) -> tuple[tuple[int, int, str], ...]:
        """The line, the column and the text of each comment; strings may quote one."""
        found: list[tuple[int, int, str]] = []
        try:
            for token in tokenize.generate_tokens(io.StringIO("\n".join(self.lines)).readline):
                if token.type == tokenize.COMMENT:
                    found.append((*token.start, token.string))
        except (tokenize.TokenError, SyntaxError):
            pass  # What follows cannot be told apart.
        return tuple(found)

    @cached_property
    def cell_borders(self) -> tuple[int, ...]:
        """The lines that look like marks of cells; those between statements are."""
        return tuple(number for number, line in enumerate(self.lines, 1) if CELL.match(line))

    def span(self, node: ast.AST) -> Span:
        """The position of ``node``, without its decorators."""
        found = self._spans.get(node)
        if found is None:
            found = self._spans[node] = self._span(node)
        return found

    @cached_property
    def _spans(self) -> dict[ast.AST, Span]:
        return {}

    def _span(self, node: ast.AST) -> Span:
        line: int = getattr(node, "lineno")  # noqa: B009 - not every ast.AST has a position
        column: int = getattr(node, "col_offset")  # noqa: B009
        end_line: int = getattr(node, "end_lineno")  # noqa: B009
        end_column: int = getattr(node, "end_col_offset")  # noqa: B009
        return Span(line, self._column(line, column), end_line, self._column(end_line, end_column))

    def _column(self, line: int, in_bytes: int) -> int:
        text = self.lines[line - 1]
        if text.isascii():
            return in_bytes
        return len(text.encode()[:in_bytes].decode(errors="replace"))

    def offset(self, line: int, column: int) -> int:
        """The offset of a 1-based line and a 0-based column, both in characters.

        Raises:
            EditError: the text has no such line.
        """
        if not 1 <= line <= len(self.line_starts):
            raise EditError(f"line {line}: the source has {len(self.line_starts)} lines")
        return self.line_starts[line - 1] + column

    def range_of_span(self, span: Span) -> tuple[int, int]:
        """The offsets of ``span``; raises ``EditError`` where the text has no such line."""
        return self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)

    def range_of(self, node: ast.AST) -> tuple[int, int]:
        """The offsets at which a node with a position starts and ends, without decorators."""
        return self.range_of_span(self.span(node))

    def line_of(self, offset: int) -> int:
        """The 1-based line that holds ``offset``."""
        return bisect.bisect_right(self.line_starts, offset)

    def indent_of(self, line: int) -> str:
        """What the 1-based ``line`` is indented with."""
        text = self.lines[line - 1]
        return text[: len(text) - len(text.lstrip())]

    def line_start(self, offset: int) -> int:
        """The offset at which the line of ``offset`` starts."""
        return self.line_starts[self.line_of(offset) - 1]

    def next_line(self, offset: int) -> int:
        """The offset at which the line after that of ``offset`` starts, or the text's end."""
        line = self.line_of(offset)
        return self.line_starts[line] if line < len(self.line_starts) else len(self.text)

    def eol(self, offset: int) -> str:
        """The line end at ``offset``; on a last line without one, that of the line before."""
        match = LINE_END.search(self.text, offset)
        if match is None:
            ends = LINE_END.findall(self.text)
            return ends[-1] if ends else "\n"
        return match.group()

    def slice(self, span: Span) -> str:
        """The text of ``span`` with ``\\n`` for line ends."""
        if span.line == span.end_line:
            return self.lines[span.line - 1][span.column : span.end_column]
        first = self.lines[span.line - 1][span.column :]
        last = self.lines[span.end_line - 1][: span.end_column]
        return "\n".join((first, *self.lines[span.line : span.end_line - 1], last))

    def text_of(self, node: ast.AST) -> str:
        """The source of ``node`` with ``\\n`` for line ends."""
        return self.slice(self.span(node))

    def replaced(self, node: ast.AST, replacements: Mapping[ast.AST, str]) -> str:
        """The source of ``node`` with other text for some of the nodes below it."""
        outer = self.span(node)
        inner = sorted(
            (self.span(part), text)
            for part, text in replacements.items()
            if part is not node and _within(self.span(part), outer)
        )
        if node in replacements:
            return replacements[node]
        pieces: list[str] = []
        line, column = outer.line, outer.column
        for index, (span, text) in enumerate(inner):
            before = self.slice(Span(line, column, span.line, span.column))
            line, column = span.end_line, span.end_column
            opened = GROUPED.search(before) if NAME.fullmatch(text) else None
            if opened is not None and not opened.group(1) and index:
                # What stands before is a name too, which is called.
                opened = None
            end = inner[index + 1][0] if index + 1 < len(inner) else None
            until = (outer.end_line, outer.end_column) if end is None else (end.line, end.column)
            closed = CLOSED.match(self.slice(Span(line, column, *until))) if opened else None
            if opened is not None and closed is not None:
                # A name needs no parentheses.
                before = before[: opened.end(1)]
                line, column = self._after(line, column, closed.group())
            pieces += [before, text]
        pieces.append(self.slice(Span(line, column, outer.end_line, outer.end_column)))
        return "".join(pieces)

    def _after(self, line: int, column: int, text: str) -> tuple[int, int]:
        """The place behind ``text``, which stands at ``line`` and ``column``."""
        lines = text.split("\n")
        return (line + len(lines) - 1, len(lines[-1]) + (column if len(lines) == 1 else 0))


def _within(inner: Span, outer: Span) -> bool:
    return (outer.line, outer.column) <= (inner.line, inner.column) and (
        inner.end_line,
        inner.end_column,
    ) <= (outer.end_line, outer.end_column)


def line_starts(text: str) -> tuple[int, ...]:
    """The offset at which each line of ``text`` starts."""
    return (0, *(match.end() for match in LINE_END.finditer(text)))


def encoding_of(source: bytes) -> str:
    """The encoding by byte order mark or cookie; raises SyntaxError where it is none."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    return encoding


def read_source_text(source: bytes) -> SourceText:
    """Decode ``source`` by its encoding cookie; raises SyntaxError or UnicodeDecodeError."""
    encoding = encoding_of(source)
    mark = codecs.BOM_UTF8 if encoding == "utf-8-sig" else b""
    encoding = "utf-8" if mark else encoding
    return SourceText(text=source[len(mark) :].decode(encoding), encoding=encoding, mark=mark)
