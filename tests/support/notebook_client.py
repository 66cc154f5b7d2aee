"""A notebook that a client has open: its cells, and what it tells the server when they change."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from typing import Any

from lsprotocol import types

from tests.support.language_client import Client, at

CODE, MARKDOWN = types.NotebookCellKind.Code, types.NotebookCellKind.Markup
ADDRESSES = itertools.count()


class OpenedNotebook:
    """One notebook in the editor; cells are named by their place, from 0."""

    def __init__(
        self,
        client: Client,
        uri: str,
        *texts: str,
        metadata: Any = None,
        language: str = "python",
        text_cells: Collection[int] = (),
    ) -> None:
        self.client, self.uri, self.version = client, uri, 1
        kinds = [MARKDOWN if place in text_cells else CODE for place in range(len(texts))]
        items = [
            self._made(text, language if kind == CODE else "markdown")
            for kind, text in zip(kinds, texts)
        ]
        self.cells = [
            types.NotebookCell(kind=kind, document=item.uri) for kind, item in zip(kinds, items)
        ]
        client.notify(
            client.client.notebook_document_did_open,
            types.DidOpenNotebookDocumentParams(
                notebook_document=types.NotebookDocument(
                    uri=uri,
                    notebook_type="jupyter-notebook",
                    version=1,
                    cells=[*self.cells],
                    metadata=metadata,
                ),
                cell_text_documents=items,
            ),
        )

    def _made(self, text: str, language: str) -> types.TextDocumentItem:
        place = self.uri.partition(":")[2]
        uri = f"vscode-notebook-cell:{place}#W{next(ADDRESSES)}sZmlsZQ%3D%3D"
        self.client.texts[uri], self.client.versions[uri] = text, 1
        return types.TextDocumentItem(uri=uri, language_id=language, version=1, text=text)

    def __getitem__(self, place: int) -> str:
        """The address of a cell."""
        return self.cells[place].document

    @property
    def texts(self) -> list[str]:
        """The texts of the cells."""
        return [self.client.texts[cell.document] for cell in self.cells]

    def type(self, place: int, *changes: types.TextDocumentContentChangeEvent) -> None:
        """Change the text of a cell; what it is then is for the test to know."""
        uri = self[place]
        self.client.versions[uri] += 1
        document = types.VersionedTextDocumentIdentifier(uri=uri, version=self.client.versions[uri])
        content = types.NotebookDocumentCellContentChanges(document=document, changes=[*changes])
        self._changed(types.NotebookDocumentCellChanges(text_content=[content]))

    def replace(self, place: int, text: str) -> None:
        """Change the whole text of a cell."""
        self.client.texts[self[place]] = text
        self.type(place, types.TextDocumentContentChangeWholeDocument(text=text))

    def splice(
        self,
        start: int,
        delete: int,
        *texts: str,
        kind: types.NotebookCellKind = CODE,
        language: str = "python",
    ) -> None:
        """Put new cells in the place of others."""
        items = [self._made(text, language) for text in texts]
        cells = [types.NotebookCell(kind=kind, document=item.uri) for item in items]
        gone = [
            types.TextDocumentIdentifier(uri=cell.document)
            for cell in self.cells[start : start + delete]
        ]
        self._reorder(start, delete, cells, items, gone)

    def move(self, place: int, target: int) -> None:
        """Move a cell up to the place of another one."""
        assert target < place
        cells = [self.cells[place], *self.cells[target:place]]
        self._reorder(target, place + 1 - target, cells, [], [])

    def mark(self, place: int, kind: types.NotebookCellKind, ran: int | None = None) -> None:
        """Change what is told of a cell: its kind, and when it was run."""
        summary = None if ran is None else types.ExecutionSummary(execution_order=ran)
        self.cells[place] = types.NotebookCell(
            kind=kind, document=self[place], execution_summary=summary
        )
        self._changed(types.NotebookDocumentCellChanges(data=[self.cells[place]]))

    def _reorder(
        self,
        start: int,
        delete: int,
        cells: Sequence[types.NotebookCell],
        opened: Sequence[types.TextDocumentItem],
        closed: Sequence[types.TextDocumentIdentifier],
    ) -> None:
        self.cells[start : start + delete] = cells
        array = types.NotebookCellArrayChange(start=start, delete_count=delete, cells=[*cells])
        structure = types.NotebookDocumentCellChangeStructure(
            array=array, did_open=opened, did_close=closed
        )
        self._changed(types.NotebookDocumentCellChanges(structure=structure))

    def _changed(
        self,
        cells: types.NotebookDocumentCellChanges | None,
        metadata: Any = None,
    ) -> None:
        self.version += 1
        self.client.notify(
            self.client.client.notebook_document_did_change,
            types.DidChangeNotebookDocumentParams(
                notebook_document=types.VersionedNotebookDocumentIdentifier(
                    uri=self.uri, version=self.version
                ),
                change=types.NotebookDocumentChangeEvent(cells=cells, metadata=metadata),
            ),
        )

    def describe(self, metadata: Any) -> None:
        """Change what is told of the notebook, as a choice of the kernel does."""
        self._changed(None, metadata)

    def save(self) -> None:
        """Tell that the notebook was saved."""
        self.client.notify(
            self.client.client.notebook_document_did_save,
            types.DidSaveNotebookDocumentParams(
                notebook_document=types.NotebookDocumentIdentifier(uri=self.uri)
            ),
        )

    def close(self) -> None:
        """Close the notebook."""
        self.client.notify(
            self.client.client.notebook_document_did_close,
            types.DidCloseNotebookDocumentParams(
                notebook_document=types.NotebookDocumentIdentifier(uri=self.uri),
                cell_text_documents=[
                    types.TextDocumentIdentifier(uri=cell.document) for cell in self.cells
                ],
            ),
        )

    def shows(self, *found: list[tuple[str, int]]) -> bool:
        """Wait until codes with their 1-based lines are shown at the cells, from the first on."""
        return self.client.until(lambda: self.shown() == [*found])

    def shown(self) -> list[list[tuple[str, int]]]:
        """The codes that are shown at each cell now, with their 1-based lines."""
        of_cells = [self.client.published.get(cell.document, (None, ())) for cell in self.cells]
        return [
            [(str(one.code), one.range.start.line + 1) for one in diagnostics]
            for _, diagnostics in of_cells
        ]

    def actions(self, place: int, line: int, character: int = 0) -> dict[str, types.CodeAction]:
        """The code actions at a 0-based position in a cell."""
        return self.client.actions(self[place], at(line, character))

    def after(self, action: types.CodeAction) -> list[str]:
        """The texts of the cells after a code action."""
        edit = self.client.resolved(action)
        assert edit is not None, self.client.messages
        texts = self.client.texts_after(edit)
        return [texts[cell.document] for cell in self.cells]
