"""A file that may change, and the plan for it as verification has decided so far."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from pathlib import Path

from codemod.engine.planned import planned_result, to_be_verified
from codemod.engine.resources import time_limit
from codemod.engine.verdict_rules import accepted_tiers
from codemod.files.discovery import SourceFile
from codemod.results import FileResult
from codemod.settings import Settings
from codemod.verdict import RawOp, Tier
from transforms.interpret.symbolic import Analysis
from transforms.knowledge.keras_names import is_input_preprocessing
from transforms.plan.fitting import fitting_plan
from transforms.plan.module_plan import GRANULARITIES, Granularity
from transforms.sites import refusals
from transforms.sites.observed import ObservedOp, with_inexact, with_observed
from transforms.syntax.records import Refusal, Site, Span
from transforms.syntax.source_text import SourceText

NAME_OF_OP = re.compile(r"(val_)?tf(\.\w+)+")
OPERATORS = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript, ast.AugAssign)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A file that may change."""

    file: SourceFile
    source: bytes
    text: SourceText

    @property
    def path(self) -> Path:
        """The absolute path of the file."""
        return self.file.path


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """What verification has decided of the sites of one file.

    Sites that are ``finer`` are not planned as coarsely as the others; ``refused`` are left alone;
    ``confirmed`` are symbolic for sure, since a run showed their raw ops. ``taken`` are names of
    layers in other files, which may meet those of this one in a model, and those in ``fixed`` are
    literals there. ``names`` are those that
    Keras 2 gave to raw ops, where code uses them.
    """

    finer: Mapping[Span, Granularity] = field(default_factory=dict)
    refused: Mapping[Span, Refusal] = field(default_factory=dict)
    confirmed: frozenset[Span] = frozenset()
    taken: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    names: Mapping[Span, str] = field(default_factory=dict)

    def planning_finer(self, spans: Iterable[Span], granularity: Granularity) -> Decisions:
        """These decisions with ``spans`` planned at least as finely as ``granularity``."""
        return replace(self, finer={**self.finer, **dict.fromkeys(spans, granularity)})

    def refusing(self, refusals_by_span: Mapping[Span, Refusal]) -> Decisions:
        """These decisions with more sites refused."""
        return replace(self, refused={**self.refused, **refusals_by_span})


class Planner:
    """Plans candidates; the plan for the same decisions is made once."""

    def __init__(self, analysis: Analysis, settings: Settings) -> None:
        self._analysis = analysis
        self._settings = settings
        self._plans: dict[object, FileResult] = {}

    def observing(
        self, candidates: Iterable[Candidate], raw_ops: Mapping[Path, Iterable[RawOp]]
    ) -> Planner:
        """A planner that knows the raw ops of a run too."""
        observed = {
            path: [
                ObservedOp(
                    span=Span(op.line, op.column, op.end_line, op.end_column),
                    name=op.op,
                    tensors=op.tensors,
                    lists=op.lists,
                )
                for op in ops
            ]
            for path, ops in raw_ops.items()
        }
        texts = {candidate.path: candidate.text for candidate in candidates}
        analysis = with_observed(self._analysis, observed, texts)
        return self if analysis is self._analysis else Planner(analysis, self._settings)

    def without_inexact(self, candidates: Iterable[Candidate], raw_ops: Iterable[RawOp]) -> Planner:
        """A planner that makes layers of the operators which Keras 3 means otherwise.

        It is this one where there are none beside those that it knows.
        """
        texts = {candidate.path: candidate.text for candidate in candidates}
        inexact: dict[Path, set[Span]] = {path: set() for path in texts}
        for op in raw_ops:
            if op.inexact and op.path in inexact:
                place = Span(op.line, op.column, op.end_line, op.end_column)
                inexact[op.path].add(place)
        analysis = with_inexact(self._analysis, inexact, texts)
        return self if analysis is self._analysis else Planner(analysis, self._settings)

    @property
    def accepted(self) -> frozenset[Tier]:
        """The tiers with which a plan is written."""
        return accepted_tiers(self._settings.accept)

    @property
    def run_seconds(self) -> float:
        """Seconds that one run may take."""
        return time_limit(self._settings)

    def why_not_shown(self, site: Site, not_run: int = 0) -> Refusal:
        """Why ``site``, whose raw ops no run shows, is left: Keras 3 makes none of its own ones.

        There was no time for ``not_run`` files.
        """
        if self._settings.generations == "keras3" and all(map(is_input_preprocessing, site.ops)):
            return refusals.applied_by_keras_3()
        return refusals.not_reached(not_run) if not_run else refusals.not_exercised()

    def names_in_use(self, raw_ops: Iterable[RawOp]) -> dict[Span, str]:
        """The names that Keras 2 gave to raw ops and that code uses, alone or in longer ones."""
        found: dict[Span, str] = {}
        for op in raw_ops:
            name = op.layer
            if op.column >= 0 and any(
                text == name or text.startswith(name + "_") for text in self._texts_of_names
            ):
                found[Span(op.line, op.column, op.end_line, op.end_column)] = name
        return found

    @functools.cached_property
    def _texts_of_names(self) -> frozenset[str]:
        """The string constants of all modules that look like such names, or like losses of them."""
        return frozenset(
            node.value.removeprefix("val_")
            for module in self._analysis.modules.values()
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and NAME_OF_OP.fullmatch(node.value)
        )

    def operators(self, candidate: Candidate) -> frozenset[Span]:
        """Where ``candidate`` has operators and slices, none if they are to be wrapped."""
        if self._settings.operators == "wrap":
            return frozenset()
        return frozenset(
            candidate.text.span(node)
            for node in ast.walk(self._analysis.modules[candidate.path].tree)
            if isinstance(node, OPERATORS)
        )

    def plan(
        self, candidate: Candidate, decisions: Decisions, only: Set[Span] | None = None
    ) -> FileResult:
        """The result for ``candidate``, not verified; with ``only`` the other sites are left."""
        key = (
            candidate.path,
            frozenset(decisions.finer.items()),
            frozenset(decisions.refused.items()),
            decisions.confirmed,
            decisions.taken,
            decisions.fixed,
            frozenset(decisions.names.items()),
            None if only is None else frozenset(only),
        )
        if key not in self._plans:
            self._plans[key] = self._planned(candidate, decisions, only)
        return self._plans[key]

    def _planned(
        self, candidate: Candidate, decisions: Decisions, only: Set[Span] | None
    ) -> FileResult:
        module = self._analysis.modules[candidate.path]
        plan_settings = replace(
            to_be_verified(self._settings, candidate.path),
            finer=dict(decisions.finer),
            refused=dict(decisions.refused),
            confirmed=decisions.confirmed,
            taken=decisions.taken,
            fixed=decisions.fixed,
            names=decisions.names,
        )
        source, text = candidate.source, candidate.text
        rewriting = fitting_plan(self._analysis, module, source, text, plan_settings)
        if only is not None:
            others = {
                site.span: refusals.not_exercised()
                for site in rewriting.plan.sites
                if site.span not in only
            }
            plan_settings = replace(plan_settings, refused={**decisions.refused, **others})
            rewriting = fitting_plan(self._analysis, module, source, text, plan_settings)
        return planned_result(candidate.file, source, rewriting)


def with_names_apart(
    planner: Planner, candidates: Iterable[Candidate], decisions: Mapping[Path, Decisions]
) -> dict[Path, Decisions]:
    """``decisions`` by which no two files give their layers the same name."""
    names: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    apart: dict[Path, Decisions] = {}
    for candidate in candidates:
        own = replace(decisions[candidate.path], taken=names, fixed=fixed)
        apart[candidate.path] = own
        sites = planner.plan(candidate, own).sites
        names |= layer_names(sites)
        fixed |= layer_names(site for site in sites if site.is_named)
    return apart


def layer_names(sites: Iterable[Site]) -> frozenset[str]:
    """The names of the layers that ``sites`` become."""
    return frozenset(site.layer_name for site in sites if site.layer_name is not None)


def refined(
    planner: Planner, candidate: Candidate, decisions: Decisions, spans: Iterable[Span], reason: str
) -> Decisions:
    """Decisions that plan ``spans`` finer, until the rewrite changes; else refuse them."""
    spans = tuple(spans)
    before = planner.plan(candidate, decisions).rewritten
    for granularity in GRANULARITIES[1:]:
        coarser = [span for span in spans if _is_coarser(decisions, span, granularity)]
        decisions = decisions.planning_finer(coarser, granularity)
        if planner.plan(candidate, decisions).rewritten != before:
            return decisions
    return decisions.refusing(dict.fromkeys(spans, refusals.not_equal(reason)))


def _is_coarser(decisions: Decisions, span: Span, granularity: Granularity) -> bool:
    present = decisions.finer.get(span, GRANULARITIES[0])
    return GRANULARITIES.index(present) < GRANULARITIES.index(granularity)


def is_open(site: Site) -> bool:
    """Whether the site is refused until a run shows that it makes a raw op."""
    return site.refusal is not None and site.refusal.lifted_by_run


def is_uncertain(site: Site) -> bool:
    """Whether the analysis alone cannot tell if the site holds a raw op."""
    return site.refusal is not None and site.refusal.code == refusals.UNCERTAIN


def is_at(span: Span, op: RawOp) -> bool:
    """Whether the raw op was applied inside ``span``."""
    if op.column < 0:
        return span.line <= op.line <= span.end_line
    inside = (span.line, span.column) <= (op.line, op.column) or op.line > span.line
    return inside and (op.end_line, op.end_column) <= (span.end_line, span.end_column)
