"""Hover: what is planned for a finding, and what verification has said of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lsprotocol import types

from codemod.codes import CODES
from codemod.language_server.analysis import Analysed
from codemod.language_server.diagnostics import KEPT, OPERATOR, code_of, words_of
from codemod.language_server.documentation import documentation_of
from codemod.language_server.documents import Document
from codemod.language_server.places import Places
from codemod.language_server.text_edits import replacements
from codemod.language_server.verdicts import summary_of
from codemod.limits import LINES_OF_HOVER
from codemod.reports.words import number, one_line
from codemod.results import FileResult
from transforms.syntax.records import Site, Span
from transforms.syntax.source_text import SourceText, read_source_text

WHY_KEPT = 'the operator or slice is left as it is; with `operators = "wrap"` it becomes a layer.'


def is_planned_at(analysed: Analysed, part: Document, position: types.Position) -> bool:
    """Whether the code that is planned is to be shown there."""
    places = analysed.places
    return places is not None and any(
        site.status != "refused" for site in _sites_at(analysed.result, places, part, position)
    )


def hover_at(
    analysed: Analysed,
    part: Document,
    position: types.Position,
    planned: FileResult | None,
    verified: FileResult | None,
) -> types.Hover | None:
    """What is told of the findings at a position of ``part``, the document or a cell.

    ``planned`` is the rewrite of the document without verification, ``verified`` the one with it.
    """
    places = analysed.places
    if places is None:
        return None
    sites = _sites_at(analysed.result, places, part, position)
    parts = [_site(places, site, planned, verified) for site in sites]
    spans = [site.span for site in sites]
    for hazard in analysed.result.hazards:
        if _is_in(places, hazard.span, part, position):
            parts.append(_told(hazard.code, one_line(hazard.message)))
            spans.append(hazard.span)
    if not parts:
        for span in analysed.result.kept:
            if _is_in(places, span, part, position):
                parts.append(f"**{_linked(OPERATOR)}** {KEPT}: {WHY_KEPT}")
                spans.append(span)
                break
    if not parts:
        return None
    return types.Hover(
        contents=types.MarkupContent(
            kind=types.MarkupKind.Markdown, value="\n\n---\n\n".join(parts)
        ),
        range=places.of_span(min(spans)).range,
    )


def _sites_at(
    result: FileResult, places: Places, part: Document, position: types.Position
) -> list[Site]:
    sites = [site for site in result.sites if _is_in(places, site.span, part, position)]
    # Of a site and one inside it the inner one comes first.
    return sorted(sites, key=lambda site: site.span, reverse=True)


def _is_in(places: Places, span: Span, part: Document, position: types.Position) -> bool:
    place = places.of_span(span)
    return place.document is part and place.range.start <= position <= place.range.end


def _told(code: str, text: str) -> str:
    """The finding, what it means and what to do."""
    explained = CODES.get(code)
    more = f"\n\n{explained.meaning} {explained.advice}" if explained else ""
    return f"**{_linked(code)}** {text}{more}"


def _linked(code: str) -> str:
    address = documentation_of(code)
    return f"[{code}]({address})" if address else code


def _site(
    places: Places, site: Site, planned: FileResult | None, verified: FileResult | None
) -> str:
    text = _told(code_of(site), words_of(site))
    result = verified if verified is not None and verified.verdict is not None else planned
    own = _site_of(result, site)
    if result is not None and own is not None and own.status != "refused":
        text += f"\n\n```python\n{_shortened(planned_code(places, result, own))}\n```"
    if verified is None:
        return text
    if own is not None and own.refusal is not None and own.refusal != site.refusal:
        text += f"\n\nVerification: {one_line(str(own.refusal))}"
    return f"{text}\n\nVerified: {summary_of(verified)}"


def _site_of(result: FileResult | None, site: Site) -> Site | None:
    sites = result.sites if result is not None else ()
    return next((one for one in sites if one.span == site.span), None)


def planned_code(places: Places, result: FileResult, site: Site) -> str:
    """What stands in the place of a site, and the class that comes with it."""
    before, after = read_source_text(result.original), read_source_text(result.rewritten)
    old = {node.name for node in _classes(before)}
    new = [node for node in _classes(after) if node.name not in old]
    own = [after.lines[slice(*_lines_of(node))] for node in new if node.name == site.class_name]
    hidden = {line for node in new for line in range(*_lines_of(node))}
    shown = places.lines_after(result)
    changed = [shown[line] for line in _changed(before, after, site) if line not in hidden]
    parts = [*own, [line for line in changed if line.strip()]]
    return "\n\n".join("\n".join(lines) for lines in parts)


def _classes(text: SourceText) -> Iterator[ast.ClassDef]:
    return (node for node in ast.parse(text.text).body if isinstance(node, ast.ClassDef))


def _lines_of(node: ast.ClassDef) -> tuple[int, int]:
    """The lines of a class with its decorators, from 0, and the one behind it."""
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    return first - 1, node.end_lineno or node.lineno


def _changed(before: SourceText, after: SourceText, site: Site) -> range:
    """The lines of the rewritten source, from 0, that hold what has become of a site."""
    start, end = before.range_of_span(site.span)
    moved = 0
    first, last = start, end
    for change in replacements(before.text, after.text):
        more = len(change.text) - (change.end - change.start)
        if change.end <= start and change.start < start:
            moved += more
        elif change.start <= end:
            first, last = min(first, change.start), max(last, change.end) + more
    return range(after.line_of(first + moved) - 1, after.line_of(max(0, last + moved - 1)))


def _shortened(code: str) -> str:
    lines = code.split("\n")
    if len(lines) <= LINES_OF_HOVER:
        return code
    rest = number(len(lines) - LINES_OF_HOVER, "more line")
    return "\n".join([*lines[:LINES_OF_HOVER], f"# … {rest}"])
