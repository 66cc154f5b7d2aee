"""Rewriting with verification: coarse plans first, finer ones where they fail, then refusal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from codemod.engine.candidates import Candidate, is_at, planned
from codemod.engine.failing_sites import failing_sites
from codemod.engine.interpreters import verify_options
from codemod.engine.model_runs import Group, ModelRun, groups_of
from codemod.engine.verdict_rules import is_accepted, why
from codemod.files.discovery import SourceFile
from codemod.files.sources import Sources, analyse_sources
from codemod.results import FileResult, Settings
from codemod.verdict import RawOp, Verdict
from codemod.verify.records import Probe, VerifyRequest
from codemod.verify.session import VerifySession
from codemod.verify.verdicts import merged
from transforms.interpret.symbolic import Analysis
from transforms.plan.module_plan import GRANULARITIES, Granularity
from transforms.sites import refusals
from transforms.syntax.records import Site, Span

NOTHING_BUILT = "no functional model was built; name one with --build"


def verified_results(
    sources: Sources, settings: Settings
) -> Iterator[tuple[SourceFile, FileResult]]:
    """The result for each candidate: ``would-rewrite`` only with a verdict that accepts it."""
    analysis, texts = analyse_sources(sources)
    candidates = {
        file.path: Candidate(file=file, source=sources.contents[file], text=texts[file])
        for file in sources.candidates
        if file.path in analysis.modules
    }
    plans = {path: planned(analysis, item, settings) for path, item in candidates.items()}
    open_paths = [path for path, plan in plans.items() if _can_change(plan)]
    groups = groups_of(analysis, open_paths, settings.builds)
    if groups:
        options = verify_options(settings, groups[0].paths[0])
        with VerifySession(options, settings.jobs) as session:
            session.map(partial(_settle, analysis, session, candidates, settings), groups)
    for path in open_paths:
        plans[path] = _final(analysis, candidates[path], settings)
    for path, plan in plans.items():
        yield candidates[path].file, plan


def _can_change(plan: FileResult) -> bool:
    return plan.status == "would-rewrite" or any(_is_uncertain(site) for site in plan.sites)


def _is_uncertain(site: Site) -> bool:
    return site.refusal is not None and site.refusal.code == refusals.UNCERTAIN


def _settle(
    analysis: Analysis,
    session: VerifySession,
    candidates: Mapping[Path, Candidate],
    settings: Settings,
    group: Group,
) -> None:
    """Find for each file of the group the coarsest plan that verification accepts."""
    items = [candidates[path] for path in group.paths]
    originals = {item.file.path: item.source for item in items}
    probes = _probes(analysis, session, items, group.runs, settings)
    shown = {run: [op for op in probe.raw_ops if op.path in originals] for run, probe in probes}
    for item in items:
        own = [op for ops in shown.values() for op in ops if op.path == item.file.path]
        if not own and planned(analysis, item, settings).status == "would-rewrite":
            item.verdict = _unverified(probes)
        _confirm(analysis, item, settings, own)
        _refuse_not_exercised(analysis, item, settings, own)
    runs = {run: {op.path for op in ops} for run, ops in shown.items() if ops}
    not_built = [
        f"not built: {run.build}: {probe.failure or NOTHING_BUILT}"
        for run, probe in probes
        if run.build is not None and not probe.models
    ]
    verdicts: dict[tuple[object, ...], Verdict] = {}
    while True:
        plans = {item.file.path: planned(analysis, item, settings) for item in items}
        active = [item for item in items if plans[item.file.path].rewritten != item.source]
        rewrites = {path: plan.rewritten for path, plan in plans.items()}
        current = {
            run: (run, *(rewrites[path] for path in sorted(paths)))
            for run, paths in runs.items()
            if any(item.file.path in paths for item in active)
        }
        new = [run for run, key in current.items() if key not in verdicts]
        requests = [
            VerifyRequest(
                entry=run.entry, originals=originals, rewrites=rewrites, builds=run.builds
            )
            for run in new
        ]
        verify = partial(session.verify, depth="order first")
        for run, verdict in zip(new, session.map(verify, requests)):
            verdicts[current[run]] = _of_run(verdict, run, not_built)
        for item in active:
            touching = [run for run in current if item.file.path in runs[run]]
            item.verdict = merged([verdicts[current[run]] for run in touching])
        failing = {
            run: verdicts[key] for run, key in current.items() if not is_accepted(verdicts[key])
        }
        if not failing:
            return
        reason = why(next(iter(failing.values())))
        guilty = failing_sites(
            analysis, session, settings, items, {run: shown[run] for run in failing}, failing
        )
        for item, spans in guilty:
            _refine(analysis, item, settings, spans, reason)
        if not guilty:
            _refuse_all(analysis, active, settings, reason)


def _probes(
    analysis: Analysis,
    session: VerifySession,
    items: Sequence[Candidate],
    runs: Sequence[ModelRun],
    settings: Settings,
) -> list[tuple[ModelRun, Probe]]:
    """What the originals do: all builds, or files until every site was seen to run."""
    originals = {item.file.path: item.source for item in items}
    requests = [
        VerifyRequest(entry=run.entry, originals=originals, rewrites=originals, builds=run.builds)
        for run in runs
    ]
    if settings.builds:
        return list(zip(runs, session.map(session.probe, requests)))
    probes: list[tuple[ModelRun, Probe]] = []
    waiting = {
        (item.file.path, site): None
        for item in items
        for site in planned(analysis, item, settings).sites
        if site.status == "rewritable" or _is_uncertain(site)
    }
    for run, request in zip(runs, requests):
        if waiting:
            probe = session.probe(request)
            probes.append((run, probe))
            for path, site in [*waiting]:
                if any(op.path == path and is_at(site.span, op) for op in probe.raw_ops):
                    del waiting[path, site]
    return probes


def _of_run(verdict: Verdict, run: ModelRun, not_built: Sequence[str]) -> Verdict:
    models = tuple(replace(model, build=run.build) for model in verdict.models)
    return replace(verdict, models=models, assumptions=(*verdict.assumptions, *not_built))


def _unverified(probes: Sequence[tuple[ModelRun, Probe]]) -> Verdict | None:
    """Why nothing is known of a file that no run shows; None where runs do without its code.

    A build that fails might have shown it.
    """
    failed = [probe for run, probe in probes if run.build is not None and not probe.models]
    if not failed and any(probe.models for _, probe in probes):
        return None
    found = failed or [probe for _, probe in probes]
    assumptions = tuple(dict.fromkeys(text for probe in found for text in probe.assumptions))
    failure = next((probe.failure for probe in found if probe.failure), NOTHING_BUILT)
    return Verdict(verdict="unverified", reason=failure, assumptions=assumptions)


def _refine(
    analysis: Analysis, item: Candidate, settings: Settings, spans: Sequence[Span], reason: str
) -> None:
    """Plan ``spans`` finer until the rewrite changes; refuse what cannot be planned finer."""
    before = planned(analysis, item, settings).rewritten
    for granularity in GRANULARITIES[1:]:
        if planned(analysis, item, settings).rewritten == before:
            item.finer.update(
                {span: granularity for span in spans if _is_coarser(item, span, granularity)}
            )
    if planned(analysis, item, settings).rewritten == before:
        item.refused.update(dict.fromkeys(spans, refusals.not_equal(reason)))


def _is_coarser(item: Candidate, span: Span, granularity: Granularity) -> bool:
    present = item.finer.get(span, GRANULARITIES[0])
    return GRANULARITIES.index(present) < GRANULARITIES.index(granularity)


def _refuse_all(
    analysis: Analysis, items: Sequence[Candidate], settings: Settings, reason: str
) -> None:
    for item in items:
        for site in planned(analysis, item, settings).sites:
            item.refused.setdefault(site.span, refusals.not_equal(reason))


def _confirm(
    analysis: Analysis, item: Candidate, settings: Settings, raw_ops: Sequence[RawOp]
) -> None:
    """Sites that the analysis is not sure of are sure where the run made raw ops of them."""
    item.confirmed = frozenset(
        site.span
        for site in planned(analysis, item, settings).sites
        if site.status == "refused" and any(is_at(site.span, op) for op in raw_ops)
    )


def _refuse_not_exercised(
    analysis: Analysis, item: Candidate, settings: Settings, raw_ops: Sequence[RawOp]
) -> None:
    for site in planned(analysis, item, settings).sites:
        if site.status == "rewritable" and not any(is_at(site.span, op) for op in raw_ops):
            item.refused[site.span] = refusals.not_exercised()


def _final(analysis: Analysis, item: Candidate, settings: Settings) -> FileResult:
    result = planned(analysis, item, settings)
    verdict = item.verdict
    if result.rewritten == item.source and verdict is not None and not is_accepted(verdict):
        return replace(result, verdict=verdict, status="failed")
    return replace(result, verdict=verdict)
