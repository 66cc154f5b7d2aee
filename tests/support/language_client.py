"""A client of the language server: the real server process, driven by the client of pygls."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import re
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from tests.support.command_line import environment

Value = TypeVar("Value")
PATIENCE = 120.0
"""Seconds to wait for an answer: only a server that hangs takes so long."""


class Client:
    """One client and its server; methods may be called from the test, one after the other.

    ``settings`` are what it answers when it is asked, by the address of the document.
    """

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}
        self.messages: list[str] = []
        self.logged: list[str] = []
        self.registered: list[str] = []
        self.progress: list[Any] = []
        self.tokens: list[types.ProgressToken] = []
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.published: dict[str, tuple[int | None, Sequence[types.Diagnostic]]] = {}
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.client = LanguageClient("tests", "1")
        self._listen()

    def start(
        self,
        folders: Sequence[Path],
        capabilities: types.ClientCapabilities | None = None,
        options: object = None,
        temporary: Path | None = None,
    ) -> types.InitializeResult:
        """Start the server and introduce the client; temporary files go to ``temporary``."""
        command = [sys.executable, "-m", "codemod", "lsp"]
        own = environment() | ({"TMPDIR": str(temporary)} if temporary else {})
        self._wait(self.client.start_io(*command, env=own, cwd=folders[0]))
        answer = self._wait(
            self.client.initialize_async(
                types.InitializeParams(
                    capabilities=capabilities or able(),
                    initialization_options=options,
                    root_uri=folders[0].as_uri(),
                    workspace_folders=[
                        types.WorkspaceFolder(uri=folder.as_uri(), name=folder.name)
                        for folder in folders
                    ],
                )
            )
        )
        self._call(self.client.initialized, types.InitializedParams())
        return answer

    def stop(self) -> int | None:
        """End the server as clients do; its exit status."""
        self._wait(self.client.shutdown_async(None))
        self._call(self.client.exit, None)
        return self.wait_for_end()

    def wait_for_end(self) -> int | None:
        """Wait for the end of the server; its exit status."""
        self._wait(self._stopped())
        status = self.process.returncode
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        return status

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The process of the server."""
        assert self.client._server is not None
        return self.client._server

    def open(self, uri: str, text: str, language: str = "python") -> None:
        """Open a document."""
        self.texts[uri], self.versions[uri] = text, 1
        item = types.TextDocumentItem(uri=uri, language_id=language, version=1, text=text)
        self._call(
            self.client.text_document_did_open, types.DidOpenTextDocumentParams(text_document=item)
        )

    def change(self, uri: str, *changes: types.TextDocumentContentChangeEvent) -> None:
        """Change a document; what its text is then is for the test to know."""
        self.versions[uri] += 1
        document = types.VersionedTextDocumentIdentifier(uri=uri, version=self.versions[uri])
        self._call(
            self.client.text_document_did_change,
            types.DidChangeTextDocumentParams(text_document=document, content_changes=[*changes]),
        )

    def replace(self, uri: str, text: str) -> None:
        """Change the whole text of a document."""
        self.texts[uri] = text
        self.change(uri, types.TextDocumentContentChangeWholeDocument(text=text))

    def close(self, uri: str) -> None:
        """Close a document."""
        document = types.TextDocumentIdentifier(uri=uri)
        self._call(
            self.client.text_document_did_close,
            types.DidCloseTextDocumentParams(text_document=document),
        )

    def configure(self, settings: object) -> None:
        """Tell that settings have changed."""
        self._call(
            self.client.workspace_did_change_configuration,
            types.DidChangeConfigurationParams(settings=settings),
        )

    def notify(self, action: Callable[[Any], None], params: object) -> None:
        """Send any other notification."""
        self._call(action, params)

    def diagnostics(self, uri: str) -> Sequence[types.Diagnostic]:
        """What is shown for the newest version of a document, as soon as it is."""
        return self.until(
            lambda: (
                self.published[uri][1]
                if uri in self.published and self.published[uri][0] == self.versions[uri]
                else None
            )
        )

    def found(self, uri: str) -> list[tuple[str, int]]:
        """The codes of what is shown, with their 1-based lines."""
        return [(str(one.code), one.range.start.line + 1) for one in self.diagnostics(uri)]

    def until(self, condition: Callable[[], Value | None]) -> Value:
        """Wait until a condition gives something; each message of the server is a reason to ask."""
        end = time.monotonic() + PATIENCE
        with self._changed:
            while True:
                value = condition()
                if value is not None and value is not False:
                    return value
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"nothing came; {self.messages} {self.logged}")
                # Processes come and go without a message.
                self._changed.wait(min(left, 0.1))

    def actions(
        self, uri: str, chosen: types.Range, only: Sequence[str] | None = None
    ) -> dict[str, types.CodeAction]:
        """The code actions for a range, by their titles."""
        found = self._wait(
            self.client.text_document_code_action_async(
                types.CodeActionParams(
                    text_document=types.TextDocumentIdentifier(uri=uri),
                    range=chosen,
                    context=types.CodeActionContext(diagnostics=[], only=only),
                )
            )
        )
        return {one.title: _action(one) for one in found or ()}

    def resolved(self, action: types.CodeAction) -> types.WorkspaceEdit | None:
        """The edit of a code action."""
        return self._wait(self.client.code_action_resolve_async(action)).edit

    def after(self, uri: str, action: types.CodeAction) -> str:
        """The text of a document after a code action, as a client that applies edits makes it."""
        edit = self.resolved(action)
        assert edit is not None, self.messages
        return applied(self.texts[uri], edits_of(edit, uri))

    def texts_after(self, edit: types.WorkspaceEdit) -> dict[str, str]:
        """The texts of all documents after an edit, each part of which must be about one."""
        texts = dict(self.texts)
        for uri, version in edited(edit):
            assert version in (None, self.versions[uri])
            texts[uri] = applied(texts[uri], edits_of(edit, uri))
        return texts

    def hover(self, uri: str, line: int, character: int) -> str | None:
        """What is told at a 0-based position."""
        hover = self._wait(
            self.client.text_document_hover_async(
                types.HoverParams(
                    text_document=types.TextDocumentIdentifier(uri=uri),
                    position=types.Position(line=line, character=character),
                )
            )
        )
        if hover is None:
            return None
        assert isinstance(hover.contents, types.MarkupContent)
        return hover.contents.value

    def cancel(self, token: types.ProgressToken) -> None:
        """Cancel what has a progress, as the button beside it does."""
        params = types.WorkDoneProgressCancelParams(token=token)
        self._call(self.client.window_work_done_progress_cancel, params)

    def command(self, name: str, *arguments: object) -> None:
        """Run a command of the server."""
        params = types.ExecuteCommandParams(command=name, arguments=[*arguments])
        self._wait(self.client.workspace_execute_command_async(params))

    async def _stopped(self) -> None:
        await self.client.stop()  # type: ignore[no-untyped-call]

    def _wait(self, action: Coroutine[Any, Any, Value]) -> Value:
        return asyncio.run_coroutine_threadsafe(action, self._loop).result(PATIENCE)

    def _call(self, action: Callable[[Any], object], params: object) -> None:
        done: Future[None] = Future()

        def call() -> None:
            try:
                action(params)
                done.set_result(None)
            except BaseException as error:
                done.set_exception(error)

        self._loop.call_soon_threadsafe(call)
        done.result(PATIENCE)

    def _listen(self) -> None:
        def heard(method: str, note: Callable[[Any], object]) -> None:
            def handle(params: Any) -> object:
                with self._changed:
                    answer = note(params)
                    self._changed.notify_all()
                return answer

            self.client.feature(method)(handle)

        heard(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, self._published)
        heard(types.WINDOW_SHOW_MESSAGE, lambda params: self.messages.append(params.message))
        heard(types.WINDOW_LOG_MESSAGE, lambda params: self.logged.append(params.message))
        heard(types.WINDOW_WORK_DONE_PROGRESS_CREATE, lambda p: self.tokens.append(p.token))
        heard(types.PROGRESS, lambda params: self.progress.append(params.value))
        heard(types.CLIENT_REGISTER_CAPABILITY, self._registered)
        heard(types.WORKSPACE_CONFIGURATION, self._configuration)
        heard(types.WORKSPACE_APPLY_EDIT, self._applied)

    def _published(self, params: types.PublishDiagnosticsParams) -> None:
        self.published[params.uri] = (params.version, params.diagnostics)

    def _registered(self, params: types.RegistrationParams) -> None:
        self.registered += [one.method for one in params.registrations]

    def _configuration(self, params: types.ConfigurationParams) -> list[Any]:
        return [self.settings.get(item.scope_uri or "") for item in params.items]

    def _applied(self, params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        self.texts = self.texts_after(params.edit)
        return types.ApplyWorkspaceEditResult(applied=True)


def _action(found: types.CodeAction | types.Command) -> types.CodeAction:
    """A code action; lsprotocol 2025.0 takes one with a command for that command."""
    if isinstance(found, types.CodeAction):
        return found
    command = types.Command(**ast.literal_eval(found.command))
    return types.CodeAction(title=found.title, command=command)


def able(
    encodings: Sequence[types.PositionEncodingKind] | None = None,
    resolves: bool = True,
    configuration: bool = False,
    notebooks: bool = True,
) -> types.ClientCapabilities:
    """What a client can do: by default what Visual Studio Code can, but for its settings."""
    synchronization = types.NotebookDocumentSyncClientCapabilities(execution_summary_support=True)
    notebook = types.NotebookDocumentClientCapabilities(synchronization=synchronization)
    resolve = types.ClientCodeActionResolveOptions(properties=["edit"]) if resolves else None
    return types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=encodings),
        notebook_document=notebook if notebooks else None,
        window=types.WindowClientCapabilities(work_done_progress=resolves),
        workspace=types.WorkspaceClientCapabilities(
            configuration=configuration,
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=resolves),
            did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(
                dynamic_registration=True
            ),
        ),
        text_document=types.TextDocumentClientCapabilities(
            code_action=types.CodeActionClientCapabilities(
                resolve_support=resolve, data_support=resolves
            )
        ),
    )


def edits_of(edit: types.WorkspaceEdit, uri: str) -> list[types.TextEdit]:
    """The edits of one document; ``KeyError`` where there are none."""
    if edit.changes is not None:
        return [*edit.changes[uri]]
    found = [
        one
        for change in edit.document_changes or ()
        if isinstance(change, types.TextDocumentEdit) and change.text_document.uri == uri
        for one in change.edits
    ]
    if not found:
        raise KeyError(uri)
    return [one for one in found if isinstance(one, types.TextEdit)]


def edited(edit: types.WorkspaceEdit) -> list[tuple[str, int | None]]:
    """The documents that an edit is about, with their versions where it names them."""
    found: list[tuple[str, int | None]] = [(uri, None) for uri in edit.changes or {}]
    for change in edit.document_changes or ():
        assert isinstance(change, types.TextDocumentEdit)
        found.append((change.text_document.uri, change.text_document.version))
    return found


def applied(text: str, edits: Sequence[types.TextEdit]) -> str:
    """``text`` after edits as the protocol means them: UTF-16, all of them about ``text``."""
    units = text.encode("utf-16-le")
    pieces, end = [], 0
    for edit in sorted(edits, key=lambda one: (one.range.start.line, one.range.start.character)):
        start = _place(text, edit.range.start)
        assert start >= end, "edits overlap"
        pieces += [units[end * 2 : start * 2], edit.new_text.encode("utf-16-le")]
        end = _place(text, edit.range.end)
    return b"".join([*pieces, units[end * 2 :]]).decode("utf-16-le")


def _place(text: str, position: types.Position) -> int:
    """Where a position stands, in UTF-16 units: written here without the code under test."""
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    before = "".join(lines[: position.line])
    return len(before.encode("utf-16-le")) // 2 + position.character


def at(line: int, character: int = 0, end_line: int | None = None, end: int = 0) -> types.Range:
    """A range in 0-based lines; a place where no end is given."""
    start = types.Position(line=line, character=character)
    if end_line is None:
        return types.Range(start=start, end=start)
    return types.Range(start=start, end=types.Position(line=end_line, character=end))


@contextlib.contextmanager
def served(
    folders: Sequence[Path],
    capabilities: types.ClientCapabilities | None = None,
    options: Mapping[str, Any] | None = None,
    temporary: Path | None = None,
) -> Iterator[Client]:
    """A client whose server is started, and ended with 0."""
    client = Client()
    client.start(folders, capabilities, options, temporary)
    yield client
    assert client.stop() == 0
    assert client.logged == []
