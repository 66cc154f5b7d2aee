"""The graph of a model's layers, as a report draws it."""

from __future__ import annotations

from typing import Any, Dict, List

from .capture.raw_ops import is_op_layer
from .protocol import LayerCall


def layer_graph(model: Any) -> List[LayerCall]:
    """The calls of layers that make up ``model``, each after those whose tensors it takes.

    A nested model is one layer. Both Keras keep nodes by their distance from the outputs.
    """
    by_depth = getattr(model, "_nodes_by_depth", None)
    if by_depth is None:
        by_depth = getattr(getattr(model, "_functional", None), "_nodes_by_depth", {})
    nodes = [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]
    places = {id(node): place for place, node in enumerate(nodes)}
    return [_call(node, places) for node in nodes]


def _call(node: Any, places: Dict[int, int]) -> LayerCall:
    layer = _layer_of(node)
    inputs = [_made_by(tensor) for tensor in _tensors(node, "keras_inputs", "input_tensors")]
    return {
        "name": str(layer.name),
        "kind": type(layer).__name__,
        "inputs": [places[id(made)] for made in inputs if id(made) in places],
        "outputs": [_shown(tensor) for tensor in _tensors(node, "outputs", "output_tensors")],
        "is_raw": is_op_layer(layer),
    }


def _layer_of(node: Any) -> Any:
    return getattr(node, "layer", None) or node.operation


def _tensors(node: Any, *names: str) -> List[Any]:
    """What Keras 2 and Keras 3 call otherwise; the outputs of Keras 2 may be nested."""
    import tensorflow as tf

    return list(tf.nest.flatten(next(getattr(node, name) for name in names if hasattr(node, name))))


def _made_by(tensor: Any) -> Any:
    """The node that ``tensor`` comes from."""
    history = tensor._keras_history
    layer = getattr(history, "layer", getattr(history, "operation", None))
    nodes = getattr(layer, "_inbound_nodes", [])
    return nodes[history.node_index] if history.node_index < len(nodes) else None


def _shown(tensor: Any) -> str:
    """Sizes and dtype; what is no tensor, as a number that a raw op gives, by its type."""
    dtype = getattr(tensor, "dtype", None)
    if dtype is None:
        return type(tensor).__name__
    return "%s %s" % (getattr(tensor, "shape", "?"), getattr(dtype, "name", dtype))
