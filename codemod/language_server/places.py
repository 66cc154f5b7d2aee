"""Where the places of a result stand in what the client shows: a document, or cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lsprotocol import types
from pygls.uris import to_fs_path

from codemod.language_server.documents import BYTE_ORDER_MARK, Document
from codemod.language_server.open_notebooks import OpenNotebook
from codemod.notebooks.cells import cell_lines
from codemod.notebooks.notebook import Notebook
from codemod.results import FileResult
from transforms.syntax.records import Span
from transforms.syntax.source_text import LINE_END, read_source_text

Opened = Document | OpenNotebook
"""What is open in the client and is one module."""


@dataclass(frozen=True)
class Place:
    """A range of a document of the client."""

    document: Document
    range: types.Range

    @property
    def offsets(self) -> tuple[int, int]:
        """Where it starts and ends in the text of the document."""
        return self.document.offset(self.range.start), self.document.offset(self.range.end)


class Places(Protocol):
    """The places of the module that a result is about, and its texts after a rewrite."""

    def of_span(self, span: Span) -> Place:
        """Where a span of the module stands."""

    def of_line(self, line: int) -> Place:
        """Where a line of the module stands, without its indentation."""

    def line(self, document: Document, line: int) -> int:
        """The line of the module that is a line of a document, both from 1."""

    def texts_after(self, result: FileResult) -> Iterator[tuple[Document, str]]:
        """The documents that a rewrite changes, with their new texts."""

    def lines_after(self, result: FileResult) -> Sequence[str]:
        """The lines of the rewritten module, as they stand in the documents."""


@dataclass(frozen=True)
class PlacesOfDocument:
    """A module that is one document."""

    document: Document

    def of_span(self, span: Span) -> Place:
        """Where a span of the source stands."""
        return Place(self.document, self.document.range_of_span(span))

    def of_line(self, line: int) -> Place:
        """Where a line of the source stands."""
        return Place(self.document, self.document.range_of_line(line))

    def line(self, document: Document, line: int) -> int:
        """The line itself."""
        return line

    def texts_after(self, result: FileResult) -> Iterator[tuple[Document, str]]:
        """The document, with its new text."""
        mark = BYTE_ORDER_MARK if self.document.text.startswith(BYTE_ORDER_MARK) else ""
        yield self.document, mark + read_source_text(result.rewritten).text

    def lines_after(self, result: FileResult) -> Sequence[str]:
        """The lines of the rewritten source."""
        return read_source_text(result.rewritten).lines


@dataclass(frozen=True)
class PlacesOfCells:
    """A module that is made of the cells of ``opened``; ``notebook`` is how it was read."""

    opened: OpenNotebook
    notebook: Notebook

    def of_span(self, span: Span) -> Place:
        """Where a span of the module stands: no span is in two cells."""
        number, line, column = self.notebook.module.place(span.line, span.column)
        _, end_line, end_column = self.notebook.module.place(span.end_line, span.end_column)
        document = self.opened.documents[number]
        inside = Span(line, column, end_line, end_column)
        return Place(document, document.range_of_span(inside))

    def of_line(self, line: int) -> Place:
        """Where a line of the module stands; what is about all of it stands at the first cell."""
        number, line, _ = self.notebook.module.place(line, 0)
        documents = self.opened.documents
        document = documents.get(number)
        if document is None:
            document, line = next(iter(documents.values())), 1
        return Place(document, document.range_of_line(line))

    def line(self, document: Document, line: int) -> int:
        """The line of the module that is a line of a cell."""
        numbers = {one.uri: number for number, one in self.opened.documents.items()}
        inside = min(line, len(document.lines))
        return self.notebook.module.lines.line(numbers[document.uri], inside)

    def texts_after(self, result: FileResult) -> Iterator[tuple[Document, str]]:
        """The cells that change, with their new texts."""
        texts = self.notebook.module.changed_texts(result.rewritten.decode())
        for number, text in texts.items():
            yield self.opened.documents[number], text

    def lines_after(self, result: FileResult) -> Sequence[str]:
        """The lines of the rewritten module, with the magics of the cells in their places."""
        module = result.rewritten.decode()
        lines, cells = LINE_END.split(module), cell_lines(result.rewritten)
        for number, text in self.notebook.module.texts(module).items():
            first, own = cells.line(number, 0), LINE_END.split(text)
            lines[first : first + len(own)] = own
        return lines


def places_of(opened: Opened, result: FileResult) -> Places | None:
    """The places of a result; ``None`` where no notebook could be made of the cells."""
    if isinstance(opened, Document):
        return PlacesOfDocument(opened)
    return PlacesOfCells(opened, result.notebook) if result.notebook and opened.documents else None


def documents_in(opened: Opened) -> tuple[Document, ...]:
    """The documents at which findings are shown."""
    return (opened,) if isinstance(opened, Document) else tuple(opened.documents.values())


def document_at(opened: Opened, uri: str) -> Document | None:
    """The document of the client at an address."""
    return next((one for one in documents_in(opened) if one.uri == uri), None)


def name_of(opened: Opened) -> str:
    """The name that messages give to it."""
    return Path(to_fs_path(opened.uri) or "").name or opened.uri
