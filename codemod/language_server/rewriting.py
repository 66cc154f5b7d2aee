"""The edits of code actions, as the library makes them."""

from __future__ import annotations

from dataclasses import replace

from codemod.api import rewrite_source
from codemod.errors import CodemodError
from codemod.language_server.actions import Request
from codemod.language_server.analysis import Analysed
from codemod.language_server.documents import Document
from codemod.language_server.skipping import skip_comments
from codemod.language_server.text_edits import Replacement, replacements
from codemod.language_server.verdicts import summary_of
from codemod.reports.words import describe_site
from codemod.results import FileResult


class NothingToDo(CodemodError):
    """An action that changes nothing; the text says why."""


def changes_for(
    analysed: Analysed, request: Request, verified: FileResult | None
) -> list[tuple[Document, list[Replacement]]]:
    """What an action changes in each document; raises :class:`NothingToDo` where that is nothing.

    Of a notebook each cell that changes is a document.
    """
    places = analysed.places
    if places is None:
        raise NothingToDo("there is nothing to rewrite")
    if request.scope == "skip":
        comments = skip_comments(_module_of(analysed), places, request.spans)
        if not comments:
            raise NothingToDo("no line of the finding can end with a comment")
        return comments
    if request.scope == "verified":
        if verified is None:
            raise NothingToDo("the file has changed since it was verified; verify it again")
        result = verified
    else:
        result = _rewritten(analysed, request)
    found = [
        (document, replacements(document.text, text))
        for document, text in places.texts_after(result)
    ]
    changes = [(document, changed) for document, changed in found if changed]
    if not changes:
        raise NothingToDo(_why_nothing(result))
    return changes


def planned_rewrite(analysed: Analysed) -> FileResult:
    """The rewrite of the whole document without verification."""
    document = analysed.document
    return rewrite_source(document.source, analysed.options.settings(), document.path)


def _module_of(analysed: Analysed) -> str:
    document = analysed.document
    return document.text if isinstance(document, Document) else analysed.result.original.decode()


def _rewritten(analysed: Analysed, request: Request) -> FileResult:
    document = analysed.document
    settings = analysed.options.settings(to=request.target)
    if request.operators is not None:
        settings = replace(settings, operators=request.operators)
    if request.scope == "lines" and request.lines is not None:
        settings = replace(settings, lines=(request.lines,))
    only = request.spans if request.scope == "sites" else None
    return rewrite_source(document.source, settings, document.path, only)


def _why_nothing(result: FileResult) -> str:
    if result.error is not None:
        return summary_of(result)
    refused = [site for site in result.sites if site.status == "refused"]
    if refused:
        return describe_site(refused[0])
    return "there is nothing left to rewrite"
