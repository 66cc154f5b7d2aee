"""Findings as diagnostics: raw ops warn, operators hint, hazards inform."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lsprotocol import types

from codemod.files.notebook_files import described
from codemod.language_server.analysis import Analysed
from codemod.language_server.documentation import documentation_of
from codemod.language_server.documents import Document
from codemod.language_server.places import Place, Places
from codemod.reports.words import describe_site, one_line
from codemod.results import FileResult
from transforms.syntax.records import Site

SOURCE = "keras-codemod"
OPERATOR = "KC102"
KEPT = "Keras 3 takes it"
Severity = types.DiagnosticSeverity


Located = tuple[Document, types.Diagnostic]
"""A diagnostic and the document that it is about: a cell where it is about a notebook."""


def diagnostics_of(analysed: Analysed) -> Iterator[Located]:
    """The diagnostics of a document or a notebook; what is not Python has one, or its cell has."""
    result = analysed.result
    if result.error is not None:
        yield from (
            (
                place.document,
                types.Diagnostic(
                    range=place.range,
                    message=f"not analysed: {one_line(text)}",
                    severity=Severity.Error,
                    source=SOURCE,
                ),
            )
            for place, text in _problems(analysed, result.error)
        )
    if analysed.places is not None and not analysed.is_broken:
        yield from _found(analysed.places, result)


def _problems(analysed: Analysed, error: str) -> Iterator[tuple[Place, str]]:
    """What is wrong, and where: of a notebook each of its cells is told."""
    document, result = analysed.document, analysed.result
    if isinstance(document, Document):
        yield Place(document, document.range_of_line(result.error_line or 1)), error
        return
    broken = result.notebook.module.broken if result.notebook is not None else {}
    told = {number: described(cell) for number, cell in broken.items()}
    first = result.error_cell or next(iter(document.documents), 0)
    for number, (line, text) in (told or {first: (result.error_line, error)}).items():
        cell = document.documents.get(number)
        if cell is not None:
            yield Place(cell, cell.range_of_line(line or 1)), text


def _found(places: Places, result: FileResult) -> Iterator[Located]:
    for site in result.sites:
        severity = Severity.Hint if site.code == OPERATOR else Severity.Warning
        yield _diagnostic(places.of_span(site.span), code_of(site), words_of(site), severity)
    for span in result.kept:
        yield _diagnostic(places.of_span(span), OPERATOR, KEPT, Severity.Hint)
    for hazard in result.hazards:
        text = one_line(hazard.message)
        yield _diagnostic(places.of_span(hazard.span), hazard.code, text, Severity.Information)


def code_of(site: Site) -> str:
    """The code that says most of a site: that of its refusal, where it is refused."""
    return site.code if site.refusal is None else site.refusal.code


def words_of(site: Site) -> str:
    """What is told of a site; its code stands beside it."""
    if site.refusal is None:
        return describe_site(site).removeprefix(f"{site.code} ")
    text = describe_site(site).removeprefix(f"{site.code} ")
    return text.replace(f" refused: {site.refusal.code}: ", " is left as it is: ")


def _diagnostic(place: Place, code: str, text: str, severity: Severity) -> Located:
    address = documentation_of(code)
    return place.document, types.Diagnostic(
        range=place.range,
        message=text,
        severity=severity,
        code=code,
        code_description=types.CodeDescription(href=address) if address else None,
        source=SOURCE,
    )


def by_document(
    documents: Iterable[Document], located: Iterable[Located]
) -> Iterator[tuple[Document, list[types.Diagnostic]]]:
    """What is to be shown at each of the documents, in the order of its places."""
    found: dict[Document, list[types.Diagnostic]] = {document: [] for document in documents}
    for document, diagnostic in located:
        found[document].append(diagnostic)
    for document, diagnostics in found.items():
        yield document, sorted(diagnostics, key=_start)


def _start(diagnostic: types.Diagnostic) -> tuple[int, int]:
    return diagnostic.range.start.line, diagnostic.range.start.character
