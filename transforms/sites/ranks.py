"""The rank of a tensor, where all that it may come from surely has that one."""

from __future__ import annotations

import ast
import re
from functools import partial

from transforms.knowledge.keras_names import INPUT_FUNCTIONS
from transforms.knowledge.stock_layers import ACTIVATIONS, KEEPING_RANK, LEAKY_RELU
from transforms.sites.facts import op_fact_of
from transforms.sites.masks import Masks, Part
from transforms.sites.origins import Parameter, all_behind
from transforms.syntax.places import Place

_OF_IMAGES = re.compile(
    r"(?:Separable|Depthwise)?Conv(?:olution)?(\d)D(?:Transpose)?"
    r"|(?:Max|Average)Pooling(\d)D|(?:Max|Avg)Pool(\d)D|(?:UpSampling|ZeroPadding|Cropping)(\d)D"
)
"""Layers that take and give a batch of so many axes and channels."""


def rank_of(masks: Masks, node: ast.expr, place: Place) -> int | None:
    """How many axes the tensor ``node`` has, the batch included; None where it may differ."""
    ranks = all_behind(node, place, partial(_rank_or_parts, masks))
    return ranks.pop() if ranks is not None and len(ranks) == 1 else None


def _rank_or_parts(masks: Masks, node: ast.AST, place: Place) -> list[Part | int] | None:
    """The rank of what ``node`` makes, or what it has that from."""
    if isinstance(node, ast.Name):
        values = masks.origins.of(node.id, place)
        if values is None:
            return None
        parts: list[Part | int] = [one for one in values if not isinstance(one, Parameter)]
        return parts if len(parts) == len(values) else None
    if not isinstance(node, ast.Call):
        return None
    fact = op_fact_of(masks.analysis, node)
    if fact.keys:
        is_same = {*fact.keys} <= {*ACTIVATIONS, LEAKY_RELU} and not fact.other and not fact.open
        return [(node.args[0], place)] if is_same and node.args else None
    if masks.path(node.func, place) in INPUT_FUNCTIONS:
        return _rank_of_input(node)
    made = masks.layers_made(node.func, place)
    if made is None or len(node.args) != 1:
        return None
    if made <= KEEPING_RANK:
        return [(node.args[0], place)]
    axes = [_axes(name) for name in made]
    return None if None in axes else [one + 2 for one in axes if one is not None]


def _axes(name: str) -> int | None:
    match = _OF_IMAGES.fullmatch(name)
    return None if match is None else int(next(filter(None, match.groups())))


def _rank_of_input(node: ast.Call) -> list[Part | int] | None:
    """That of ``Input((32, 32, 3))``, whatever the sizes are."""
    words = {word.arg: word.value for word in node.keywords}
    shape = node.args[0] if node.args else words.get("shape")
    if not isinstance(shape, (ast.Tuple, ast.List)) or {None, "tensor", "type_spec"} & {*words}:
        return None
    if any(isinstance(item, ast.Starred) for item in shape.elts):
        return None
    return [len(shape.elts) + 1]
