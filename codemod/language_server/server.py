"""The server: what the client asks and tells, and who answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from codemod.errors import CodemodError
from codemod.files.warm_trees import WarmTrees
from codemod.language_server.actions import APPLY, Request
from codemod.language_server.analysis import Analysed, analysed
from codemod.language_server.client_settings import ClientSettings
from codemod.language_server.diagnostics import diagnostics_of
from codemod.language_server.documents import Document
from codemod.language_server.newest import Newest
from codemod.language_server.options import SECTION, options_of
from codemod.language_server.protocol import OwnDocuments
from codemod.language_server.rewriting import NothingToDo, edits_for, planned_rewrite
from codemod.language_server.verdicts import verdict_diagnostics
from codemod.language_server.workspace_edits import workspace_edit
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
        )
        self.settings = ClientSettings()
        self.newest = Newest(self._analysed, self.publish, self.report_internal_error)
        self.is_asked_to_end = False
        self._verified: dict[str, tuple[str, FileResult]] = {}
        self._planned: tuple[Analysed, FileResult | None] | None = None
        self._told: set[str] = set()
        self._trees = WarmTrees()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def folders(self) -> list[Path]:
        """The folders of the workspace."""
        uris = [folder.uri for folder in self.workspace.folders.values()]
        uris = uris or [self.workspace.root_uri or ""]
        return [Path(path) for path in map(to_fs_path, uris) if path]

    @property
    def resolves_edits(self) -> bool:
        """Whether the client asks for the edit of a code action when it is chosen."""
        capabilities = self.client_capabilities.text_document
        actions = capabilities.code_action if capabilities else None
        support = actions.resolve_support if actions else None
        return support is not None and "edit" in support.properties

    @property
    def checks_versions(self) -> bool:
        """Whether the client takes edits for one version of a document."""
        workspace = self.client_capabilities.workspace
        edits = workspace.workspace_edit if workspace else None
        return bool(edits and edits.document_changes)

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
        is_cell = item.uri.startswith(CELL)
        if is_cell or (item.language_id and not item.language_id.lower().startswith("python")):
            return
        document = Document(
            uri=item.uri,
            version=item.version,
            text=item.text,
            encoding=self.workspace.position_encoding or types.PositionEncodingKind.Utf16,
        )
        asks = self.settings.ask is not None
        self.newest.put(document, wait=asks)
        if asks:
            self.start(self.load_settings(item.uri), "the settings")

    async def load_settings(self, uri: str) -> None:
        """Ask for the settings of a document, and analyse it with them."""
        await self.settings.load(uri)
        document = self.newest.document(uri)
        if document is not None:
            self.newest.put(replace(document), wait=False)

    def close_document(self, uri: str) -> None:
        """Forget a document, and what is shown for it."""
        is_known = self.newest.document(uri) is not None
        self.newest.remove(uri)
        self.settings.forget(uri)
        self._verified.pop(uri, None)
        self._planned = None
        if is_known:
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(uri=uri, diagnostics=[])
            )

    def publish(self, found: Analysed) -> None:
        """Show what was found in a document, and what was verified if it is still the same."""
        document = found.document
        problem = found.options.problem
        if problem is not None and problem not in self._told:
            self._told.add(problem)
            self.tell(f"keras-codemod: {problem}")
        verified = self.verified(document)
        diagnostics = diagnostics_of(found if verified is None else replace(found, result=verified))
        if verified is not None:
            diagnostics += verdict_diagnostics(document, verified)
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(
                uri=document.uri, version=document.version, diagnostics=diagnostics
            )
        )

    def verified(self, document: Document) -> FileResult | None:
        """What was verified of a document, if it has that text still."""
        text, result = self._verified.get(document.uri, ("", None))
        return result if result is not None and text == document.text else None

    def verdict_of(self, document: Document) -> str | None:
        """The verdict with which a rewrite of this text can be written."""
        result = self.verified(document)
        if result is None or result.verdict is None or result.status != "would-rewrite":
            return None
        return result.verdict.verdict

    async def keep_verified(self, document: Document, result: FileResult) -> None:
        """Remember what was verified, and show it where the document is open."""
        if self.newest.document(document.uri) is None:
            return
        if result.error is None:
            self._verified[document.uri] = (document.text, result)
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
            edits = await self.newest.in_thread(edits_for, found, request, verified)
        except NothingToDo as error:
            self.tell(f"keras-codemod: {error}", INFO)
            return None
        except CodemodError as error:
            self.tell(f"keras-codemod: {error}")
            return None
        return workspace_edit(found.document, edits, self.checks_versions)

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

    def register_for_changes(self) -> None:
        """Ask the client to tell when settings change, and files with settings."""
        workspace = self.client_capabilities.workspace
        registrations = []
        files = workspace.did_change_watched_files if workspace else None
        if files is not None and files.dynamic_registration:
            watcher = types.FileSystemWatcher(glob_pattern="**/pyproject.toml")
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers=[watcher])
            registrations.append(_registration(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options))
        settings = workspace.did_change_configuration if workspace else None
        if settings is not None and settings.dynamic_registration:
            section = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
            registrations.append(_registration(types.WORKSPACE_DID_CHANGE_CONFIGURATION, section))
        if registrations:
            self.client_register_capability(types.RegistrationParams(registrations=registrations))

    def can_ask_for_settings(self) -> bool:
        """Whether the client answers what its settings are."""
        workspace = self.client_capabilities.workspace
        return bool(workspace and workspace.configuration)

    async def ask_for_settings(self, uri: str) -> Any:
        """Ask the client for its settings of a document."""
        item = types.ConfigurationItem(scope_uri=uri, section=SECTION)
        return await self.workspace_configuration_async(types.ConfigurationParams(items=[item]))

    def _analysed(self, document: Document) -> Analysed:
        table = self.settings.table(document.uri)
        return analysed(document, options_of(document, table, self.folders), self._trees)


INFO = types.MessageType.Info
CELL = "vscode-notebook-cell:"
"""The cells of a notebook: one alone has neither its imports nor its magics."""


def _registration(method: str, options: object) -> types.Registration:
    return types.Registration(id=f"keras-codemod:{method}", method=method, register_options=options)
