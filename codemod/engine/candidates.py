"""A file on its way through verification, and the plan for it as things stand."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field, replace

from codemod.api import planned_result
from codemod.files.discovery import SourceFile
from codemod.results import FileResult, Settings
from codemod.verdict import RawOp, Verdict
from transforms.interpret.symbolic import Analysis
from transforms.plan.module_plan import Granularity, PlanSettings, plan_module
from transforms.sites import refusals
from transforms.syntax.records import Refusal, Span
from transforms.syntax.source_text import SourceText


@dataclass(kw_only=True)
class Candidate:
    """A file that may change, with what its runs have told so far."""

    file: SourceFile
    source: bytes
    text: SourceText
    finer: dict[Span, Granularity] = field(default_factory=dict)
    refused: dict[Span, Refusal] = field(default_factory=dict)
    confirmed: frozenset[Span] = frozenset()
    verdict: Verdict | None = None
    plans: dict[tuple[object, ...], FileResult] = field(default_factory=dict, repr=False)


def planned(
    analysis: Analysis, item: Candidate, settings: Settings, only: Set[Span] | None = None
) -> FileResult:
    """The plan for ``item``, of the sites at ``only`` if given; made once for each state."""
    state = (
        frozenset(item.finer.items()),
        frozenset(item.refused.items()),
        item.confirmed,
        None if only is None else frozenset(only),
    )
    if state not in item.plans:
        item.plans[state] = _plan(analysis, item, settings, only)
    return item.plans[state]


def _plan(
    analysis: Analysis, item: Candidate, settings: Settings, only: Set[Span] | None
) -> FileResult:
    plan_settings = PlanSettings(
        settings.target,
        settings.operators,
        settings.lines,
        finer=dict(item.finer),
        refused=dict(item.refused),
        confirmed=item.confirmed,
    )
    plan = plan_module(analysis, analysis.modules[item.file.path], item.text, plan_settings)
    if only is not None:
        others = {
            site.span: refusals.not_exercised() for site in plan.sites if site.span not in only
        }
        plan_settings = replace(plan_settings, refused={**item.refused, **others})
        plan = plan_module(analysis, analysis.modules[item.file.path], item.text, plan_settings)
    if not any(site.status == "rewritable" for site in plan.sites):
        plan = replace(plan, edits=())
    return planned_result(item.file, item.source, plan)


def is_at(span: Span, op: RawOp) -> bool:
    """Whether the raw op was applied inside ``span``."""
    if op.column < 0:
        return span.line <= op.line <= span.end_line
    inside = (span.line, span.column) <= (op.line, op.column) or op.line > span.line
    return inside and (op.end_line, op.end_column) <= (span.end_line, span.end_column)
