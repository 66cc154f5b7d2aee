"""Code actions: what can be done about the findings in a range; their edits are made later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from lsprotocol import types

from codemod.errors import CodemodError
from codemod.language_server.analysis import Analysed
from codemod.language_server.documents import Document
from codemod.language_server.places import Places
from codemod.reports.words import number, ops_of
from transforms.syntax.records import Operators, Site, Span, Target

Scope = Literal["sites", "lines", "file", "skip", "verified"]
Kind = types.CodeActionKind
VERIFY = "keras-codemod.verify"
CANCEL = "keras-codemod.cancel"
APPLY = "keras-codemod.apply"
VERIFY_KIND = "source.keras-codemod"
TITLES: dict[Target, tuple[str, str]] = {
    "layer": ("Make this a layer", "Make layers"),
    "lambda": ("Wrap in a named Lambda", "Wrap in named Lambdas"),
    "ops": ("Use keras.ops", "Use keras.ops"),
}


@dataclass(frozen=True, kw_only=True)
class Request:
    """What an action does, as it travels to the client and back.

    ``version`` is that of the document it was offered for. Of ``spans`` and ``lines`` only what
    the scope says is looked at.
    """

    uri: str
    version: int | None
    scope: Scope
    target: Target | None = None
    operators: Operators | None = None
    spans: tuple[Span, ...] = ()
    lines: tuple[int, int] | None = None

    def record(self) -> dict[str, Any]:
        """The request as JSON."""
        return asdict(self)


def request_of(record: Any) -> Request:
    """The request that a record of the client is; raises ``ValueError`` where it is none."""
    try:
        values = dict(record)
        values["spans"] = tuple(Span(**dict(span)) for span in values.get("spans") or ())
        lines = values.get("lines")
        values["lines"] = (int(lines[0]), int(lines[1])) if lines else None
        return Request(**values)
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise ValueError(f"{record!r} is no action of keras-codemod") from error


def actions_for(
    analysed: Analysed,
    part: Document,
    chosen: types.Range,
    context: types.CodeActionContext,
    verified: str | None,
) -> list[types.CodeAction]:
    """The actions for a range of ``part``, which is the document or a cell.

    ``verified`` is the verdict with which the rewrite of the whole file was verified.
    """
    actions = [*_actions(analysed, part, chosen, context.diagnostics, verified)]
    if context.only is None:
        return actions
    wanted = [*context.only]
    return [action for action in actions if any(_is_kind(action.kind, kind) for kind in wanted)]


def _is_kind(kind: str | None, wanted: str) -> bool:
    return kind is not None and (not wanted or kind == wanted or kind.startswith(f"{wanted}."))


def _actions(
    analysed: Analysed,
    part: Document,
    chosen: types.Range,
    diagnostics: Sequence[types.Diagnostic],
    verified: str | None,
) -> Iterator[types.CodeAction]:
    document, result, places = analysed.document, analysed.result, analysed.places
    if places is None or analysed.is_broken:
        return
    start, end = part.offset(chosen.start), part.offset(chosen.end)
    first, last = chosen.start.line + 1, chosen.end.line + 1
    if end > start and chosen.end.character == 0:
        last -= 1  # A selection of whole lines ends before the line that it ends on.
    first, last = places.line(part, first), places.line(part, last)
    whole = "file" if isinstance(document, Document) else "notebook"

    def request(scope: Scope, **values: Any) -> Request:
        return Request(uri=document.uri, version=document.version, scope=scope, **values)

    rewritable = [site for site in result.sites if site.status == "rewritable"]
    # With a cell that cannot be parsed a notebook is told about, and left alone.
    targets = () if result.error is not None else tuple(_targets(analysed))
    in_lines = [site for site in rewritable if targets and _touches(site.span, first, last)]
    here = _at(places, in_lines, start, end)
    for site in here:
        covered = places.of_span(site.span).range
        about = [one for one in diagnostics if one.range == covered]
        for target in targets:
            title = TITLES[target][0]
            if len(here) > 1:
                title += f": {ops_of([site])}"
            operators: Operators | None = "wrap" if site.code == "KC102" else None
            asked = request("sites", target=target, spans=(site.span,), operators=operators)
            yield _action(title, Kind.QuickFix, asked, about, target == targets[0])
    if targets and not here:
        yield from _for_operators(places, part, result.kept, (start, end), request)
    if end > start and in_lines:
        for target in targets:
            title = f"{TITLES[target][1]} in the selection ({number(len(in_lines), 'raw op')})"
            asked = request("lines", target=target, lines=(first, last))
            yield _action(title, Kind.RefactorRewrite, asked)
    if rewritable:
        ops = number(len(rewritable), "raw op")
        for target in targets:
            title = f"{TITLES[target][1]} in the whole {whole} ({ops})"
            yield _action(title, Kind.RefactorRewrite, request("file", target=target))
    if verified is not None:
        title = f"Write the verified rewrite of the {whole} ({verified})"
        yield _action(title, Kind.RefactorRewrite, request("verified"))
    found = [site.span for site in result.sites] + [hazard.span for hazard in result.hazards]
    told = [*found, *result.kept]
    to_skip = sorted(span for span in told if _touches(span, first, last))
    if to_skip:
        about = [one for one in diagnostics if one.source == "keras-codemod"]
        asked = request("skip", spans=tuple(dict.fromkeys(to_skip)))
        yield _action("Skip this line", Kind.QuickFix, asked, about)
    if result.sites:
        arguments = [document.uri]
        command = types.Command(title="Verify this file", command=VERIFY, arguments=arguments)
        yield types.CodeAction(title="Verify this file", kind=VERIFY_KIND, command=command)


def _for_operators(
    places: Places, part: Document, kept: Sequence[Span], chosen: tuple[int, int], request: Any
) -> Iterator[types.CodeAction]:
    """The actions for an operator that is left as it is, where what is chosen is inside one."""
    for span in kept:
        place = places.of_span(span)
        start, end = place.offsets
        if place.document is part and start <= chosen[0] and chosen[1] <= end:
            for target in ("layer", "lambda"):
                title = TITLES[target][0]
                asked = request("sites", target=target, spans=(span,), operators="wrap")
                yield _action(title, Kind.QuickFix, asked)
            return


def _targets(analysed: Analysed) -> Iterator[Target]:
    """The targets that the project can use, the one that is set first."""
    preferred = analysed.options.given.to or analysed.options.configured.to or "layer"
    for target in sorted(TITLES, key=lambda name: name != preferred):
        try:
            analysed.options.settings(to=target)
        except CodemodError:
            continue
        yield target


def _at(places: Places, sites: Sequence[Site], start: int, end: int) -> list[Site]:
    """The sites that a place or a selection is about: those it is in or covers, else the line's."""
    ranges = {site: places.of_span(site.span).offsets for site in sites}
    holding = [site for site, (first, last) in ranges.items() if first <= start and end <= last]
    if holding:
        # Of a site and one inside it the inner one is meant.
        return [min(holding, key=lambda site: ranges[site][1] - ranges[site][0])]
    if end > start:
        covered = [site for site, (first, last) in ranges.items() if start < last and first < end]
        return covered if len(covered) == 1 else []
    return list(sites)


def _touches(span: Span, first: int, last: int) -> bool:
    return span.line <= last and first <= span.end_line


def _action(
    title: str,
    kind: types.CodeActionKind,
    request: Request,
    diagnostics: Sequence[types.Diagnostic] = (),
    is_preferred: bool | None = None,
) -> types.CodeAction:
    return types.CodeAction(
        title=title,
        kind=kind,
        data=request.record(),
        diagnostics=[*diagnostics] or None,
        is_preferred=is_preferred or None,
    )
