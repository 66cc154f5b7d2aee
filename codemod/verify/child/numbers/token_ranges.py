"""Which numbers the token inputs of a model may hold."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Set, Tuple

from ..layers import leaf_layers, weights_of
from .inputs import inputs_in_order

Limits = List[Optional[int]]
Place = Tuple[int, int, int]


def token_limits(model: Any) -> List[Limits]:
    """Limits to try, a number for each input of ``model``; ``None`` where any float will do.

    Inputs hold integers from 0 to below the limit. First comes the ``input_dim`` of the Embedding
    that an input reaches, and 10 for other integers; then smaller ones for all, and last integers
    for floats too: images of labels.
    """
    reached = _limits_by_place(model)
    own = [reached.get(_place(tensor)) for tensor in inputs_in_order(model)]
    first = [
        limit or (10 if _is_integer(tensor) else None)
        for limit, tensor in zip(own, inputs_in_order(model))
    ]
    known = [limit for limit in map(_input_dim, leaf_layers(model)) if limit]
    tried = [first]
    for most in (min(known, default=4), 2, 1):
        lower = [None if limit is None else min(limit, most) for limit in first]
        if lower not in tried:
            tried.append(lower)
    labels: Limits = [2 if limit is None else min(limit, 2) for limit in first]
    return tried if labels in tried else [*tried, labels]


def _is_integer(tensor: Any) -> bool:
    name = tensor.dtype if isinstance(tensor.dtype, str) else tensor.dtype.name
    return bool(name.startswith(("int", "uint")))


def _input_dim(layer: Any) -> Optional[int]:
    inner = getattr(layer, "layer", layer)
    size = getattr(inner, "input_dim", None)
    return size if type(inner).__name__ == "Embedding" and isinstance(size, int) else None


def _place(tensor: Any) -> Place:
    layer, node_index, tensor_index = tensor._keras_history[:3]
    return id(layer), int(node_index), int(tensor_index)


def _limits_by_place(model: Any) -> Dict[Place, int]:
    """The smallest ``input_dim`` that each tensor before an Embedding layer reaches."""
    found: Dict[Place, int] = {}
    for layer in model.layers:
        limit = _input_dim(layer)
        limits: Limits = [limit] if limit else []
        if hasattr(layer, "inputs") and hasattr(layer, "layers") and layer.inputs:
            inner = _limits_by_place(layer)
            limits = [inner.get(_place(tensor)) for tensor in layer.inputs]
        if not any(limits):
            continue
        for node in layer._inbound_nodes:
            for tensor, one in zip(_node_inputs(node), limits):
                if one:
                    _mark(tensor, one, found, set())
    return found


def _node_inputs(node: Any) -> List[Any]:
    inputs = getattr(node, "keras_inputs", None)
    return list(node.input_tensors if inputs is None else inputs)


def _mark(tensor: Any, limit: int, found: Dict[Place, int], seen: Set[Place]) -> None:
    """Mark ``tensor`` and what it comes from, up to layers with weights: those make no tokens."""
    pending = [tensor]
    while pending:
        tensor = pending.pop()
        place = _place(tensor)
        if place in seen:
            continue
        seen.add(place)
        found[place] = min(limit, found.get(place, limit))
        layer, node_index = tensor._keras_history[:2]
        if not weights_of(layer):
            pending += _node_inputs(layer._inbound_nodes[node_index])
