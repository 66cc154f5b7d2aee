"""Finding for each file of a group the coarsest plan that verification accepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from codemod.engine.candidates import (
    Candidate,
    Decisions,
    Planner,
    is_at,
    is_open,
    refined,
    with_names_apart,
)
from codemod.engine.evidence import Evidence, first_decisions, gather_evidence, why_not_shown
from codemod.engine.failing_sites import failing_sites
from codemod.engine.model_runs import ModelRun
from codemod.engine.others import Others
from codemod.engine.verdict_rules import is_accepted, why
from codemod.results import FileResult
from codemod.verdict import RawOp, Tier, Verdict
from codemod.verify.verdicts import merged
from codemod.verify.verifier import Verifier
from transforms.plan.skips import is_skipped
from transforms.sites import refusals
from transforms.syntax.records import Span

DecisionsByPath = Mapping[Path, Decisions]
NO_OTHERS = Others({})
Tell = Callable[[str], None]
"""Is told in a few words what runs."""
KnownVerdicts = dict[object, Verdict]
"""The verdict of each run with the sources that it ran; a round asks only for new ones."""


@dataclass(frozen=True, kw_only=True)
class Round:
    """The verdicts of one plan for all files; ``changing`` are the files that it changes.

    Verdicts of the tiers ``accepted`` let them be written.
    """

    changing: tuple[Candidate, ...]
    verdicts: Mapping[ModelRun, Verdict]
    accepted: Set[Tier]

    @property
    def failing(self) -> dict[ModelRun, Verdict]:
        """The runs whose verdict keeps the rewrite from being written."""
        return {
            run: verdict
            for run, verdict in self.verdicts.items()
            if not is_accepted(verdict, self.accepted)
        }


def settle(
    session: Verifier,
    planner: Planner,
    candidates: Sequence[Candidate],
    runs: Sequence[ModelRun],
    tell: Tell,
    others: Others = NO_OTHERS,
) -> dict[Path, FileResult]:
    """The result of each candidate: plans that fail are made finer, then sites are refused.

    Of ``others``, files that are in no group, those come in that a run shows to apply raw ops.
    """
    while True:
        evidence = gather_evidence(
            session, planner, candidates, runs, tell, planner.run_seconds, others.paths()
        )
        if not evidence.inner:
            break
        candidates = [*candidates, *others.taken(evidence.inner)]
    shown = {candidate.path: evidence.raw_ops_of(candidate.path) for candidate in candidates}
    planner = planner.observing(candidates, shown)
    planner = planner.without_inexact(candidates, [op for ops in shown.values() for op in ops])
    decisions = {
        candidate.path: first_decisions(planner, candidate, evidence) for candidate in candidates
    }
    verdicts = _verdicts_of_what_no_run_shows(planner, candidates, evidence)
    known: KnownVerdicts = {}
    while True:
        tell("comparing the models" if not known else "comparing the models, planned finer")
        decisions = with_names_apart(planner, candidates, decisions)
        done = _verify_round(session, planner, candidates, decisions, evidence, known)
        for candidate in done.changing:
            touching = [run for run in evidence.runs_with(candidate.path) if run in done.verdicts]
            verdicts[candidate.path] = merged(
                [done.verdicts[run] for run in touching], candidate.path
            )
        if done.failing:
            tell("searching for the layer that differs")
            decisions = _after_failure(session, planner, candidates, decisions, evidence, done)
            continue
        inexact = [op for verdict in done.verdicts.values() for op in verdict.inexact]
        exact_planner = planner.without_inexact(candidates, inexact)
        if exact_planner is not planner:
            planner = exact_planner
            continue
        unseen = [
            one for one in done.changing if not is_accepted(verdicts[one.path], planner.accepted)
        ]
        if not unseen:
            break
        # Each run is right, and together they have not shown all that is rewritten.
        for candidate in unseen:
            reason = why(verdicts[candidate.path])
            own = decisions[candidate.path]
            decisions[candidate.path] = _refusing_all(planner, candidate, own, reason)
    first = candidates[0].path
    entries = {candidate.path for candidate in candidates}
    failed_builds = {path: evidence.failed_builds(path) for path in entries}
    # A call may be evaluated in a module that is none of the files.
    failed_builds[first] += tuple(
        text
        for path in {run.entry for run in evidence.probes} - entries
        for text in evidence.failed_builds(path)
    )
    return {
        candidate.path: _final(
            candidate,
            planner,
            planner.plan(candidate, decisions[candidate.path]),
            verdicts.get(candidate.path),
            planner.accepted,
            evidence.raw_ops_of(candidate.path),
            failed_builds[candidate.path],
            evidence.tried_for(candidate.path),
        )
        for candidate in candidates
    }


def _verdicts_of_what_no_run_shows(
    planner: Planner, candidates: Sequence[Candidate], evidence: Evidence
) -> dict[Path, Verdict]:
    return {
        candidate.path: verdict
        for candidate in candidates
        for verdict in [why_not_shown(evidence, candidate.path)]
        if verdict is not None
        and not evidence.raw_ops_of(candidate.path)
        and planner.plan(candidate, Decisions()).status == "would-rewrite"
    }


def _verify_round(
    session: Verifier,
    planner: Planner,
    candidates: Sequence[Candidate],
    decisions: DecisionsByPath,
    evidence: Evidence,
    known: KnownVerdicts,
) -> Round:
    """Verify the present plans in every run that shows raw ops of a file that they change."""
    originals = {candidate.path: candidate.source for candidate in candidates}
    rewrites = {
        candidate.path: planner.plan(candidate, decisions[candidate.path]).rewritten
        for candidate in candidates
    }
    changing = tuple(
        candidate for candidate in candidates if rewrites[candidate.path] != candidate.source
    )
    keys: dict[ModelRun, object] = {}
    for run, raw_ops in evidence.raw_ops.items():
        shown = {op.path for op in raw_ops}
        if any(candidate.path in shown for candidate in changing):
            keys[run] = (run, *(rewrites[path] for path in sorted(shown)))
    new = [run for run, key in keys.items() if key not in known]
    requests = [run.request(originals, rewrites) for run in new]
    verify = partial(session.verify, depth="order first")
    for run, verdict in zip(new, session.map(verify, requests)):
        known[keys[run]] = _of_run(verdict, run, evidence.builds_without_models())
    return Round(
        changing=changing,
        verdicts={run: known[key] for run, key in keys.items()},
        accepted=planner.accepted,
    )


def _after_failure(
    session: Verifier,
    planner: Planner,
    candidates: Sequence[Candidate],
    decisions: DecisionsByPath,
    evidence: Evidence,
    failed: Round,
) -> dict[Path, Decisions]:
    """Plan the guilty sites finer; where none is found, refuse all that the plans change."""
    failing = failed.failing
    reason = why(next(iter(failing.values())))
    shown = {run: evidence.raw_ops[run] for run in failing}
    guilty = failing_sites(session, planner, candidates, decisions, shown, failing)
    settled = dict(decisions)
    for candidate, spans in guilty:
        settled[candidate.path] = refined(
            planner, candidate, decisions[candidate.path], spans, reason
        )
    if guilty:
        return settled
    for candidate in failed.changing:
        own = decisions[candidate.path]
        settled[candidate.path] = _refusing_all(planner, candidate, own, reason)
    return settled


def _refusing_all(
    planner: Planner, candidate: Candidate, decisions: Decisions, reason: str
) -> Decisions:
    return decisions.refusing(
        {
            site.span: refusals.not_equal(reason)
            for site in planner.plan(candidate, decisions).sites
            if site.span not in decisions.refused
        }
    )


def _left(
    candidate: Candidate, planner: Planner, planned: FileResult, raw_ops: Sequence[RawOp]
) -> tuple[RawOp, ...]:
    """The raw ops that are neither rewritten nor operators that Keras 3 takes, nor skipped."""
    done = [site.span for site in planned.sites if site.status == "rewritable"]
    refused = [site.span for site in planned.sites if site.status == "refused"]
    operators = planner.operators(candidate)

    def is_kept(op: RawOp) -> bool:
        place = Span(op.line, op.column, op.end_line, op.end_column)
        return place in operators or any(is_at(span, op) for span in planned.kept)

    return tuple(
        op
        for op in dict.fromkeys(raw_ops)
        if not any(is_at(span, op) for span in done)
        and not is_skipped(candidate.text, Span(op.line, 0, op.end_line, 0))
        and (any(is_at(span, op) for span in refused) or not is_kept(op))
    )


def _of_run(verdict: Verdict, run: ModelRun, not_built: Sequence[str]) -> Verdict:
    models = tuple(replace(model, build=model.build or run.build) for model in verdict.models)
    return replace(verdict, models=models, assumptions=(*not_built, *verdict.assumptions))


def _final(
    candidate: Candidate,
    planner: Planner,
    planned: FileResult,
    verdict: Verdict | None,
    accepted: Set[Tier],
    raw_ops: Sequence[RawOp],
    failed_builds: tuple[str, ...],
    tried: tuple[str, ...],
) -> FileResult:
    """The planned result with its verdict; failed where nothing is left and nothing accepted."""
    result = replace(
        planned,
        verdict=verdict,
        left=_left(candidate, planner, planned, raw_ops),
        failed_builds=failed_builds,
        tried=tried if _has_not_shown(planned) else (),
    )
    is_unchanged = planned.rewritten == candidate.source
    if is_unchanged and verdict is not None and not is_accepted(verdict, accepted):
        return replace(result, status="failed")
    return result


def _has_not_shown(planned: FileResult) -> bool:
    """Whether sites are left that no run has shown."""
    code = refusals.not_exercised().code
    return any(
        is_open(site) or (site.refusal is not None and site.refusal.code == code)
        for site in planned.sites
    )
