"""Hazards that are gone with what stands in new layers."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from transforms.plan.division import Units
from transforms.plan.new_layer import NewLayer
from transforms.port.breaks import MEMBER
from transforms.sites.added_losses import AddedLosses
from transforms.sites.hazards import DROPPED_BATCH
from transforms.sites.raw_expressions import RawExpression
from transforms.sites.runs import Run
from transforms.syntax.records import Hazard, Refusal, Span
from transforms.syntax.source_text import SourceText


def is_mended(
    hazard: Hazard,
    units: Units,
    of_site: Mapping[RawExpression, NewLayer | Refusal],
    text: SourceText,
) -> bool:
    """Whether it is about a loss or metric of a model that a layer adds now.

    Or about what a symbolic tensor has not: a layer is given one of TensorFlow, which has it.
    """
    for run in units.runs:
        layer = of_site.get(run.expressions[0])
        if not isinstance(run, AddedLosses) or not isinstance(layer, NewLayer):
            continue
        nodes = [added.node for added in run.additions]
        if hazard.code == DROPPED_BATCH:
            nodes = [statement.node for statement in run.statements]
        elif hazard.code != MEMBER:
            break
        if any(text.span(node).holds(hazard.span) for node in nodes):
            return True
    moved: list[Run | RawExpression] = [*units.runs, *units.pieces]
    return hazard.code == MEMBER and any(
        _goes_into_layer(hazard.span, unit, of_site, text) for unit in moved
    )


def _goes_into_layer(
    span: Span,
    unit: Run | RawExpression,
    of_site: Mapping[RawExpression, NewLayer | Refusal],
    text: SourceText,
) -> bool:
    """Whether what stands at ``span`` is moved into the layer for ``unit``, not given to it."""
    layer = of_site.get(unit.expressions[0])
    if not isinstance(layer, NewLayer) or layer.target == "ops":
        return False
    inside: list[ast.AST] = [one.node for one in unit.statements]
    inside = inside or [one.root for one in unit.expressions]
    is_inside = any(text.span(node).holds(span) for node in inside)
    return is_inside and text.slice(span) not in layer.call
