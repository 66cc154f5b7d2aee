"""Layers that differ in the arguments of their ops only: their one class is given these."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from transforms.generate.layer_source import LayerClass
from transforms.generate.op_arguments import OpArgument, items_of
from transforms.plan.new_layer import NewLayer
from transforms.plan.new_layers import Rewriter
from transforms.sites.units import Unit
from transforms.syntax.accesses import accessed_name, is_dotted_name, is_literal
from transforms.syntax.limits import MOST_INGREDIENTS

FALLBACK_ITEM = "size"


def arguments_to_give(rewriter: Rewriter, units: Iterable[Unit]) -> dict[ast.expr, str]:
    """The arguments of ops that become those of classes, each with its name there."""
    groups: dict[tuple[LayerClass, str], list[Sequence[OpArgument]]] = {}
    given: dict[ast.expr, str] = {}
    epsilons: dict[ast.expr, str] = {}
    for unit in units:
        layer = rewriter.result(unit)
        if isinstance(layer, NewLayer) and layer.class_name is not None:
            skeleton = rewriter.skeleton(unit)
            if skeleton is not None:
                groups.setdefault(skeleton, []).append(rewriter.op_arguments(unit))
                given.update({one.node: one.name for one in rewriter.shown_arguments(unit)})
                epsilon = rewriter.epsilon(unit)
                epsilons.update({epsilon: "epsilon"} if epsilon is not None else {})
    for members in groups.values():
        for position in _differing(members):
            whole = {argument.node: argument.name for argument in position}
            given.update(_differing_items(position) or whole)
    return {**given, **epsilons}


def _differing(members: Sequence[Sequence[OpArgument]]) -> list[tuple[OpArgument, ...]]:
    """The places at which the arguments of equal layers differ; none where these are too many."""
    positions = [
        position
        for position in zip(*members)
        if len({argument.said(argument.node) for argument in position}) > 1
    ]
    return positions if len(positions) <= MOST_INGREDIENTS else []


def _differing_items(position: Sequence[OpArgument]) -> dict[ast.expr, str]:
    """The items in which lists of one length differ, where that is one place and no literal."""
    displays = [items_of(argument.node) for argument in position]
    if len({len(items) for items in displays}) != 1:
        return {}
    columns = [
        column
        for column in zip(*displays)
        if len({argument.said(item) for argument, item in zip(position, column)}) > 1
    ]
    if len(columns) != 1 or any(is_literal(item) for item in columns[0]):
        return {}
    named = (accessed_name(item) for item in columns[0] if is_dotted_name(item))
    name = next((name for name in named if name), FALLBACK_ITEM)
    return dict.fromkeys(columns[0], name)
