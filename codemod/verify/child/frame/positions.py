"""Where the layers of a model stand in it: which layers or ops their inputs come from."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence

from ..capture.keras_generation import is_keras_3

NO_LAYER = -1
"""Stands for what an op gives, and for what has no place in the model."""


def places(layers: Sequence[Any]) -> Dict[int, int]:
    """The place of each of ``layers`` among them, by its ``id``."""
    return {id(layer): place for place, layer in enumerate(layers)}


def made_by(tensor: Any, places_of: Dict[int, int]) -> int:
    """The place of the layer that gives ``tensor``."""
    history = getattr(tensor, "_keras_history", None)
    layer = getattr(history, "layer", getattr(history, "operation", None))
    return places_of.get(id(layer), NO_LAYER)


def sources(layers: Sequence[Any], models: Sequence[Any]) -> List[List[List[int]]]:
    """For each of ``layers`` and each call of it in ``models`` the places that its inputs are from.

    Under Keras 3 alone: no layer of Keras 2 is paired by its place.
    """
    if not is_keras_3():
        return [[] for _ in layers]
    # A Sequential model has them in one that it holds.
    graphs = [getattr(model, "_functional", None) or model for model in models]
    depths = [depth for graph in graphs for depth in getattr(graph, "_nodes_by_depth", {}).values()]
    nodes = {id(node) for depth in depths for node in depth}
    places_of = places(layers)
    return [
        [
            [made_by(tensor, places_of) for tensor in node.input_tensors]
            for node in layer._inbound_nodes
            if id(node) in nodes
        ]
        for layer in layers
    ]
