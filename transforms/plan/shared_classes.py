"""Layers that differ in the arguments of their ops only: their one class is given these."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from transforms.generate.layer_source import LayerClass
from transforms.generate.op_arguments import OpArgument
from transforms.plan.new_layer import NewLayer
from transforms.plan.new_layers import Rewriter
from transforms.sites.units import Unit
from transforms.syntax.limits import MOST_INGREDIENTS


def arguments_to_give(rewriter: Rewriter, units: Iterable[Unit]) -> dict[ast.expr, str]:
    """The arguments of ops that become those of classes, each with its name there."""
    groups: dict[tuple[LayerClass, str], list[Sequence[OpArgument]]] = {}
    for unit in units:
        layer = rewriter.result(unit)
        if isinstance(layer, NewLayer) and layer.class_name is not None:
            skeleton = rewriter.skeleton(unit)
            if skeleton is not None:
                groups.setdefault(skeleton, []).append(rewriter.op_arguments(unit))
    return {
        argument.node: argument.name
        for members in groups.values()
        for position in _differing(members)
        for argument in position
    }


def _differing(members: Sequence[Sequence[OpArgument]]) -> list[tuple[OpArgument, ...]]:
    """The places at which the arguments of equal layers differ; none where these are too many."""
    positions = [
        position
        for position in zip(*members)
        if len({ast.dump(argument.node) for argument in position}) > 1
    ]
    return positions if len(positions) <= MOST_INGREDIENTS else []
