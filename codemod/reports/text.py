"""The report for people on one file: its verdict, its new layers, its hazards, what is refused."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from codemod.limits import FILES_LISTED, PLACES_LISTED
from codemod.reports.places import Places, error_place, places_of_fixes
from codemod.reports.style import Style
from codemod.reports.tried_calls import likely_calls
from codemod.reports.words import (
    OUTCOMES,
    describe_hazard,
    describe_layer,
    describe_verdict,
    listed,
    number,
    one_line,
    other_claims,
    unproved_claims,
)
from codemod.results import FileResult
from codemod.settings import Command, Verbosity
from codemod.verdict import ModelVerdict, RawOp, Verdict
from transforms.syntax.records import Site, Span

LEFT_OUT = " was left out"
ONLY_SHOWN = "a run has shown it, the analysis has not (is it in a file that was not given?)"
MANY = 3
"""As many assumptions of an earlier file are told by their number."""
EXPLAINS = 40
"""Characters from which on the end of a hazard is an explanation, and not a name."""

_ONLY_UNDER_3 = re.compile(r"only under Keras 3, line (\d+)(?: \(raised at line (\d+)\))?: ")


def _lines_told(result: FileResult) -> set[str]:
    """The lines of what Keras 3 does not take, and those where their statements begin."""
    lines = {one.span.line for one in result.hazards if one.code.startswith("KC4")}
    try:
        nodes = [*ast.walk(ast.parse(result.original))] if lines else []
    except (SyntaxError, ValueError):
        nodes = []
    for node in nodes:
        if isinstance(node, ast.Assign | ast.Expr | ast.Return | ast.AugAssign):
            inside = lines.intersection(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            lines |= {node.lineno} if inside else set()
    return {Places(result).now(line) for line in lines}


@dataclass(kw_only=True)
class TextReport:
    """Writes about one file after the other; what it has told of a model it tells once."""

    command: Command
    style: Style = field(default_factory=Style)
    verbosity: Verbosity = "normal"
    _told: set[str] = field(default_factory=set)

    def file_lines(self, result: FileResult) -> list[str]:
        """Return the lines about one file, none where there is nothing to say."""
        if self.verbosity == "quiet" and self.command != "check":
            return []
        sites = list(self._layers(result))
        hazards = list(self._hazards(result))
        fixes = list(self._fixes(result))
        refusals = [*self._refusals(result), *self._not_found(result)]
        if self.command == "check":
            lines = [text for _, text in sorted([*sites, *hazards, *refusals], key=_span)]
            if self.verbosity == "verbose" and not lines and result.error is None:
                lines = [f"{self.style.path(one_line(result.path))}: no raw ops"]
            return lines
        lines = [
            *self._head(result),
            *fixes,
            *(text for _, text in sites),
            *(text for _, text in hazards),
            *self._lost_by_the_models(result),
            *(text for _, text in refusals),
            *self._tried(result),
            *self._assumptions(result),
        ]
        return [*lines, ""] if lines else []

    def _head(self, result: FileResult) -> Iterator[str]:
        path = self.style.path(one_line(result.path))
        for build in result.failed_builds:
            yield f"{path}: {self.style.bad(one_line(f'--build {build}'))}"
        text = self._outcome(result)
        if text:
            yield f"{path}: {text}"
        elif self.verbosity == "verbose" and result.error is None:
            yield f"{path}: {OUTCOMES[result.status]}"
        elif result.error is None and (result.sites or result.hazards or result.left):
            yield f"{path}: {self.style.caution(OUTCOMES[result.status])}"
        if result.verdict is not None:
            for text in self._under_keras_3(result.verdict):
                yield f"  {self.style.caution(one_line(text))}"

    def _lost_by_the_models(self, result: FileResult) -> Iterator[str]:
        """Hazards of the rewritten models; what several have in common is explained once."""
        found = _lines_told(result)
        for text in result.verdict.hazards if result.verdict else ():
            fails = _ONLY_UNDER_3.match(text)
            if text in self._told or (fails is not None and not found.isdisjoint(fails.groups())):
                continue
            what, colon, explanation = text.rpartition(": ")
            shown = what if colon and explanation in self._told else text
            self._told.update((text, explanation) if len(explanation) > EXPLAINS else (text,))
            yield f"  {self.style.caution('hazard')}: {one_line(shown)}"

    def _assumptions(self, result: FileResult) -> Iterator[str]:
        verdict = result.verdict
        if verdict is None:
            return
        texts = _assumptions(verdict, self.verbosity)
        again = [text for text in texts if text in self._told]
        # Files that meet in one model assume the same.
        is_short = self.verbosity != "verbose" and len(again) >= MANY
        for text in [text for text in texts if not is_short or text not in again]:
            if result.failed_builds and text.startswith("not built: "):
                continue  # It stands at the head.
            yield "  " + self.style.quiet(f"assuming: {one_line(text)}")
        if is_short:
            yield "  " + self.style.quiet(f"assuming: {len(again)} more that are told above")
        self._told.update(texts)
        if self.verbosity == "verbose":
            for model in verdict.models:
                yield "  " + self.style.quiet(one_line(_model_line(model, Places(result))))
            if verdict.kept_by:
                yield "  " + self.style.quiet(f"no file is changed, because of: {verdict.kept_by}")

    def _outcome(self, result: FileResult) -> str:
        if result.error is not None:
            return ""  # It has a line of its own.
        mark = {
            "rewritten": self.style.good,
            "would-rewrite": self.style.good,
            "failed": self.style.bad,
        }.get(result.status, self.style.caution)
        outcome = mark(OUTCOMES[result.status])
        statuses = {site.status for site in result.sites}
        if "skipped" in statuses and statuses <= {"skipped", "refused"}:
            return mark("marked" if result.status == "rewritten" else "would be marked")
        if result.verdict is not None:
            text = describe_verdict(result.verdict)
            for build in result.failed_builds:
                text = text.replace(f"no model was built: {one_line(build)}", "no model was built")
            text += other_claims(result.verdict)
            if self.command == "verify":
                return (self.style.bad if result.status == "failed" else self.style.good)(text)
            return f"{outcome}; {text}"
        if result.status in ("rewritten", "would-rewrite"):
            return f"{outcome}; not verified"
        if result.status == "failed":
            return self.style.bad("not verified") if self.command == "verify" else outcome
        return ""

    def _under_keras_3(self, verdict: Verdict) -> Iterator[str]:
        """A line for each reason why models are not proved under Keras 3, or do not build."""
        claims: dict[str, dict[str, None]] = {}
        for model in verdict.models:
            for text in unproved_claims(model, verdict) if verdict.generation == 2 else ():
                claims.setdefault(text, {})[f"`{model.name}`"] = None
        texts = [f"{', '.join(names)} {claim}" for claim, names in claims.items()]
        if verdict.why_not_keras2:
            texts.append(f"Keras 2: not checked: {verdict.why_not_keras2}")
        for text in texts:
            if text not in self._told:
                self._told.add(text)
                yield text

    def _layers(self, result: FileResult) -> Iterator[tuple[Span, str]]:
        """A line for each new layer, with the number of expressions that it is made of."""
        groups: dict[object, list[Site]] = {}
        for site in result.sites:
            if site.status not in ("refused", "skipped"):
                key = (site.layer, site.builder, site.target, site.class_name, site.layer_name)
                alone = self.verbosity == "verbose" or not site.layer_name
                groups.setdefault((site.span if alone else None, *key), []).append(site)
        for sites in groups.values():
            more = ""
            if len(sites) > 1:
                last = Places(result).words(sites[-1].span.line)
                lines = "" if sites[0].status == "rewritten" else f" to {last}"
                more = self.style.quiet(f" ({len(sites)} expressions{lines})")
            yield sites[0].span, self._line(result, sites[0].span, describe_layer(sites)) + more

    def _hazards(self, result: FileResult) -> Iterator[tuple[Span, str]]:
        for hazard in result.hazards:
            text = self.style.caution(describe_hazard(hazard))
            yield hazard.span, self._line(result, hazard.span, text)

    def _fixes(self, result: FileResult) -> Iterator[str]:
        for fix in result.fixes:
            done = self.style.good("would be mended" if self._only_shows(result) else "mended")
            place = _place(places_of_fixes(result), fix.span)
            yield f"{self._at(result, place, describe_hazard(fix))} ({done})"

    def _only_shows(self, result: FileResult) -> bool:
        return result.status == "would-rewrite"

    def _refusals(self, result: FileResult) -> Iterator[tuple[Span, str]]:
        """A line for each reason, with all its places."""
        reason = result.verdict.reason if result.verdict else ""
        places = Places(result)
        for sites in by_refusal(result.sites).values():
            text = describe_layer(sites)
            if reason and reason in text:
                text = text.replace(one_line(reason), "the reason above")
            others = [_place(places, s.span) for s in sites[1:]]
            if others:
                most = len(others) if self.verbosity == "verbose" else PLACES_LISTED
                text += f" (also at {listed(others, most, 'places')})"
            yield sites[0].span, self._line(result, sites[0].span, self.style.caution(text))

    def _not_found(self, result: FileResult) -> Iterator[tuple[Span, str]]:
        for op in not_found(result):
            text = f"{op.op} is left as it is: {ONLY_SHOWN}"
            span = Span(op.line, max(op.column, 0), op.end_line, max(op.end_column, 0))
            yield span, self._line(result, span, self.style.caution(text))

    def _tried(self, result: FileResult) -> Iterator[str]:
        """The made-up calls that showed nothing: one for each reason, and each function first."""
        tried = list(dict.fromkeys(result.tried))
        shown = tried if self.verbosity == "verbose" else likely_calls(tried)
        for text in shown:
            yield "  " + self.style.quiet(f"tried in vain: {one_line(text)}")
        if len(tried) > len(shown):
            yield "  " + self.style.quiet(f"and {len(tried) - len(shown)} more such calls (-v)")

    def _line(self, result: FileResult, span: Span, text: str) -> str:
        return self._at(result, _place(Places(result), span), text)

    def _at(self, result: FileResult, place: str, text: str) -> str:
        return f"{self.style.path(one_line(result.path))}:{place}: {text}"


def _place(places: Places, span: Span) -> str:
    # Editors count columns from 1.
    return f"{places.now(span.line)}:{places.column(span.line, span.column) + 1}"


def _span(place: tuple[Span, str]) -> Span:
    return place[0]


def by_refusal(sites: Iterable[Site]) -> dict[str, list[Site]]:
    """Refused sites by the reason, and those that are skipped for one, as the source has them."""
    groups: dict[str, list[Site]] = {}
    for site in sites:
        if site.status in ("refused", "skipped"):
            groups.setdefault(f"{site.status} {site.refusal or ''}", []).append(site)
    return groups


def not_found(result: FileResult) -> list[RawOp]:
    """The raw ops that a run has shown and the analysis has not found."""
    refused = [site.span for site in result.sites if site.status == "refused"]
    return [
        op
        for op in result.left
        if not any(span.line <= op.line <= span.end_line for span in refused)
    ]


def error_line(result: FileResult) -> str:
    """Return ``path:line: what; what to do`` for a file that could not be read or written."""
    place = error_place(result)
    file = (one_line(result.path) or '""') + (f":{place}" if place else "")
    return f"{file}: {one_line(result.error or '')}"


def interrupted_line(done: Iterable[FileResult], files: Sequence[str]) -> str:
    """Return what an interrupted run tells: which of ``files`` were not done."""
    known = {result.path for result in done if not result.is_not_done}
    missing = [one_line(path) for path in files if path not in known]
    names = listed(missing, FILES_LISTED, "files")
    what = f"not done: {names}; run again for these" if missing else "all files were done"
    return f"keras-codemod: interrupted; {what}"


def join_lines(lines: Iterable[str]) -> str:
    """Return ``lines`` as text in which each ends with a newline."""
    return "".join(f"{line}\n" for line in lines)


def _assumptions(verdict: Verdict, verbosity: Verbosity) -> list[str]:
    """What the verdict assumes, but for what its reason says already."""
    texts = [
        text
        for text in verdict.assumptions
        if verbosity == "verbose"
        or not (text.removeprefix("not run: ") in verdict.reason or _was_made_up_for(text, verdict))
    ]
    left_out = [text.removesuffix(LEFT_OUT) for text in texts if text.endswith(LEFT_OUT)]
    if len(left_out) < 2 or verbosity == "verbose":
        return texts
    others = [text for text in texts if not text.endswith(LEFT_OUT)]
    return [f"{', '.join(left_out)} were left out", *others]


def _was_made_up_for(text: str, verdict: Verdict) -> bool:
    """Whether ``text`` says that a function was not called, and a call was made up after that."""
    call, was_left, _ = text.partition("() was not called")
    made_up = f"made-up call: {call}("
    return bool(was_left) and any(other.startswith(made_up) for other in verdict.assumptions)


def _model_line(model: ModelVerdict, places: Places) -> str:
    parts = [f"model `{model.name}` ({places.words(model.line)}): {model.verdict}"]
    parts += [f"built by {model.build}"] * bool(model.build)
    parts += [f"rules: {model.graph}"] * (model.verdict == "equal-by-rules")
    parts += [f"Keras 3: {model.keras3 or 'not checked'}"]
    parts += [f"port: {model.port}"] * bool(model.port)
    if model.raw_ops_left is not None:
        parts.append(f"{number(model.raw_ops_left, 'layer')} of raw ops, operators included")
    return "; ".join(parts)
