"""What is found in one version of a document."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from codemod.api import check_source
from codemod.language_server.documents import Document
from codemod.language_server.options import Options
from codemod.language_server.places import Opened, Places, documents_in, places_of
from codemod.results import FileResult
from codemod.settings import Settings


@dataclass(frozen=True, kw_only=True, eq=False)
class Analysed:
    """One version of a document, or of a notebook, with its options and what was found in it."""

    document: Opened
    options: Options
    result: FileResult

    @cached_property
    def places(self) -> Places | None:
        """Where the places of the result stand; ``None`` where it has none."""
        return places_of(self.document, self.result)

    @property
    def is_broken(self) -> bool:
        """Whether nothing was found since it cannot be parsed."""
        return self.result.error is not None and isinstance(self.document, Document)


def analysed(
    document: Opened, options: Options, trees: Mapping[Path, ast.Module] | None = None
) -> Analysed:
    """Find the raw ops and hazards of a document; ``trees`` are those of other files."""
    source = document.source
    shown = str(document.path or document.uri)
    result = FileResult(path=shown, status="unchanged", original=source, rewritten=source)
    if document.unencodable is not None:
        problem = f"holds a character that {document.unencodable} has not; change its encoding"
        result = FileResult(path=shown, status="failed", original=source, error=problem)
    elif not options.excluded and documents_in(document):
        settings = Settings(verify=False) if options.problem else options.settings()
        result = check_source(source, settings, document.path, trees)
        if isinstance(document, Document) and result.notebook is not None:
            # It is the JSON of a notebook: its cells are not to be seen there.
            result = FileResult(path=shown, status="unchanged", original=source, rewritten=source)
    return Analysed(document=document, options=options, result=result)
