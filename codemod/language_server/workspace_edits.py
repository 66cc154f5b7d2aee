"""Edits of documents as the client takes them."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from codemod.language_server.documents import Document
from codemod.language_server.text_edits import Replacement

Changes = Iterable[tuple[Document, list[Replacement]]]
"""What changes in each document; of a notebook each cell is one."""


def workspace_edit(changes: Changes, versioned: bool) -> types.WorkspaceEdit:
    """The edits of some documents; ``versioned`` where the client checks versions."""
    edits = [(document, _text_edits(document, found)) for document, found in changes]
    if not versioned:
        return types.WorkspaceEdit(changes={document.uri: found for document, found in edits})
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                text_document=types.OptionalVersionedTextDocumentIdentifier(
                    uri=document.uri, version=document.version
                ),
                edits=[*found],
            )
            for document, found in edits
        ]
    )


def _text_edits(document: Document, changes: list[Replacement]) -> list[types.TextEdit]:
    return [
        types.TextEdit(range=document.range(change.start, change.end), new_text=change.text)
        for change in changes
    ]
