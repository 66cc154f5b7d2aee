"""What the originals show when they run: which raw ops are where, and what does not run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path

from codemod.engine.candidates import Candidate, Decisions, Planner, is_at, is_open, is_uncertain
from codemod.engine.idle_modules import only_defines
from codemod.engine.model_runs import ModelRun
from codemod.engine.patience import Patience
from codemod.limits import RUN_PART, TRIED_PART
from codemod.verdict import RawOp, Verdict
from codemod.verify.leading import leads_to
from codemod.verify.records import Probe, VerifyRequest, WantedPlace
from codemod.verify.verdicts import DOES_NOT_RUN, NOTHING_BUILT, STAND_IN
from codemod.verify.verifier import Verifier
from transforms.sites.dead import DELETED
from transforms.syntax.records import Span

Place = tuple[Path, Span]
"""A site: its file, and where it stands there."""
NO_MODEL = "it gives no functional model"
NOTHING = "no model was built: "


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The probes of the originals, and the raw ops of the candidates that each run shows.

    ``tried`` are the made-up calls of each file that showed nothing, with the reasons. Where the
    search took too long, ``not_run`` are the files in which there was no time to look. Where
    raw ops turn out to stand in ``inner``, other files, it has ended there.
    """

    probes: Mapping[ModelRun, Probe]
    raw_ops: Mapping[ModelRun, tuple[RawOp, ...]]
    tried: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)
    not_run: tuple[Path, ...] = ()
    inner: tuple[Path, ...] = ()

    def raw_ops_of(self, path: Path) -> tuple[RawOp, ...]:
        """The raw ops of one file that any run shows."""
        return tuple(op for ops in self.raw_ops.values() for op in ops if op.path == path)

    def runs_with(self, path: Path) -> tuple[ModelRun, ...]:
        """The runs that show raw ops of one file."""
        return tuple(run for run, ops in self.raw_ops.items() if any(op.path == path for op in ops))

    def tried_for(self, path: Path) -> tuple[str, ...]:
        """The calls that showed nothing of a file: its own, else those of files that lead there."""
        others = (text for texts in self.tried.values() for text in texts)
        return self.tried.get(path) or tuple(others)

    def builds_without_models(self) -> tuple[str, ...]:
        """A line for each ``--build`` call that made no model."""
        return tuple(f"not built: {text}" for text in self.failed_builds())

    def failed_builds(self, entry: Path | None = None) -> tuple[str, ...]:
        """Why each ``--build`` call, if given that in ``entry``, made no model."""
        return tuple(
            _why_no_model(run.build, probe)
            for run, probe in self.probes.items()
            if run.build is not None and not probe.models and entry in (None, run.entry)
        )


def _why_no_model(build: str, probe: Probe) -> str:
    """A call with the reason why it made no model; a failure of its own begins with the call."""
    text = (probe.failure or NO_MODEL).removeprefix(NOTHING)
    return text if text.startswith((f"{build}: ", f"{build} (")) else f"{build}: {text}"


def gather_evidence(
    session: Verifier,
    planner: Planner,
    candidates: Sequence[Candidate],
    runs: Sequence[ModelRun],
    tell: Callable[[str], None],
    seconds: float = math.inf,
    others: Set[Path] = frozenset(),
) -> Evidence:
    """Run the originals: all ``--build`` calls, and files until every site was seen to run.

    Where files show nothing new for long, by the ``seconds`` that one run may take, the others are
    not run. It ends where raw ops stand in files of ``others``.
    """
    originals = {candidate.path: candidate.source for candidate in candidates}
    dead = _dead_expressions(planner, candidates)
    runs = [replace(run, dead=dead) for run in runs]
    requests = {run: run.request(originals, originals) for run in runs}
    calls = {run: request for run, request in requests.items() if run.build is not None}
    files = {run: request for run, request in requests.items() if run.build is None}
    if calls:
        tell(f"running {', '.join(dict.fromkeys(run.build or '' for run in calls))}")
    shown = dict(zip(calls, session.map(session.probe, calls.values())))
    unseen = _sites_to_see(planner, candidates)
    not_run: set[Path] = set()
    probes = _until_all_sites_ran(
        session, files, unseen, tell, Patience(RUN_PART * seconds), not_run, others
    )
    inner = [
        path for probe in (*shown.values(), *probes.values()) for path in _inner(probe, others)
    ]
    if inner:
        return Evidence(probes={}, raw_ops={}, inner=tuple(dict.fromkeys(inner)))
    unseen -= {
        site for probe in (*shown.values(), *probes.values()) for site in _seen(unseen, probe)
    }
    probes, tried = _with_made_up_calls(
        session,
        [*files] if unseen else [],
        probes,
        originals,
        unseen,
        _sites_to_see(planner, candidates, certainly=True),
        tell,
        Patience(TRIED_PART * seconds),
        not_run,
        others,
    )
    inner = [path for probe in probes.values() for path in _inner(probe, others)]
    if inner:
        return Evidence(probes={}, raw_ops={}, inner=tuple(dict.fromkeys(inner)))
    probes = {**shown, **probes}
    raw_ops = {
        run: tuple(op for op in _shown(probe) if op.path in originals)
        for run, probe in probes.items()
    }
    return Evidence(probes=probes, raw_ops=raw_ops, tried=tried, not_run=tuple(sorted(not_run)))


def _sites_to_see(
    planner: Planner, candidates: Sequence[Candidate], certainly: bool = False
) -> set[Place]:
    return {
        (candidate.path, site.span)
        for candidate in candidates
        for site in planner.plan(candidate, Decisions()).sites
        if (site.status == "rewritable" and site.note != DELETED)
        or (is_open(site) and not (certainly and is_uncertain(site)))
    }


def _dead_expressions(planner: Planner, candidates: Sequence[Candidate]) -> frozenset[WantedPlace]:
    """What nothing reads, and so is deleted: it needs no model."""
    return frozenset(
        (candidate.path, span.line, span.end_line, False, span.column, span.end_column)
        for candidate in candidates
        for site in planner.plan(candidate, Decisions()).sites
        if site.note == DELETED
        for span in [site.span]
    )


def _until_all_sites_ran(
    session: Verifier,
    requests: Mapping[ModelRun, VerifyRequest],
    unseen: set[Place],
    tell: Callable[[str], None],
    patience: Patience,
    not_run: set[Path],
    others: Set[Path],
) -> dict[ModelRun, Probe]:
    """The probes of files that do anything when they are run, until all is seen."""
    probes: dict[ModelRun, Probe] = {}
    for run, request in requests.items():
        if not unseen:
            break
        if not run.variants.calls and only_defines(run.entry, _content(run.entry, request)):
            continue
        if patience.is_over:
            not_run.add(run.entry)
            continue
        tell(f"running {run.entry.name}")
        probe = probes[run] = session.probe(request)
        seen = _seen(unseen, probe)
        if seen:
            patience.begin()
        unseen = unseen - seen
        if _inner(probe, others):
            break
    return probes


def _inner(probe: Probe, others: Set[Path]) -> list[Path]:
    """The files of ``others`` that apply raw ops of the models of a run."""
    return [path for path in probe.inner if path in others] if probe.models else []


def _content(entry: Path, request: VerifyRequest) -> bytes:
    if entry in request.originals:
        return request.originals[entry]
    try:
        return entry.read_bytes()
    except OSError:
        return b""


def _with_made_up_calls(
    session: Verifier,
    runs: Sequence[ModelRun],
    probes: Mapping[ModelRun, Probe],
    originals: Mapping[Path, bytes],
    unseen: set[Place],
    certain: Set[Place],
    tell: Callable[[str], None],
    patience: Patience,
    not_run: set[Path],
    others: Set[Path],
) -> tuple[dict[ModelRun, Probe], dict[Path, tuple[str, ...]]]:
    """The probes, those anew in which calls show more of what is ``unseen``.

    And for each file the calls in it that show nothing.
    """
    found, tried = dict(probes), {}
    for run in runs:
        if not unseen:
            break
        wanted = frozenset(
            (
                *(path, span.line, span.end_line, (path, span) in certain),
                *(span.column, span.end_column),
            )
            for path, span in unseen
        )
        if not leads_to(run.entry, originals, wanted):
            continue
        if patience.is_over:
            not_run.add(run.entry)
            continue
        calling = replace(run, wanted=wanted)
        tell(f"making up calls in {run.entry.name}")
        probe = session.probe(calling.request(originals, originals))
        seen = _seen(unseen, probe)
        # A model that does not run shows nothing, whatever made it.
        idle = () if seen else (text for text in probe.assumptions if text.startswith(DOES_NOT_RUN))
        tried[run.entry] = (*probe.tried, *idle)
        if seen:
            patience.begin()
            found.pop(run, None)
            found[calling] = probe
            unseen = unseen - seen
            if _inner(probe, others):
                break
        else:
            # What it shows is known from other runs; it tells why there is no more.
            found.setdefault(run, replace(probe, raw_ops=()))
    return found, tried


def _seen(places: set[Place], probe: Probe) -> set[Place]:
    return {
        (path, span)
        for path, span in places
        if any(op.path == path and is_at(span, op) for op in _shown(probe))
    }


def _shown(probe: Probe) -> tuple[RawOp, ...]:
    """The raw ops of the models of a run: of others there is no proof."""
    return tuple(op for op in probe.raw_ops if not op.is_loose) if probe.models else ()


def first_decisions(planner: Planner, candidate: Candidate, evidence: Evidence) -> Decisions:
    """Confirm the refused sites whose raw ops a run showed; refuse those that no run showed.

    Names of raw ops that code uses are kept. What only models of blocks have shown becomes a layer
    for each op: the weights beside a block in whole models are not seen.
    """
    raw_ops = evidence.raw_ops_of(candidate.path)

    # What nothing reads is in no model.
    loose = [op for probe in evidence.probes.values() if probe.models for op in probe.raw_ops]
    beside = [op for op in loose if op.path == candidate.path]

    def is_shown(span: Span, note: str | None = None) -> bool:
        return any(is_at(span, op) for op in (beside if note == DELETED else raw_ops))

    confirmed = frozenset(
        site.span
        for site in planner.plan(candidate, Decisions()).sites
        if site.status == "refused" and is_shown(site.span)
    )
    decisions = Decisions(confirmed=confirmed, names=planner.names_in_use(raw_ops))
    not_shown = {
        site.span: planner.why_not_shown(site, len(evidence.not_run))
        for site in planner.plan(candidate, decisions).sites
        if site.status == "rewritable" and not is_shown(site.span, site.note)
    }
    in_blocks = [
        site.span
        for site in planner.plan(candidate, decisions).sites
        if {op.in_block for op in raw_ops if is_at(site.span, op)} == {True}
    ]
    return decisions.refusing(not_shown).planning_finer(in_blocks, "op")


def why_not_shown(evidence: Evidence, path: Path) -> Verdict | None:
    """Why nothing is known of the file at ``path``, which no run shows.

    None where runs do without its code. A ``--build`` call that fails might have shown it; what the
    file itself says comes before what others say that were run.
    """
    failed = [
        (run, probe)
        for run, probe in evidence.probes.items()
        if run.build is not None and not probe.models
    ]
    if not failed and any(probe.models for probe in evidence.probes.values()):
        return None
    ran = failed or list(evidence.probes.items())
    probes = [probe for _, probe in sorted(ran, key=lambda item: item[0].entry != path)]
    assumptions = tuple(dict.fromkeys(text for probe in probes for text in probe.assumptions))
    failures = [probe.failure for probe in probes if probe.failure]
    # A stand-in alone is seldom why; the calls that were tried are told beside.
    telling = [text for text in failures if not text.endswith(STAND_IN)]
    failure = next(iter(telling), NOTHING_BUILT if evidence.tried_for(path) else None)
    failure = failure or next(iter(failures), NOTHING_BUILT)
    return Verdict(verdict="unverified", reason=failure, assumptions=assumptions)
