"""Rewriting with verification: coarse plans first, finer ones where they fail, then refusal."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from codemod.api import planned_result
from codemod.discovery import SourceFile
from codemod.interpreters import verify_options
from codemod.results import FileResult, Settings
from codemod.sources import Sources, analyse_sources
from codemod.verify.records import Probe, RawOp, Verdict, VerifyRequest
from codemod.verify.session import VerifySession
from transforms import refusals
from transforms.plan import GRANULARITIES, PlanSettings, plan_module
from transforms.records import Site, Span
from transforms.refusals import Refusal
from transforms.source_text import SourceText
from transforms.symbolic import Analysis

ACCEPTED = frozenset({"proved", "equal-by-rules", "bitwise"})


@dataclass
class _Candidate:
    """A file on its way: the plan that is tried and the sites that are given up."""

    file: SourceFile
    source: bytes
    text: SourceText
    level: int = 0
    refused: dict[Span, Refusal] = field(default_factory=dict)
    verdict: Verdict | None = None
    given_up: bool = False
    confirmed: frozenset[Span] = frozenset()


def verified_results(
    sources: Sources, settings: Settings
) -> Iterator[tuple[SourceFile, FileResult]]:
    """The result for each candidate: ``would-rewrite`` only with a verdict that accepts it."""
    analysis, texts = analyse_sources(sources)
    candidates = [
        _Candidate(file, sources.contents[file], texts[file])
        for file in sources.candidates
        if file.path in analysis.modules
    ]
    planned = {item.file: _planned(analysis, item, settings) for item in candidates}
    changing = [item for item in candidates if planned[item.file].status == "would-rewrite"]
    groups = list(_groups(analysis, changing, settings))
    shares = [groups[first :: settings.jobs] for first in range(max(1, settings.jobs))]
    with ThreadPoolExecutor(max(1, settings.jobs)) as pool:
        # Reading the results lets an error of a thread out.
        list(pool.map(lambda share: _settle_all(analysis, share, settings), shares))
    for item in changing:
        planned[item.file] = _final(analysis, item, settings)
    yield from planned.items()


def _settle_all(analysis: Analysis, groups: Sequence[_Group], settings: Settings) -> None:
    """Settle groups one after the other in a session of their own."""
    if groups:
        options = verify_options(settings, groups[0].candidates[0].file.path)
        with VerifySession(options) as session:
            for group in groups:
                _settle(analysis, session, group, settings)


@dataclass(frozen=True)
class _Group:
    """Files that are verified together, and the entries whose models may run them."""

    candidates: tuple[_Candidate, ...]
    entries: tuple[Path, ...]


def _groups(
    analysis: Analysis, changing: Sequence[_Candidate], settings: Settings
) -> Iterator[_Group]:
    if not changing:
        return
    if settings.builds:
        yield _Group(tuple(changing), (_build_entry(analysis, changing, settings),))
        return
    for item in changing:
        yield _Group((item,), (item.file.path, *_callers(analysis, item.file.path)))


def _build_entry(analysis: Analysis, changing: Sequence[_Candidate], settings: Settings) -> Path:
    """The file in which a call without a module is evaluated: the one that defines its name."""
    names = {call.partition("(")[0].strip() for call in settings.builds if ":" not in call}
    for path, module in analysis.modules.items():
        defined = {getattr(node, "name", None) for node in module.tree.body}
        if names & defined:
            return path
    return changing[0].file.path


def _callers(analysis: Analysis, path: Path) -> list[Path]:
    """The files that call functions of ``path``: their models run its code too."""
    own = {id(node) for node in ast.walk(analysis.modules[path].tree)}
    calls = {
        id(call)
        for function, callers in analysis.callers.items()
        if id(function) in own
        for call in callers
    } - own
    return [
        other
        for other, module in analysis.modules.items()
        if other != path and any(id(node) in calls for node in ast.walk(module.tree))
    ]


def _settle(analysis: Analysis, session: VerifySession, group: _Group, settings: Settings) -> None:
    """Find for each file of the group the coarsest plan that verification accepts."""
    originals = {item.file.path: item.source for item in group.candidates}
    entry, probe = _probe(session, group, originals, settings)
    if probe.failure is not None or not probe.models:
        reason = probe.failure or "no functional model was built; name one with --build"
        for item in group.candidates:
            item.verdict = Verdict("unverified", reason, assumptions=probe.assumptions)
            _refuse_all(analysis, item, settings, refusals.not_exercised())
        return
    for item in group.candidates:
        _confirm(analysis, item, settings, probe.raw_ops)
        _refuse_not_exercised(analysis, item, settings, probe.raw_ops)
    while True:
        plans = {item.file: _planned(analysis, item, settings) for item in group.candidates}
        active = [item for item in group.candidates if plans[item.file].rewritten != item.source]
        if not active:
            return
        rewrites = {item.file.path: plans[item.file].rewritten for item in group.candidates}
        request = VerifyRequest(entry, originals, rewrites, settings.builds)
        verdict = session.verify(request)
        for item in active:
            item.verdict = verdict
        if is_accepted(verdict):
            return
        failing = _failing(session, active, request, originals, plans)
        for item in failing:
            _refine(analysis, item, settings, why(verdict))


def _probe(
    session: VerifySession, group: _Group, originals: Mapping[Path, bytes], settings: Settings
) -> tuple[Path, Probe]:
    """The first entry whose models run raw ops of the group, and what was seen there."""
    first: tuple[Path, Probe] | None = None
    for entry in group.entries:
        probe = session.probe(VerifyRequest(entry, originals, originals, settings.builds))
        if probe.models and any(op.path in originals for op in probe.raw_ops):
            return entry, probe
        first = first or (entry, probe)
    assert first is not None
    return first


def is_accepted(verdict: Verdict) -> bool:
    """Whether the verdict lets a file be written."""
    return verdict.verdict in ACCEPTED and all(
        model.weight_order_kept is not False for model in verdict.models
    )


def why(verdict: Verdict) -> str:
    """What is wrong, in one line."""
    if any(model.weight_order_kept is False for model in verdict.models):
        return "the order of the weights would change, and so old checkpoints would not load"
    return verdict.reason or verdict.verdict


def _failing(
    session: VerifySession,
    active: Sequence[_Candidate],
    request: VerifyRequest,
    originals: Mapping[Path, bytes],
    plans: Mapping[SourceFile, FileResult],
) -> list[_Candidate]:
    """The files that fail when they alone are rewritten; all of them if none does."""
    if len(active) == 1:
        return list(active)
    failing = []
    for item in active:
        alone = {**originals, item.file.path: plans[item.file].rewritten}
        if not is_accepted(session.verify(replace(request, rewrites=alone))):
            failing.append(item)
    return failing or list(active)


def _refine(analysis: Analysis, item: _Candidate, settings: Settings, reason: str) -> None:
    """Take the next finer plan, or give all sites up."""
    before = _planned(analysis, item, settings).rewritten
    while item.level + 1 < len(GRANULARITIES):
        item.level += 1
        if _planned(analysis, item, settings).rewritten != before:
            return
    _refuse_all(analysis, item, settings, refusals.not_equal(reason))


def _refuse_all(analysis: Analysis, item: _Candidate, settings: Settings, refusal: Refusal) -> None:
    for site in _planned(analysis, item, settings).sites:
        item.refused.setdefault(site.span, refusal)
    item.given_up = True


def _confirm(
    analysis: Analysis, item: _Candidate, settings: Settings, raw_ops: Sequence[RawOp]
) -> None:
    """Sites that the analysis is not sure of are sure where the run made raw ops of them."""
    own = [op for op in raw_ops if op.path == item.file.path]
    item.confirmed = frozenset(
        site.span
        for site in _planned(analysis, item, settings).sites
        if site.status == "refused" and any(_is_at(site, op) for op in own)
    )


def _refuse_not_exercised(
    analysis: Analysis, item: _Candidate, settings: Settings, raw_ops: Sequence[RawOp]
) -> None:
    own = [op for op in raw_ops if op.path == item.file.path]
    for site in _planned(analysis, item, settings).sites:
        if site.status == "rewritable" and not any(_is_at(site, op) for op in own):
            item.refused[site.span] = refusals.not_exercised()


def _is_at(site: Site, op: RawOp) -> bool:
    span = site.span
    if op.column < 0:
        return span.line <= op.line <= span.end_line
    inside = (span.line, span.column) <= (op.line, op.column) or op.line > span.line
    return inside and (op.end_line, op.end_column) <= (span.end_line, span.end_column)


def _planned(analysis: Analysis, item: _Candidate, settings: Settings) -> FileResult:
    plan_settings = PlanSettings(
        settings.target,
        settings.operators,
        settings.lines,
        GRANULARITIES[item.level],
        verified=True,
        refused=dict(item.refused),
        confirmed=item.confirmed,
    )
    module = analysis.modules[item.file.path]
    plan = plan_module(analysis, module, item.text, plan_settings)
    if item.given_up:
        plan = replace(plan, edits=())
    return planned_result(item.file, item.source, plan)


def _final(analysis: Analysis, item: _Candidate, settings: Settings) -> FileResult:
    result = replace(_planned(analysis, item, settings), verdict=item.verdict)
    if item.verdict is None or is_accepted(item.verdict):
        return result
    return replace(result, status="failed", rewritten=item.source)
