"""Finding the sites whose rewrite makes a verification fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from codemod.engine.candidates import Candidate, Decisions, Planner, is_at
from codemod.engine.model_runs import ModelRun
from codemod.engine.verdict_rules import is_accepted, moves_weights
from codemod.limits import TRIALS
from codemod.verdict import RawOp, Verdict
from codemod.verify.verifier import Verifier
from transforms.syntax.records import Site, Span

Layer = tuple[Site, ...]
"""The sites that the plan makes one layer of."""


def failing_sites(
    session: Verifier,
    planner: Planner,
    candidates: Sequence[Candidate],
    decisions: Mapping[Path, Decisions],
    failing: Mapping[ModelRun, Sequence[RawOp]],
    verdicts: Mapping[ModelRun, Verdict],
) -> list[tuple[Candidate, list[Span]]]:
    """The sites that fail when they alone are rewritten; all where none does.

    ``failing`` has the raw ops that each failing run shows, ``verdicts`` how it fails. Where that
    is the order of the weights, models only have to be built to tell.
    """
    originals = {candidate.path: candidate.source for candidate in candidates}

    def fails(candidate: Candidate, layers: Sequence[Layer]) -> bool:
        spans = frozenset(site.span for layer in layers for site in layer)
        own = decisions[candidate.path]
        alone = planner.plan(candidate, own, only=spans).rewritten
        rewrites = {**originals, candidate.path: alone}
        touching = [run for run, ops in failing.items() if any(_is_in(candidate, op) for op in ops)]
        return not all(passes(run, rewrites) for run in touching)

    def passes(run: ModelRun, rewrites: Mapping[Path, bytes]) -> bool:
        request = run.request(originals, rewrites)
        if moves_weights(verdicts[run]):
            return session.keeps_weight_order(request)
        verdict = session.verify(request, keras3=False, depth="order first")
        return is_accepted(verdict, planner.accepted)

    shown = []
    for candidate in candidates:
        sites = planner.plan(candidate, decisions[candidate.path]).sites
        layers = _shown_layers(candidate, sites, failing)
        if layers:
            shown.append((candidate, layers))
    if all(moves_weights(verdicts[run]) for run in failing):
        shown = _of_several_ops(shown) or shown
    suspects = shown if len(shown) == 1 else [pair for pair in shown if fails(*pair)]
    guilty = [
        (candidate, _narrowed(layers, partial(fails, candidate))) for candidate, layers in suspects
    ]
    return [
        (candidate, [site.span for layer in layers for site in layer])
        for candidate, layers in guilty or shown
    ]


def _is_in(candidate: Candidate, op: RawOp) -> bool:
    return op.path == candidate.path


def _shown_layers(
    candidate: Candidate, sites: Sequence[Site], failing: Mapping[ModelRun, Sequence[RawOp]]
) -> list[Layer]:
    """The sites that the plan rewrites and that a failing run shows, layer by layer."""
    ops = [op for ops in failing.values() for op in ops if _is_in(candidate, op)]
    rewritten = [
        site
        for site in sites
        if site.status == "rewritable" and any(is_at(site.span, op) for op in ops)
    ]
    return [tuple(layer) for _, layer in groupby(rewritten, _layer_of)]


def _layer_of(site: Site) -> object:
    """What sites of one layer have in common; calls of keras.ops stand alone."""
    alone = site.span if site.functions else None
    return site.layer, site.builder, site.class_name, site.layer_name, alone


def _of_several_ops(
    shown: Sequence[tuple[Candidate, list[Layer]]],
) -> list[tuple[Candidate, list[Layer]]]:
    """The layers that can move weights: one of a single op stands where its op stood."""
    several = [
        (candidate, [layer for layer in layers if sum(len(site.ops) for site in layer) > 1])
        for candidate, layers in shown
    ]
    return [(candidate, layers) for candidate, layers in several if layers]


def _narrowed(layers: list[Layer], fails: Callable[[Sequence[Layer]], bool]) -> list[Layer]:
    """The smallest parts of ``layers``, which fail together, that fail alone."""
    trials = 0

    def search(part: list[Layer]) -> list[Layer]:
        nonlocal trials
        if len(part) == 1 or trials >= TRIALS:
            return part
        middle = len(part) // 2
        found: list[Layer] = []
        for half in (part[:middle], part[middle:]):
            if trials >= TRIALS:
                # It has not been tried, so it may be guilty.
                found += half
                continue
            trials += 1
            if fails(half):
                found += search(half)
        return found or part

    return search(layers)
