"""The text of a source with the positions of its ``ast`` nodes in characters."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass

from transforms.syntax.records import Span

LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class SourceText:
    """The lines of a source without their ends."""

    lines: tuple[str, ...]

    def span(self, node: ast.AST) -> Span:
        """The position of ``node``; ``ast`` itself counts columns in UTF-8 bytes."""
        line: int = getattr(node, "lineno")  # noqa: B009 - not every ast.AST has a position
        column: int = getattr(node, "col_offset")  # noqa: B009
        end_line: int = getattr(node, "end_lineno")  # noqa: B009
        end_column: int = getattr(node, "end_col_offset")  # noqa: B009
        return Span(line, self._column(line, column), end_line, self._column(end_line, end_column))

    def _column(self, line: int, offset: int) -> int:
        text = self.lines[line - 1]
        if text.isascii():
            return offset
        return len(text.encode()[:offset].decode(errors="replace"))

    def slice(self, span: Span) -> str:
        """The text of ``span`` with ``\\n`` for line ends."""
        if span.line == span.end_line:
            return self.lines[span.line - 1][span.column : span.end_column]
        first = self.lines[span.line - 1][span.column :]
        last = self.lines[span.end_line - 1][: span.end_column]
        return "\n".join((first, *self.lines[span.line : span.end_line - 1], last))

    def text(self, node: ast.AST) -> str:
        """The source of ``node``."""
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
        for span, text in inner:
            pieces.append(self.slice(Span(line, column, span.line, span.column)))
            pieces.append(text)
            line, column = span.end_line, span.end_column
        pieces.append(self.slice(Span(line, column, outer.end_line, outer.end_column)))
        return "".join(pieces)


def _within(inner: Span, outer: Span) -> bool:
    return (outer.line, outer.column) <= (inner.line, inner.column) and (
        inner.end_line,
        inner.end_column,
    ) <= (outer.end_line, outer.end_column)


def read_source_text(source: bytes) -> SourceText:
    """Decode ``source`` by its encoding cookie; raises SyntaxError or UnicodeDecodeError."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    text = source.decode(encoding)
    return SourceText(tuple(LINE_END.split(text)))
