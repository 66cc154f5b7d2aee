"""Open documents: their text, its lines and positions as the client counts them, its bytes."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from lsprotocol import types
from pygls.uris import to_fs_path

from codemod.notebooks.notebook import SUFFIX as NOTEBOOK
from transforms.syntax.records import Span
from transforms.syntax.source_text import LINE_END, encoding_of, line_starts

BYTE_ORDER_MARK = "\ufeff"
Encoding = types.PositionEncodingKind | str
"""In which units the client counts columns: those of UTF-8, UTF-16 or UTF-32."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Document:
    """One version of a text that is open in the client, be it saved or not.

    Lines end where the protocol says, at ``\\r\\n``, ``\\n`` and ``\\r``: form feeds and the
    separators of Unicode are part of a line. Two documents are one where they are one object.
    """

    uri: str
    version: int | None
    text: str
    encoding: Encoding = types.PositionEncodingKind.Utf16

    @cached_property
    def path(self) -> Path | None:
        """Where it is or will be saved, ``None`` where it has no place yet."""
        path = Path(to_fs_path(self.uri) or "")
        if path.suffix == NOTEBOOK:
            # Some editors show a notebook as a script in the percent format.
            return path.with_suffix(".py")
        return path if path.name else None

    @property
    def content(self) -> object:
        """What a verdict is about."""
        return self.text

    @cached_property
    def source(self) -> bytes:
        """The bytes of the file if it were saved; what no encoding has is left to the reader."""
        source = self.text.encode("utf-8", "surrogatepass")
        try:
            encoding = encoding_of(source)
            return source if encoding.startswith("utf-8") else self.text.encode(encoding)
        except (SyntaxError, UnicodeEncodeError):
            return source

    @cached_property
    def unencodable(self) -> str | None:
        """The encoding that the text names and that lacks one of its characters."""
        try:
            encoding = encoding_of(self.text.encode("utf-8", "surrogatepass"))
            self.text.encode(encoding)
        except SyntaxError:
            return None
        except UnicodeEncodeError:
            return encoding
        return None

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without their ends."""
        return tuple(LINE_END.split(self.text))

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The offset at which each line starts."""
        return line_starts(self.text)

    def offset(self, position: types.Position) -> int:
        """The offset of a position of the client; past the end of a line it is that end."""
        if position.line >= len(self.lines):
            return len(self.text)
        line = self.lines[position.line]
        return self.starts[position.line] + _characters(line, position.character, self.encoding)

    def position(self, offset: int) -> types.Position:
        """The position of an offset as the client counts."""
        line = bisect.bisect_right(self.starts, offset) - 1
        before = self.text[self.starts[line] : offset]
        return types.Position(line=line, character=_units(before, self.encoding))

    def range(self, start: int, end: int) -> types.Range:
        """The range between two offsets."""
        return types.Range(start=self.position(start), end=self.position(end))

    def range_of_span(self, span: Span) -> types.Range:
        """The range of a span of its source; one that ends behind the text ends with it."""
        return self.range(
            self._offset(span.line, span.column), self._offset(span.end_line, span.end_column)
        )

    def range_of_line(self, line: int) -> types.Range:
        """The range of a 1-based line without its indentation, that of the last past the end."""
        text = self.lines[min(line, len(self.lines)) - 1]
        start = self.starts[min(line, len(self.lines)) - 1]
        return self.range(start + len(text) - len(text.lstrip()), start + len(text.rstrip()))

    def _offset(self, line: int, column: int) -> int:
        if line > len(self.lines):
            return len(self.text)
        # Columns of the source do not count the mark.
        mark = len(BYTE_ORDER_MARK) if line == 1 and self.text.startswith(BYTE_ORDER_MARK) else 0
        text = self.lines[line - 1]
        return self.starts[line - 1] + min(len(text), column + mark)

    def changed(
        self, changes: Sequence[types.TextDocumentContentChangeEvent], version: int | None
    ) -> Document:
        """The document after ``changes``, each of which is about the result of those before it."""
        document = self
        for change in changes:
            text = change.text
            if isinstance(change, types.TextDocumentContentChangePartial):
                start = document.offset(change.range.start)
                end = max(start, document.offset(change.range.end))
                text = document.text[:start] + change.text + document.text[end:]
            document = replace(document, text=text)
        return replace(document, version=version)


def _width(character: str, encoding: Encoding) -> int:
    if encoding == types.PositionEncodingKind.Utf8:
        return len(character.encode("utf-8", "surrogatepass"))
    is_astral = encoding != types.PositionEncodingKind.Utf32 and ord(character) > 0xFFFF
    return 2 if is_astral else 1


def _units(text: str, encoding: Encoding) -> int:
    """How many units of the client ``text`` has."""
    if text.isascii():
        return len(text)
    return sum(_width(character, encoding) for character in text)


def _characters(line: str, units: int, encoding: Encoding) -> int:
    """How many characters of ``line`` the first ``units`` of the client are."""
    if line.isascii():
        return min(units, len(line))
    taken = 0
    for count, character in enumerate(line):
        taken += _width(character, encoding)
        if taken > units:
            return count
    return len(line)
