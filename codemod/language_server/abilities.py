"""What the client can do, and what it is asked to tell of its own accord."""

from __future__ import annotations

from lsprotocol import types

from codemod.language_server.options import SECTION


def resolves_edits(client: types.ClientCapabilities) -> bool:
    """Whether the client asks for the edit of a code action when it is chosen."""
    actions = client.text_document.code_action if client.text_document else None
    support = actions.resolve_support if actions else None
    return support is not None and "edit" in support.properties


def checks_versions(client: types.ClientCapabilities) -> bool:
    """Whether the client takes edits for one version of a document."""
    edits = client.workspace.workspace_edit if client.workspace else None
    return bool(edits and edits.document_changes)


def answers_for_settings(client: types.ClientCapabilities) -> bool:
    """Whether the client answers what its settings are."""
    return bool(client.workspace and client.workspace.configuration)


def registrations(client: types.ClientCapabilities) -> list[types.Registration]:
    """What asks the client to tell when settings change, and files with settings."""
    workspace = client.workspace
    asked = []
    files = workspace.did_change_watched_files if workspace else None
    if files is not None and files.dynamic_registration:
        watcher = types.FileSystemWatcher(glob_pattern="**/pyproject.toml")
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers=[watcher])
        asked.append(_registration(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options))
    settings = workspace.did_change_configuration if workspace else None
    if settings is not None and settings.dynamic_registration:
        section = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
        asked.append(_registration(types.WORKSPACE_DID_CHANGE_CONFIGURATION, section))
    return asked


def _registration(method: str, options: object) -> types.Registration:
    return types.Registration(id=f"keras-codemod:{method}", method=method, register_options=options)
