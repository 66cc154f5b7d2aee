"""The features of the server: which message of the client leads where.

No error ends one of them, or the server: it is written into the log.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from lsprotocol import types

from codemod.errors import CodemodError
from codemod.language_server.abilities import (
    answers_for_settings,
    registrations,
    resolves_edits,
)
from codemod.language_server.actions import (
    APPLY,
    CANCEL,
    VERIFY,
    VERIFY_KIND,
    actions_for,
    request_of,
)
from codemod.language_server.documents import Document
from codemod.language_server.hovers import hover_at, is_planned_at
from codemod.language_server.server import Server
from codemod.language_server.verifying import Verifications

KINDS = [types.CodeActionKind.QuickFix, types.CodeActionKind.RefactorRewrite, VERIFY_KIND]


def new_server() -> tuple[Server, Verifications]:
    """A server with all its features, and the verifications that run for it."""
    server = Server()
    verifications = Verifications(server)

    def feature(
        method: str, handler: Callable[[Server, Any], Awaitable[object]], options: object = None
    ) -> None:
        async def handle(params: Any) -> object:
            try:
                return await handler(server, params)
            except CodemodError as error:
                server.tell(f"keras-codemod: {error}")
            except Exception as error:
                server.report_internal_error(error, method)
            return None

        server.feature(method, options)(handle)

    def told(method: str, handler: Callable[[Server, Any], None], options: object = None) -> None:
        """A feature that is done when the next message comes: its order counts."""

        def handle(params: Any) -> None:
            try:
                handler(server, params)
            except Exception as error:
                server.report_internal_error(error, method)

        server.feature(method, options)(handle)

    def command(name: str, handler: Callable[[Server, tuple[Any, ...]], Awaitable[None]]) -> None:
        # The first parameter is called so for pygls 2.1, which else asks what class it is.
        async def handle(ls: Server, *arguments: Any) -> None:
            try:
                await handler(server, arguments)
            except (CodemodError, ValueError) as error:
                server.tell(f"keras-codemod: {error}")
            except Exception as error:
                server.report_internal_error(error, name)

        server.command(name)(handle)

    told(types.INITIALIZE, _initialize)
    told(types.TEXT_DOCUMENT_DID_OPEN, _opened)
    told(types.TEXT_DOCUMENT_DID_CHANGE, _changed)
    told(types.TEXT_DOCUMENT_DID_CLOSE, _closed)
    told(types.NOTEBOOK_DOCUMENT_DID_OPEN, _notebook_opened)
    told(types.NOTEBOOK_DOCUMENT_DID_CHANGE, _notebook_changed)
    told(types.NOTEBOOK_DOCUMENT_DID_CLOSE, _notebook_closed)
    command(APPLY, _apply)
    command(VERIFY, lambda _, arguments: verifications.verify(arguments))
    command(CANCEL, lambda *_: verifications.cancel_all())
    feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL, lambda _, p: verifications.cancel_by(p.token))
    feature(types.SHUTDOWN, lambda *_: _shut_down(server, verifications))
    actions = types.CodeActionOptions(code_action_kinds=[*KINDS], resolve_provider=True)
    feature(types.INITIALIZED, _initialized)
    feature(types.TEXT_DOCUMENT_DID_SAVE, _refreshed)
    feature(types.NOTEBOOK_DOCUMENT_DID_SAVE, _refreshed)
    feature(types.TEXT_DOCUMENT_CODE_ACTION, _code_actions, actions)
    feature(types.CODE_ACTION_RESOLVE, _resolved)
    feature(types.TEXT_DOCUMENT_HOVER, _hover)
    feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION, _configured)
    feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, _refreshed)
    feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, _refreshed)
    return server, verifications


def _initialize(server: Server, params: types.InitializeParams) -> None:
    server.settings.start_with(params.initialization_options)


def _opened(server: Server, params: types.DidOpenTextDocumentParams) -> None:
    server.open(params.text_document)


def _changed(server: Server, params: types.DidChangeTextDocumentParams) -> None:
    document = server.newest.document(params.text_document.uri)
    if isinstance(document, Document):
        changes, version = params.content_changes, params.text_document.version
        server.newest.put(document.changed(changes, version))


def _closed(server: Server, params: types.DidCloseTextDocumentParams) -> None:
    uri = params.text_document.uri
    # What is open as a notebook may be closed as a text beside it.
    if isinstance(server.newest.document(uri), Document):
        server.close_document(uri)


def _notebook_opened(server: Server, params: types.DidOpenNotebookDocumentParams) -> None:
    server.open_notebook(params)


def _notebook_changed(server: Server, params: types.DidChangeNotebookDocumentParams) -> None:
    server.change_notebook(params.notebook_document.uri, params.change)


def _notebook_closed(server: Server, params: types.DidCloseNotebookDocumentParams) -> None:
    server.close_document(params.notebook_document.uri)


async def _apply(server: Server, arguments: tuple[Any, ...]) -> None:
    request = request_of(arguments[0] if arguments else None)
    edit = await server.edit(request)
    if edit is not None:
        # A client that waits for the answer to the command could not give one to this.
        server.workspace_apply_edit(types.ApplyWorkspaceEditParams(edit=edit))


async def _initialized(server: Server, params: types.InitializedParams) -> None:
    client = server.client_capabilities
    if answers_for_settings(client):
        server.settings.ask = server.ask_for_settings
    asked = registrations(client)
    if asked:
        server.client_register_capability(types.RegistrationParams(registrations=asked))


async def _shut_down(server: Server, verifications: Verifications) -> None:
    server.is_asked_to_end = True
    await verifications.cancel_all()


async def _refreshed(server: Server, params: object) -> None:
    # Others may import what was saved, or have the settings that were changed.
    server.newest.refresh()


async def _configured(server: Server, params: types.DidChangeConfigurationParams) -> None:
    server.settings.take(params.settings)
    for uri in server.newest.uris:
        await server.load_settings(uri)


async def _code_actions(
    server: Server, params: types.CodeActionParams
) -> list[types.CodeAction] | None:
    place = await server.found_at(params.text_document.uri)
    if place is None:
        return None
    found, part = place
    verdict = server.verdict_of(found.document)
    actions = actions_for(found, part, params.range, params.context, verdict)
    return actions if resolves_edits(server.client_capabilities) else server.as_commands(actions)


async def _hover(server: Server, params: types.HoverParams) -> types.Hover | None:
    place = await server.found_at(params.text_document.uri)
    if place is None:
        return None
    found, part = place
    verified = server.verified(found.document)
    has_plan = verified is None and is_planned_at(found, part, params.position)
    planned = await server.planned(found) if has_plan else None
    return hover_at(found, part, params.position, planned, verified)


async def _resolved(server: Server, action: types.CodeAction) -> types.CodeAction:
    if action.data is not None:
        try:
            action.edit = await server.edit(request_of(action.data))
        except (ValueError, CodemodError) as error:
            server.tell(f"keras-codemod: {error}")
    return action
