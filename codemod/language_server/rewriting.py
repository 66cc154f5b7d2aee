"""The edits of code actions, as the library makes them."""

from __future__ import annotations

from dataclasses import replace

from lsprotocol import types

from codemod.api import rewrite_source
from codemod.errors import CodemodError
from codemod.language_server.actions import Request
from codemod.language_server.analysis import Analysed
from codemod.language_server.documents import BYTE_ORDER_MARK, Document
from codemod.language_server.skipping import skip_comment
from codemod.language_server.text_edits import Replacement, replacements
from codemod.reports.words import describe_site
from codemod.results import FileResult
from transforms.syntax.source_text import read_source_text


class NothingToDo(CodemodError):
    """An action that changes nothing; the text says why."""


def edits_for(
    analysed: Analysed, request: Request, verified: FileResult | None
) -> list[types.TextEdit]:
    """The text edits of an action; raises :class:`NothingToDo` where there are none."""
    document = analysed.document
    if request.scope == "skip":
        comments = [skip_comment(document, span) for span in request.spans]
        found = {comment.start: comment for comment in comments if comment is not None}
        if not found:
            raise NothingToDo("no line of the finding can end with a comment")
        return text_edits(document, [*found.values()])
    if request.scope == "verified":
        if verified is None:
            raise NothingToDo("the file has changed since it was verified; verify it again")
        result = verified
    else:
        result = _rewritten(analysed, request)
    edits = rewrite_edits(document, result)
    if not edits:
        raise NothingToDo(_why_nothing(result))
    return edits


def planned_rewrite(analysed: Analysed) -> FileResult:
    """The rewrite of the whole document without verification."""
    document = analysed.document
    return rewrite_source(document.source, analysed.options.settings(), document.path)


def rewrite_edits(document: Document, result: FileResult) -> list[types.TextEdit]:
    """The edits that make of a document what a result has made of its source."""
    mark = BYTE_ORDER_MARK if document.text.startswith(BYTE_ORDER_MARK) else ""
    after = mark + read_source_text(result.rewritten).text
    return text_edits(document, replacements(document.text, after))


def text_edits(document: Document, changes: list[Replacement]) -> list[types.TextEdit]:
    """Replacements in the words of the protocol."""
    return [
        types.TextEdit(range=document.range(change.start, change.end), new_text=change.text)
        for change in changes
    ]


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
    refused = [site for site in result.sites if site.status == "refused"]
    if refused:
        return describe_site(refused[0])
    return "there is nothing left to rewrite"
