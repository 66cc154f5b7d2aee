"""Constants that a graph computes from constants, found by running the ops that make them."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Set

import numpy as np

from ..limits import FOLDED_ELEMENTS
from .sources import constant

Folded = Dict[str, Dict[str, str]]
"""By node and output, in the notation of the graph, the text of the constant."""


def folded_constants(definitions: Iterable[Any]) -> Folded:
    """What the nodes of a ``GraphDef`` are that compute a constant for another node or a result.

    An op without state gives the same bits for the same inputs on one device, whether it runs in
    the graph or before: so the constant stands for it exactly.
    """
    nodes = {node.name: node for node in definitions}
    found: Set[str] = set()
    for name in _in_order(nodes):
        if _is_constant(nodes[name], found):
            found.add(name)
    # A constant that only makes another constant is not asked for.
    inner = {_origin(item) for name in found for item in nodes[name].input}
    used = {
        _origin(item) for name, node in nodes.items() if name not in found for item in node.input
    }
    wanted = [
        name
        for name in nodes
        if name in found and nodes[name].op != "Const" and (name in used or name not in inner)
    ]
    return _run({name: nodes[name] for name in nodes if name in found}, wanted) if wanted else {}


def folded_in_function(function: Any) -> Folded:
    """The same for the body of a ``FunctionDef``."""
    from tensorflow.python.framework import (  # type: ignore[import-untyped,unused-ignore]
        function_def_to_graph,
    )

    if not any(_may_be_constant(node) for node in function.node_def):
        return {}
    try:
        graph_def, flat_names = function_def_to_graph.function_def_to_graph_def(function)
    except (KeyError, ValueError, TypeError):
        # What cannot be taken apart is compared as it stands.
        return {}
    found = folded_constants(graph_def.node)
    own: Folded = {}
    for nested, flat in flat_names.items():
        name, _, output = nested.partition(":")
        flat_name, _, index = flat.partition(":")
        if output and flat_name in found and (index or "0") in found[flat_name]:
            own.setdefault(name, {})[output] = found[flat_name][index or "0"]
    return own


def _in_order(nodes: Dict[str, Any]) -> List[str]:
    """The names of ``nodes``, what a node needs before the node; loops are left out."""
    done: Dict[str, None] = {}
    for name in nodes:
        stack, open_names = [name], set()
        while stack:
            top = stack[-1]
            needed = [
                origin
                for origin in map(_origin, nodes[top].input)
                if origin in nodes and origin not in done and origin not in open_names
            ]
            if top in done or not needed:
                done[stack.pop()] = None
            else:
                open_names.add(top)
                stack += needed
    return list(done)


def _may_be_constant(node: Any) -> bool:
    return node.op != "Const" and bool(node.input) and _is_pure(node)


def _is_constant(node: Any, known: Set[str]) -> bool:
    if node.op == "Const":
        return not node.input
    if not node.input or any(item.startswith("^") for item in node.input):
        return False
    return all(_origin(item) in known for item in node.input) and _is_pure(node)


def _is_pure(node: Any) -> bool:
    from tensorflow.python.framework import (  # type: ignore[import-untyped,unused-ignore]
        op_def_registry,
    )

    definition = op_def_registry.get(node.op)
    if definition is None or definition.is_stateful or node.device:
        return False
    if node.op.startswith(("PyFunc", "Placeholder")):
        return False
    return not any(
        value.WhichOneof("value") == "func" or value.list.func for value in node.attr.values()
    )


def _origin(item: str) -> str:
    return item.lstrip("^").partition(":")[0]


def _run(nodes: Dict[str, Any], wanted: List[str]) -> Folded:
    import tensorflow as tf

    graph = tf.Graph()
    try:
        with graph.as_default():
            graph_def = tf.compat.v1.GraphDef()
            graph_def.node.extend(nodes.values())
            tf.graph_util.import_graph_def(graph_def, name="")
            tensors = [
                tensor
                for name in wanted
                for tensor in graph.get_operation_by_name(name).outputs
                if _is_small(tensor)
            ]
            if not tensors:
                return {}
            with tf.compat.v1.Session(graph=graph) as session:
                values = session.run(tensors)
    except (tf.errors.OpError, ValueError, TypeError, NotImplementedError):
        # An op that fails for its constants fails in the graph too.
        return {}
    found: Folded = {}
    for tensor, value in zip(tensors, values):
        name, _, index = tensor.name.rpartition(":")
        found.setdefault(name, {})[index] = constant(np.asarray(value)).text
    return found


def _is_small(tensor: Any) -> bool:
    count = tensor.shape.num_elements()
    plain = tensor.dtype.name not in ("resource", "variant") and not tensor.dtype.is_quantized
    return plain and count is not None and count <= FOLDED_ELEMENTS
