"""The rank of a tensor, where all that it may come from surely has that one."""

from __future__ import annotations

import ast
import re

from transforms.knowledge.keras_names import INPUT_FUNCTIONS
from transforms.knowledge.stock_layers import ACTIVATIONS, KEEPING_RANK, LEAKY_RELU
from transforms.sites.facts import op_fact_of
from transforms.sites.masks import Masks, Part
from transforms.sites.origins import Parameter
from transforms.syntax.limits import STEPS_BACK_FROM_A_TENSOR
from transforms.syntax.places import Place

_OF_IMAGES = re.compile(
    r"(?:Separable|Depthwise)?Conv(?:olution)?(\d)D(?:Transpose)?"
    r"|(?:Max|Average)Pooling(\d)D|(?:Max|Avg)Pool(\d)D|(?:UpSampling|ZeroPadding|Cropping)(\d)D"
)
"""Layers that take and give a batch of so many axes and channels."""


def rank_of(masks: Masks, node: ast.expr, place: Place) -> int | None:
    """How many axes the tensor ``node`` has, the batch included; None where it may differ."""
    ranks: set[int] = set()
    seen: set[ast.AST] = set()
    pending: list[Part] = [(node, place)]
    while pending:
        current = pending.pop()
        if current[0] in seen:
            continue
        seen.add(current[0])
        found = _rank_or_parts(masks, *current) if len(seen) <= STEPS_BACK_FROM_A_TENSOR else None
        if found is None:
            return None
        if isinstance(found, int):
            ranks.add(found)
        else:
            pending += found
    return ranks.pop() if len(ranks) == 1 else None


def _rank_or_parts(masks: Masks, node: ast.AST, place: Place) -> int | list[Part] | None:
    """The rank of what ``node`` makes, or what it has that from."""
    if isinstance(node, ast.Name):
        values = masks.origins.of(node.id, place)
        parts = [value for value in values or () if not isinstance(value, Parameter)]
        return parts if values is not None and len(parts) == len(values) else None
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
    found = {_axes(name) for name in made}
    axes = found.pop()
    return None if found or axes is None else axes + 2


def _axes(name: str) -> int | None:
    match = _OF_IMAGES.fullmatch(name)
    return None if match is None else int(next(filter(None, match.groups())))


def _rank_of_input(node: ast.Call) -> int | None:
    """That of ``Input((32, 32, 3))``, whatever the sizes are."""
    words = {word.arg: word.value for word in node.keywords}
    shape = node.args[0] if node.args else words.get("shape")
    if not isinstance(shape, (ast.Tuple, ast.List)) or {None, "tensor", "type_spec"} & {*words}:
        return None
    if any(isinstance(item, ast.Starred) for item in shape.elts):
        return None
    return len(shape.elts) + 1
