"""Which settings a document has: those of the client, then those of its ``pyproject.toml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from codemod.config import Config, config_of_table, load_config
from codemod.errors import CodemodError
from codemod.files.discovery import is_excluded
from codemod.language_server.places import Opened
from codemod.precedence import chosen, settings_of
from codemod.settings import Settings
from transforms.syntax.records import Target

SECTION = "keras-codemod"
PLACE = "the editor's settings:"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is set for a document.

    ``given`` is what the client sets, ``configured`` what the project does, ``problem`` why one
    of them cannot be used, one line. ``paths`` are the file, or a folder where there is none.
    """

    given: Config = field(default_factory=Config)
    configured: Config = field(default_factory=Config)
    paths: tuple[str, ...] = (".",)
    excluded: bool = False
    problem: str | None = None

    def settings(self, to: Target | None = None, verify: bool = False) -> Settings:
        """The settings for this document; raises :class:`CodemodError` where they do not fit."""
        given = replace(self.given, verify=verify, to=to or self.given.to)
        return settings_of("rewrite", given, self.configured, previews=True, paths=self.paths)


def options_of(document: Opened, table: Mapping[str, Any], folders: Sequence[Path]) -> Options:
    """The options of a document; ``table`` is what the client sets for it."""
    path = document.path
    folder = folder_of(path, folders)
    paths = (str(path or folder or "."),)
    try:
        given = config_of_table(table, PLACE, folder or Path.cwd())
        configured = load_config(paths)
        options = Options(given=given, configured=configured, paths=paths)
        options.settings()
    except CodemodError as error:
        return Options(paths=paths, problem=str(error))
    excluded = path is not None and is_excluded(
        path, folder or path.parent, chosen(given, configured).exclude or ()
    )
    return replace(options, excluded=excluded)


def folder_of(path: Path | None, folders: Sequence[Path]) -> Path | None:
    """The innermost of ``folders`` that holds ``path``; the first where there is no path."""
    if path is None:
        return folders[0] if folders else None
    holding = [folder for folder in folders if path.is_relative_to(folder)]
    return max(holding, key=lambda folder: len(folder.parts), default=None)
