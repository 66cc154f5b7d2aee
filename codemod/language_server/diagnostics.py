"""Findings as diagnostics: raw ops warn, operators hint, hazards inform."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from codemod.language_server.analysis import Analysed
from codemod.language_server.documentation import documentation_of
from codemod.language_server.documents import Document
from codemod.reports.words import describe_site, one_line
from transforms.syntax.records import Site, Span

SOURCE = "keras-codemod"
OPERATOR = "KC102"
KEPT = "Keras 3 takes it"
Severity = types.DiagnosticSeverity


def diagnostics_of(analysed: Analysed) -> list[types.Diagnostic]:
    """The diagnostics of a document; a source that is not Python has one."""
    document, result = analysed.document, analysed.result
    if result.error is not None:
        return [
            types.Diagnostic(
                range=document.range_of_line(result.error_line or 1),
                message=f"not analysed: {one_line(result.error)}",
                severity=Severity.Error,
                source=SOURCE,
            )
        ]
    return sorted(
        _found(analysed), key=lambda one: (one.range.start.line, one.range.start.character)
    )


def _start(diagnostic: types.Diagnostic) -> tuple[int, int]:
    return diagnostic.range.start.line, diagnostic.range.start.character


def _found(analysed: Analysed) -> Iterator[types.Diagnostic]:
    document, result = analysed.document, analysed.result
    for site in result.sites:
        severity = Severity.Hint if site.code == OPERATOR else Severity.Warning
        yield _diagnostic(document, code_of(site), site.span, words_of(site), severity)
    for span in result.kept:
        yield _diagnostic(document, OPERATOR, span, KEPT, Severity.Hint)
    for hazard in result.hazards:
        text = one_line(hazard.message)
        yield _diagnostic(document, hazard.code, hazard.span, text, Severity.Information)


def code_of(site: Site) -> str:
    """The code that says most of a site: that of its refusal, where it is refused."""
    return site.code if site.refusal is None else site.refusal.code


def words_of(site: Site) -> str:
    """What is told of a site; its code stands beside it."""
    if site.refusal is None:
        return describe_site(site).removeprefix(f"{site.code} ")
    text = describe_site(site).removeprefix(f"{site.code} ")
    return text.replace(f" refused: {site.refusal.code}: ", " is left as it is: ")


def _diagnostic(
    document: Document, code: str, span: Span, text: str, severity: Severity
) -> types.Diagnostic:
    address = documentation_of(code)
    return types.Diagnostic(
        range=document.range_of_span(span),
        message=text,
        severity=severity,
        code=code,
        code_description=types.CodeDescription(href=address) if address else None,
        source=SOURCE,
    )
