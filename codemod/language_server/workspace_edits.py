"""Edits of a document as the client takes them."""

from __future__ import annotations

from lsprotocol import types

from codemod.language_server.documents import Document


def workspace_edit(
    document: Document, edits: list[types.TextEdit], versioned: bool
) -> types.WorkspaceEdit:
    """The edits of one document; ``versioned`` where the client checks versions."""
    if not versioned:
        return types.WorkspaceEdit(changes={document.uri: edits})
    identifier = types.OptionalVersionedTextDocumentIdentifier(
        uri=document.uri, version=document.version
    )
    change = types.TextDocumentEdit(text_document=identifier, edits=[*edits])
    return types.WorkspaceEdit(document_changes=[change])
