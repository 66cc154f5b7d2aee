"""Hover: what is planned for a finding, and what verification has said of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lsprotocol import types

from codemod.codes import CODES
from codemod.language_server.analysis import Analysed
from codemod.language_server.diagnostics import KEPT, OPERATOR, code_of, words_of
from codemod.language_server.documentation import documentation_of
from codemod.language_server.text_edits import replacements
from codemod.language_server.verdicts import summary_of
from codemod.limits import LINES_OF_HOVER
from codemod.reports.words import number, one_line
from codemod.results import FileResult
from transforms.syntax.records import Site, Span
from transforms.syntax.source_text import LINE_END, SourceText, read_source_text

WHY_KEPT = 'the operator or slice is left as it is; with `operators = "wrap"` it becomes a layer.'


def is_planned_at(analysed: Analysed, position: types.Position) -> bool:
    """Whether the code that is planned is to be shown there."""
    return any(site.status != "refused" for site in _sites_at(analysed, position))


def hover_at(
    analysed: Analysed,
    position: types.Position,
    planned: FileResult | None,
    verified: FileResult | None,
) -> types.Hover | None:
    """What is told of the findings at a position.

    ``planned`` is the rewrite of the document without verification, ``verified`` the one with it.
    """
    sites = _sites_at(analysed, position)
    parts = [_site(site, planned, verified) for site in sites]
    spans = [site.span for site in sites]
    for hazard in analysed.result.hazards:
        if _is_in(analysed, hazard.span, position):
            parts.append(_told(hazard.code, one_line(hazard.message)))
            spans.append(hazard.span)
    if not parts:
        for span in analysed.result.kept:
            if _is_in(analysed, span, position):
                parts.append(f"**{_linked(OPERATOR)}** {KEPT}: {WHY_KEPT}")
                spans.append(span)
                break
    if not parts:
        return None
    return types.Hover(
        contents=types.MarkupContent(
            kind=types.MarkupKind.Markdown, value="\n\n---\n\n".join(parts)
        ),
        range=analysed.document.range_of_span(min(spans)),
    )


def _sites_at(analysed: Analysed, position: types.Position) -> list[Site]:
    sites = [site for site in analysed.result.sites if _is_in(analysed, site.span, position)]
    # Of a site and one inside it the inner one comes first.
    return sorted(sites, key=lambda site: site.span, reverse=True)


def _is_in(analysed: Analysed, span: Span, position: types.Position) -> bool:
    covered = analysed.document.range_of_span(span)
    return covered.start <= position <= covered.end


def _told(code: str, text: str) -> str:
    """The finding, what it means and what to do."""
    explained = CODES.get(code)
    more = f"\n\n{explained.meaning} {explained.advice}" if explained else ""
    return f"**{_linked(code)}** {text}{more}"


def _linked(code: str) -> str:
    address = documentation_of(code)
    return f"[{code}]({address})" if address else code


def _site(site: Site, planned: FileResult | None, verified: FileResult | None) -> str:
    text = _told(code_of(site), words_of(site))
    result = verified if verified is not None and verified.verdict is not None else planned
    own = _site_of(result, site)
    if result is not None and own is not None and own.status != "refused":
        text += f"\n\n```python\n{_shortened(planned_code(result, own))}\n```"
    if verified is None:
        return text
    if own is not None and own.refusal is not None and own.refusal != site.refusal:
        text += f"\n\nVerification: {one_line(str(own.refusal))}"
    return f"{text}\n\nVerified: {summary_of(verified)}"


def _site_of(result: FileResult | None, site: Site) -> Site | None:
    sites = result.sites if result is not None else ()
    return next((one for one in sites if one.span == site.span), None)


def planned_code(result: FileResult, site: Site) -> str:
    """What stands in the place of a site, and the class that comes with it."""
    before, after = read_source_text(result.original), read_source_text(result.rewritten)
    return "\n\n".join([*_classes(after, site), *_lines_of(before, after, site)])


def _classes(after: SourceText, site: Site) -> Iterator[str]:
    """The classes of the layers of a site, with their decorators."""
    for node in ast.parse(after.text).body if site.class_name else ():
        if isinstance(node, ast.ClassDef) and node.name == site.class_name:
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            yield "\n".join(after.lines[first - 1 : node.end_lineno])


def _lines_of(before: SourceText, after: SourceText, site: Site) -> Iterator[str]:
    """The lines of the rewritten source that hold what has become of a site."""
    start, end = before.range_of_span(site.span)
    moved = 0
    first, last = start, end
    for change in replacements(before.text, after.text):
        more = len(change.text) - (change.end - change.start)
        if change.end <= start and change.start < start:
            moved += more
        elif change.start <= end:
            first, last = min(first, change.start), max(last, change.end) + more
    lines = after.text[after.line_start(first + moved) : after.next_line(max(0, last + moved - 1))]
    yield "\n".join(line for line in LINE_END.split(lines) if line.strip())


def _shortened(code: str) -> str:
    lines = code.split("\n")
    if len(lines) <= LINES_OF_HOVER:
        return code
    rest = number(len(lines) - LINES_OF_HOVER, "more line")
    return "\n".join([*lines[:LINES_OF_HOVER], f"# … {rest}"])
