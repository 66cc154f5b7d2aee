"""Which raw expressions of a module a plan is about, and which of them it shows."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from transforms.interpret.symbolic import Analysis
from transforms.knowledge import tf_catalog
from transforms.plan.settings import PlanSettings
from transforms.plan.skips import NO_USE, is_skipped
from transforms.sites.raw_expressions import RawExpression
from transforms.sites.refusals import composite
from transforms.syntax.codes import Codes
from transforms.syntax.records import Hazard, Span
from transforms.syntax.source_text import SourceText


def not_skipped(expressions: Sequence[RawExpression], text: SourceText) -> list[RawExpression]:
    """The expressions that no comment keeps as they are."""
    return [
        expression for expression in expressions if not is_skipped(text, text.span(expression.root))
    ]


def selected(
    expressions: Sequence[RawExpression], text: SourceText, settings: PlanSettings
) -> list[RawExpression]:
    """The expressions that were asked for, with the refusals that the settings bring."""
    return [
        _with_refusal(expression, text, settings)
        for expression in expressions
        if not settings.lines or _touches(text.span(expression.statement), settings.lines)
        if settings.codes.wants(expression.code)
        or (expression.refusal is not None and settings.codes.wants(expression.refusal.code))
    ]


def selected_hazards(
    hazards: Sequence[Hazard], text: SourceText, settings: PlanSettings
) -> tuple[Hazard, ...]:
    """The hazards that were asked for and that no comment accepts."""
    return tuple(
        hazard
        for hazard in hazards
        if is_selected(hazard.code, hazard.span, text, settings.lines, settings.codes)
    )


def is_selected(
    code: str, span: Span, text: SourceText, lines: Sequence[tuple[int, int]], codes: Codes
) -> bool:
    """Whether a finding was asked for, and no comment accepts it."""
    if code != NO_USE and is_skipped(text, span):
        return False
    return (not lines or _touches(span, lines)) and codes.wants(code)


def _touches(span: Span, lines: Sequence[tuple[int, int]]) -> bool:
    return any(first <= span.end_line and span.line <= last for first, last in lines)


def _with_refusal(
    expression: RawExpression, text: SourceText, settings: PlanSettings
) -> RawExpression:
    span = text.span(expression.root)
    refusal = expression.refusal
    if refusal is not None and refusal.lifted_by_run and span in settings.confirmed:
        refusal = None
    refusal = refusal or settings.refused.get(span)
    if refusal is None and not settings.verified:
        composites = [key for key in expression.keys if tf_catalog.keras2_op_count(key) > 1]
        if composites:
            refusal = composite(composites[0])
    refusal = refusal or settings.choices.refusal_at(span)
    return replace(expression, refusal=refusal)


def shown(
    analysis: Analysis, expressions: Sequence[RawExpression], settings: PlanSettings
) -> list[RawExpression]:
    """The expressions that become layers or are refused; operators alone stay as they are.

    They do not where the settings wrap them, or where they are products with a number whose
    result a new layer is given: Keras 3.15 takes the result of ``tensor * 2.0`` for a sparse
    tensor.
    """
    always = {expression for expression in expressions if _is_always_shown(expression, settings)}
    needed: set[ast.AST] = set()
    while True:
        shown_now = [
            expression
            for expression in expressions
            if expression in always or not needed.isdisjoint(expression.operands.ops)
        ]
        scalings = {
            scaling
            for expression in shown_now
            if expression.refusal is None
            for operand in expression.operands.symbolic
            for scaling in analysis.facts[operand].scalings
        }
        if scalings <= needed:
            return shown_now
        # A product that becomes a layer may itself be given the result of another one.
        needed |= scalings


def _is_always_shown(expression: RawExpression, settings: PlanSettings) -> bool:
    if settings.operators == "wrap" or expression.code != "KC102" or not expression.native:
        return True
    # What is not sure to be symbolic is seen in a run, and then goes into the layer of the loss.
    refusal = expression.refusal
    return refusal is not None and refusal.lifted_by_run and _is_added(expression)


def _is_added(expression: RawExpression) -> bool:
    """Whether it is the loss or metric that a model is given."""
    match expression.statement:
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(attr="add_loss" | "add_metric"), args=[value, *_])
        ):
            return value is expression.root
    return False
