"""The plan for one module: which raw expressions become which layers, and the edits for it."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from transforms.generate.module_names import vocabulary_of
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.knowledge import tf_catalog
from transforms.plan.module_edits import UnitResult
from transforms.plan.units import Rewriter
from transforms.sites.hazards import cut_short, find_hazards
from transforms.sites.refusals import UNCERTAIN
from transforms.sites.refusals import composite as composite_op
from transforms.sites.runs import Run, find_runs
from transforms.sites.sites import (
    RawExpression,
    find_raw_expressions,
    single_ops,
)
from transforms.syntax.liveness import live_after
from transforms.syntax.places import statements_of
from transforms.syntax.records import Edit, Hazard, Operators, Refusal, Site, Span, Target
from transforms.syntax.source_text import SourceText

SKIP = re.compile(r"#\s*keras-codemod:\s*skip(?!-)\b")
SKIP_FILE = re.compile(r"#\s*keras-codemod:\s*skip-file\b")
Granularity = Literal["run", "expression", "op"]
GRANULARITIES: tuple[Granularity, ...] = ("run", "expression", "op")


@dataclass(frozen=True)
class PlanSettings:
    """What to plan; ``refused`` are sites that verification did not accept, with the reason.

    ``confirmed`` are sites that the analysis is not sure of and that made raw ops in a run.
    ``granularity`` holds for the sites that ``finer`` does not name.
    ``verified`` says that the plan will be verified; otherwise it must be one that cannot move
    weights, whatever the model.
    """

    target: Target = "layer"
    operators: Operators = "keep"
    lines: tuple[tuple[int, int], ...] = ()
    granularity: Granularity = "run"
    finer: Mapping[Span, Granularity] = field(default_factory=dict)
    verified: bool = True
    refused: Mapping[Span, Refusal] = field(default_factory=dict)
    confirmed: frozenset[Span] = frozenset()


@dataclass(frozen=True)
class Plan:
    """The edits, and what becomes of each raw expression."""

    edits: tuple[Edit, ...]
    sites: tuple[Site, ...]
    hazards: tuple[Hazard, ...]


def plan_module(
    analysis: Analysis, module: Module, text: SourceText, settings: PlanSettings
) -> Plan:
    """Plan the rewrite of ``module``; nothing is planned where it nests too deeply for Python."""
    try:
        return _plan_module(analysis, module, text, settings)
    except RecursionError:
        return Plan((), (), (cut_short(),))


def _plan_module(
    analysis: Analysis, module: Module, text: SourceText, settings: PlanSettings
) -> Plan:
    if any(SKIP_FILE.search(line) for line in text.lines):
        return Plan((), (), ())
    found = find_raw_expressions(analysis, module, text)
    found = [item for item in found if not _is_skipped(item, text)]
    hazards = find_hazards(analysis, module, text, found)
    selected = [
        _with_refusal(item, text, settings) for item in found if _is_selected(item, text, settings)
    ]
    needed = _needed_scalings(analysis, selected, settings)
    shown = [
        item
        for item in selected
        if _is_shown(item, settings) or not needed.isdisjoint(item.operands.ops)
    ]
    results = _rewrite(analysis, module, text, settings, selected, shown)
    sites = tuple(_site(item, text, results.get(item)) for item in shown)
    edits = tuple(edit for result in _distinct(results) for edit in result.edits)
    hazards = [item for item in hazards if not _skipped_lines(text, item.span)]
    if settings.lines:
        hazards = [item for item in hazards if _in_lines(item.span, settings.lines)]
    return Plan(edits, sites, tuple(hazards))


def _distinct(results: Mapping[RawExpression, UnitResult]) -> list[UnitResult]:
    return list({id(result): result for result in results.values()}.values())


def _rewrite(
    analysis: Analysis,
    module: Module,
    text: SourceText,
    settings: PlanSettings,
    selected: list[RawExpression],
    shown: list[RawExpression],
) -> dict[RawExpression, UnitResult]:
    if not selected:
        return {}
    units: list[RawExpression | Run] = []
    collapsible = [item for item in selected if _granularity(item, text, settings) == "run"]
    if collapsible and settings.target == "layer":
        units += find_runs(collapsible, _liveness(module.tree), settings.operators == "keep")
    covered = {item for unit in units if isinstance(unit, Run) for item in unit.expressions}
    remaining = [item for item in shown if item.refusal is None and item not in covered]
    inside = _values_inside(remaining, text, settings)
    parts: dict[RawExpression, list[RawExpression]] = {}
    for item in remaining:
        if inside.get(item) is not None:
            continue
        parts[item] = [item]
        if _granularity(item, text, settings) == "op":
            parts[item] = single_ops(analysis, item, settings.operators == "keep")
        units += parts[item]
    if not units:
        return {}
    rewriter = Rewriter(
        analysis,
        module,
        text,
        vocabulary_of(module, text),
        analysis.places,
        settings.target,
        {part.root: part for part in units if isinstance(part, RawExpression)},
    )
    rewriter.reserve_automatic_names(units)
    results: dict[RawExpression, UnitResult] = {}
    done: dict[RawExpression | Run, UnitResult] = {}
    for unit in sorted(units, key=lambda unit: _position(unit, text)):
        result = rewriter.result(unit)
        done[unit] = result
        if isinstance(unit, Run):
            results.update(dict.fromkeys(unit.expressions, result))
    for item, pieces in parts.items():
        results[item] = _combined([done[piece] for piece in pieces])
    results.update({value: results[outer] for value, outer in inside.items()})
    return rewriter.finished(results)


def _granularity(item: RawExpression, text: SourceText, settings: PlanSettings) -> Granularity:
    return settings.finer.get(text.span(item.root), settings.granularity)


def _values_inside(
    items: list[RawExpression], text: SourceText, settings: PlanSettings
) -> dict[RawExpression, RawExpression]:
    """The values that are rewritten with the augmented assignment or unpacking that takes them."""
    outer: dict[ast.AST, RawExpression] = {}
    for item in items:
        if isinstance(item.root, ast.AugAssign):
            outer[item.root.value] = item
        elif item.unpacks is not None and _granularity(item, text, settings) != "op":
            outer[item.unpacks] = item
    return {item: outer[item.root] for item in items if item.root in outer}


def _combined(results: list[UnitResult]) -> UnitResult:
    refused = next((result for result in results if result.refusal is not None), None)
    if refused is not None:
        return refused
    if len(results) == 1:
        return results[0]
    edits = tuple(edit for result in results for edit in result.edits)
    return replace(results[-1], edits=edits, pieces=tuple(results))


def _position(unit: RawExpression | Run, text: SourceText) -> Span:
    node = unit.root if isinstance(unit, RawExpression) else unit.statements[0].node
    return text.span(node)


def _liveness(tree: ast.Module) -> dict[ast.stmt, frozenset[str]]:
    live = live_after(tree.body)
    for statement, _ in statements_of(tree):
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            live |= live_after(statement.body)
    return live


def _is_selected(item: RawExpression, text: SourceText, settings: PlanSettings) -> bool:
    return not settings.lines or _in_lines(text.span(item.statement), settings.lines)


def _in_lines(span: Span, lines: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= span.end_line and span.line <= last for first, last in lines)


def _is_skipped(item: RawExpression, text: SourceText) -> bool:
    return _skipped_lines(text, text.span(item.root))


def _skipped_lines(text: SourceText, span: Span) -> bool:
    return any(SKIP.search(line) for line in text.lines[span.line - 1 : span.end_line])


def _is_shown(item: RawExpression, settings: PlanSettings) -> bool:
    return settings.operators == "wrap" or item.code != "KC102" or not item.native


def _needed_scalings(
    analysis: Analysis, selected: list[RawExpression], settings: PlanSettings
) -> set[ast.AST]:
    """The products with a number whose results new layers are given.

    Keras 3.15 takes the result of ``tensor * 2.0`` for a sparse tensor.
    """
    needed: set[ast.AST] = set()
    while True:
        found = {
            scaling
            for item in selected
            if item.refusal is None
            and (_is_shown(item, settings) or not needed.isdisjoint(item.operands.ops))
            for operand in item.operands.symbolic
            for scaling in analysis.facts[operand].scalings
        }
        if found <= needed:
            return needed
        needed |= found


def _with_refusal(item: RawExpression, text: SourceText, settings: PlanSettings) -> RawExpression:
    span = text.span(item.root)
    refusal = item.refusal
    if refusal is not None and refusal.code == UNCERTAIN and span in settings.confirmed:
        refusal = None
    refusal = refusal or settings.refused.get(span)
    if refusal is None and not settings.verified:
        composites = [key for key in item.keys if tf_catalog.keras2_op_count(key) > 1]
        if composites:
            refusal = composite_op(composites[0])
    return replace(item, refusal=refusal)


def _site(item: RawExpression, text: SourceText, result: UnitResult | None) -> Site:
    refusal = item.refusal if result is None else result.refusal
    if refusal is None and result is None:
        refusal = Refusal("KC308", "this assignment cannot be moved into a layer alone")
    site = Site(
        item.code,
        text.span(item.root),
        item.keys,
        item.place.builder,
        "rewritable" if refusal is None else "refused",
        refusal,
    )
    if result is None or refusal is not None:
        return site
    return replace(
        site,
        target=result.target,
        layer_name=result.layer_name,
        class_name=result.class_name,
    )
