"""The server: what the client asks and tells, and who answers."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Coroutine, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from codemod.errors import CodemodError
from codemod.files.warm_trees import WarmTrees
from codemod.language_server.abilities import checks_versions
from codemod.language_server.actions import APPLY, Request
from codemod.language_server.analysis import Analysed, analysed
from codemod.language_server.client_settings import ClientSettings
from codemod.language_server.diagnostics import by_document, diagnostics_of
from codemod.language_server.documents import Document, Encoding
from codemod.language_server.newest import Newest
from codemod.language_server.open_notebooks import OpenNotebook, notebook_of
from codemod.language_server.options import SECTION, options_of
from codemod.language_server.places import Opened, document_at, documents_in
from codemod.language_server.protocol import OwnDocuments
from codemod.language_server.rewriting import NothingToDo, changes_for, planned_rewrite
from codemod.language_server.verdicts import verdict_diagnostics
from codemod.language_server.workspace_edits import workspace_edit
from codemod.notebooks.notebook import SUFFIX
from codemod.results import FileResult
from codemod.version import installed_version

log = logging.getLogger("keras-codemod")


class Server(LanguageServer):
    """Knows the open documents, their settings, and what was found and verified in them."""

    def __init__(self) -> None:
        super().__init__(
            name="keras-codemod",
            version=installed_version(),
            protocol_cls=OwnDocuments,
            notebook_document_sync=NOTEBOOKS,
        )
        self.settings = ClientSettings()
        self.newest = Newest(self._analysed, self.publish, self.report_internal_error)
        self.is_asked_to_end = False
        self._verified: dict[str, tuple[object, FileResult]] = {}
        self._planned: tuple[Analysed, FileResult | None] | None = None
        self._told: set[str] = set()
        self._trees = WarmTrees()
        self._versions = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def folders(self) -> list[Path]:
        """The folders of the workspace."""
        uris = [folder.uri for folder in self.workspace.folders.values()]
        uris = uris or [self.workspace.root_uri or ""]
        return [Path(path) for path in map(to_fs_path, uris) if path]

    def tell(self, text: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        """Show a message."""
        self.window_show_message(types.ShowMessageParams(type=kind, message=text))

    def report_internal_error(self, error: BaseException, where: str = "the analysis") -> None:
        """Write a line into the logs; whoever works with the editor is not disturbed."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = ""
        if trace is not None:
            place = f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})"
        what = " ".join(f"{type(error).__name__}: {error}".split())
        text = f"internal error in {where}: {what}{place}; please report it"
        log.error(text)
        self.window_log_message(
            types.LogMessageParams(type=types.MessageType.Error, message=f"keras-codemod: {text}")
        )

    def report_server_error(self, error: Exception, source: Any) -> None:
        """An error that no feature has caught: of a message that cannot be read, or of pygls."""
        self.report_internal_error(error, "the protocol")

    def shutdown(self) -> None:
        """The loop has ended; unlike that of pygls it waits for no thread, which may read on."""

    def end(self) -> None:
        """End all that runs."""
        self.newest.close()

    def start(self, work: Coroutine[Any, Any, None], where: str) -> None:
        """Do something on the event loop that no message waits for."""

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            error = None if task.cancelled() else task.exception()
            if error is not None:
                self.report_internal_error(error, where)

        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(done)

    def open(self, item: types.TextDocumentItem) -> None:
        """Take a document that was opened, if it is Python."""
        is_cell = item.uri.startswith(CELL) or self.newest.holding(item.uri) is not None
        is_other = item.language_id and not item.language_id.lower().startswith("python")
        is_json = item.uri.endswith(SUFFIX) and item.text.lstrip().startswith("{")
        if is_cell or is_other or is_json:
            return
        self._put_first(
            Document(uri=item.uri, version=item.version, text=item.text, encoding=self._encoding)
        )

    def open_notebook(self, params: types.DidOpenNotebookDocumentParams) -> None:
        """Take a notebook that was opened; whether it is Python may be told later."""
        notebook = notebook_of(params, next(self._versions), self._encoding)
        self._clear_gone(notebook)
        self._put_first(notebook)

    def change_notebook(self, uri: str, change: types.NotebookDocumentChangeEvent) -> None:
        """Take a change of a notebook."""
        before = self.newest.document(uri)
        if isinstance(before, OpenNotebook):
            after = before.changed(change, next(self._versions), self._encoding)
            self._clear_gone(after)
            self.newest.put(after)

    def _clear_gone(self, notebook: OpenNotebook) -> None:
        """Show nothing more at cells that are no longer there, or no longer Python."""
        before = self.newest.document(notebook.uri)
        left = {document.uri for document in documents_in(notebook)}
        if before is not None:
            self._show_nothing(one for one in documents_in(before) if one.uri not in left)

    def _put_first(self, document: Opened) -> None:
        asks = self.settings.ask is not None
        self.newest.put(document, wait=asks)
        if asks:
            self.start(self.load_settings(document.uri), "the settings")

    @property
    def _encoding(self) -> Encoding:
        return self.workspace.position_encoding or types.PositionEncodingKind.Utf16

    async def found_at(self, uri: str) -> tuple[Analysed, Document] | None:
        """What is found in a document or in the notebook of a cell, and that document or cell."""
        holding = self.newest.holding(uri)
        found = await self.newest.found(holding.uri) if holding is not None else None
        part = document_at(found.document, uri) if found is not None else None
        return (found, part) if found is not None and part is not None else None

    async def load_settings(self, uri: str) -> None:
        """Ask for the settings of a document, and analyse it with them."""
        await self.settings.load(uri)
        document = self.newest.document(uri)
        if document is not None:
            self.newest.put(replace(document), wait=False)

    def close_document(self, uri: str) -> None:
        """Forget a document, and what is shown for it."""
        known = self.newest.document(uri)
        self.newest.remove(uri)
        self.settings.forget(uri)
        self._verified.pop(uri, None)
        self._planned = None
        if known is not None:
            self._show_nothing(documents_in(known))

    def _show_nothing(self, documents: Iterable[Document]) -> None:
        for document in documents:
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(uri=document.uri, diagnostics=[])
            )

    def publish(self, found: Analysed) -> None:
        """Show what was found in a document, and what was verified if it is still the same."""
        document = found.document
        problem = found.options.problem
        if problem is not None and problem not in self._told:
            self._told.add(problem)
            self.tell(f"keras-codemod: {problem}")
        verified = self.verified(document)
        located = [*diagnostics_of(found if verified is None else replace(found, result=verified))]
        if verified is not None and found.places is not None:
            located += verdict_diagnostics(found.places, verified)
        for one, diagnostics in by_document(documents_in(document), located):
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(
                    uri=one.uri, version=one.version, diagnostics=diagnostics
                )
            )

    def verified(self, document: Opened) -> FileResult | None:
        """What was verified of a document, if it has that text still."""
        content, result = self._verified.get(document.uri, (None, None))
        return result if result is not None and content == document.content else None

    def verdict_of(self, document: Opened) -> str | None:
        """The verdict with which a rewrite of this text can be written."""
        result = self.verified(document)
        if result is None or result.verdict is None or result.status != "would-rewrite":
            return None
        return result.verdict.verdict

    async def keep_verified(self, document: Opened, result: FileResult) -> None:
        """Remember what was verified, and show it where the document is open."""
        if self.newest.document(document.uri) is None:
            return
        if result.error is None:
            self._verified[document.uri] = (document.content, result)
        found = await self.newest.found(document.uri)
        if found is not None:
            self.publish(found)

    async def edit(self, request: Request) -> types.WorkspaceEdit | None:
        """The edit of a code action; ``None``, and a message, where there is none."""
        found = await self.newest.found(request.uri)
        if found is None or found.document.version != request.version:
            self.tell("keras-codemod: the document has changed since; ask again", INFO)
            return None
        verified = self.verified(found.document)
        try:
            changes = await self.newest.in_thread(changes_for, found, request, verified)
        except NothingToDo as error:
            self.tell(f"keras-codemod: {error}", INFO)
            return None
        except CodemodError as error:
            self.tell(f"keras-codemod: {error}")
            return None
        return workspace_edit(changes, checks_versions(self.client_capabilities))

    async def planned(self, found: Analysed) -> FileResult | None:
        """The rewrite of a document without verification; the last one is kept."""
        known, result = self._planned or (None, None)
        if known is found:
            return result
        try:
            result = await self.newest.in_thread(planned_rewrite, found)
        except CodemodError:
            result = None
        self._planned = (found, result)
        return result

    def as_commands(self, actions: list[types.CodeAction]) -> list[types.CodeAction]:
        """Code actions for a client that does not ask for their edits: they run a command."""
        return [
            action
            if action.data is None
            else types.CodeAction(
                title=action.title,
                kind=action.kind,
                diagnostics=action.diagnostics,
                is_preferred=action.is_preferred,
                command=types.Command(title=action.title, command=APPLY, arguments=[action.data]),
            )
            for action in actions
        ]

    async def ask_for_settings(self, uri: str) -> Any:
        """Ask the client for its settings of a document."""
        item = types.ConfigurationItem(scope_uri=uri, section=SECTION)
        return await self.workspace_configuration_async(types.ConfigurationParams(items=[item]))

    def _analysed(self, document: Opened) -> Analysed:
        table = self.settings.table(document.uri)
        return analysed(document, options_of(document, table, self.folders), self._trees)


INFO = types.MessageType.Info
CELL = "vscode-notebook-cell:"
"""The cells of a notebook: one alone has neither its imports nor its magics."""
NOTEBOOKS = types.NotebookDocumentSyncOptions(
    notebook_selector=[types.NotebookDocumentFilterWithNotebook(notebook="*")], save=True
)
"""All cells, those of text too: they are counted."""
