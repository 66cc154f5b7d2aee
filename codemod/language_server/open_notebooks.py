"""Open notebooks: their cells, each a document of its own, and what changes in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.uris import to_fs_path

from codemod.language_server.documents import Document, Encoding
from codemod.notebooks.notebook import FORMAT, SUFFIX, language_of

CODE = types.NotebookCellKind.Code
PYTHON, OTHER = "python", "other"


@dataclass(frozen=True, kw_only=True)
class CellText:
    """The text of a cell, and the language that the client says it is in."""

    document: Document
    language: str

    @property
    def is_python(self) -> bool:
        """Whether it may hold Python; magics make something else of it."""
        return not self.language or self.language.lower().startswith(PYTHON)


@dataclass(frozen=True, kw_only=True, eq=False)
class OpenNotebook:
    """One version of a notebook that is open in the client, be it saved or not.

    ``version`` counts the changes here: that of the client need not change with the text of a
    cell. ``texts`` are those of cells by their addresses, and may be more than the ``cells``.
    """

    uri: str
    version: int
    cells: tuple[types.NotebookCell, ...]
    texts: Mapping[str, CellText]
    metadata: object = None

    @cached_property
    def path(self) -> Path | None:
        """Where it is or will be saved, ``None`` where it has no place yet."""
        path = Path(to_fs_path(self.uri) or "")
        # Some editors show other files as notebooks; here it is one.
        return path.with_suffix(SUFFIX) if path.name else None

    @property
    def unencodable(self) -> None:
        """No encoding lacks a character: notebooks are UTF-8."""

    @cached_property
    def language(self) -> str:
        """The language of a notebook that is not of Python, else nothing."""
        return language_of(self._described)

    @cached_property
    def documents(self) -> Mapping[int, Document]:
        """The cells that may hold Python, by their numbers, from 1; text is counted too."""
        if self.language:
            return {}
        return {
            number: self.texts[cell.document].document
            for number, cell in enumerate(self.cells, 1)
            if self._is_code(cell) and self.texts[cell.document].is_python
        }

    @cached_property
    def content(self) -> object:
        """What a verdict is about: the texts, and what they are."""
        return self.language, [
            (text.language, text.document.text)
            for cell in self.cells
            if self._is_code(cell) and (text := self.texts[cell.document])
        ]

    @cached_property
    def source(self) -> bytes:
        """The notebook as a file, with what the library looks at."""
        made = [self._made(cell) for cell in self.cells]
        document = {"cells": made, "metadata": self._described, "nbformat": FORMAT}
        return json.dumps(document, default=str).encode()

    def changed(
        self, change: types.NotebookDocumentChangeEvent, version: int, encoding: Encoding
    ) -> OpenNotebook:
        """The notebook after a change: first of its structure, then of what is in it."""
        cells, texts = self.cells, dict(self.texts)
        changes = change.cells or types.NotebookDocumentCellChanges()
        if changes.structure is not None:
            array = changes.structure.array
            end = array.start + array.delete_count
            cells = (*cells[: array.start], *(array.cells or ()), *cells[end:])
            for closed in changes.structure.did_close or ():
                texts.pop(closed.uri, None)
            texts |= texts_of(changes.structure.did_open or (), encoding)
        told = {cell.document: cell for cell in changes.data or ()}
        for content in changes.text_content or ():
            text = texts.get(content.document.uri)
            if text is not None:
                document = text.document.changed(content.changes, content.document.version)
                texts[document.uri] = replace(text, document=document)
        return replace(
            self,
            version=version,
            cells=tuple(told.get(cell.document, cell) for cell in cells),
            texts=texts,
            metadata=self.metadata if change.metadata is None else change.metadata,
        )

    def _is_code(self, cell: types.NotebookCell) -> bool:
        # Of a cell without a text the client has told nothing.
        return cell.kind == CODE and cell.document in self.texts

    def _made(self, cell: types.NotebookCell) -> dict[str, Any]:
        if not self._is_code(cell):
            return {"cell_type": "markdown", "source": ""}
        text = self.texts[cell.document]
        made: dict[str, Any] = {"cell_type": "code", "source": text.document.text}
        if cell.execution_summary is not None:
            made["execution_count"] = cell.execution_summary.execution_order
        if not text.is_python:
            name = text.language if text.language.isidentifier() else OTHER
            made["metadata"] = {"vscode": {"languageId": name}}
        return made

    @cached_property
    def _described(self) -> dict[str, Any]:
        """What the client tells of the language; editors differ in where they tell it."""
        found: object = self.metadata
        for name in ("custom", "metadata"):
            if isinstance(found, Mapping) and isinstance(found.get(name), Mapping):
                found = found[name]
        if not isinstance(found, Mapping):
            return {}
        return {name: found[name] for name in ("language_info", "kernelspec") if name in found}


def notebook_of(
    params: types.DidOpenNotebookDocumentParams, version: int, encoding: Encoding
) -> OpenNotebook:
    """The notebook that was opened."""
    notebook = params.notebook_document
    return OpenNotebook(
        uri=notebook.uri,
        version=version,
        cells=tuple(notebook.cells),
        texts=texts_of(params.cell_text_documents, encoding),
        metadata=notebook.metadata,
    )


def texts_of(items: Sequence[types.TextDocumentItem], encoding: Encoding) -> dict[str, CellText]:
    """The texts of cells that were opened, by their addresses."""
    return {
        item.uri: CellText(
            document=Document(
                uri=item.uri, version=item.version, text=item.text, encoding=encoding
            ),
            language=item.language_id or "",
        )
        for item in items
    }
