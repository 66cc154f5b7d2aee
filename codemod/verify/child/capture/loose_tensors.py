"""Symbolic tensors that are made and end in no model: a model can be made of them."""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Dict, Iterator, List, Tuple


@contextlib.contextmanager
def watched_nodes(keras: Any, note: Callable[[Any], None]) -> Iterator[None]:
    """Meanwhile ``note`` is given each node of the graph of layers, as it is made."""
    # An input with a name of its own takes no number from those of the user.
    kind = type(_node_of(keras.Input((1,), name="watched_nodes")))
    initialise = kind.__init__

    def noting(self: Any, *args: Any, **kwargs: Any) -> None:
        initialise(self, *args, **kwargs)
        note(self)

    kind.__init__ = noting
    try:
        yield
    finally:
        kind.__init__ = initialise


def loose_ends(nodes: List[Any]) -> List[Any]:
    """What ``nodes`` make and none of them takes, in their order."""
    taken = {id(tensor) for node in nodes for tensor in taken_by(node)}
    return [
        tensor
        for node in nodes
        if not node.is_input
        for tensor in made_by(node)
        if id(tensor) not in taken
    ]


def inputs_behind(tensors: List[Any]) -> List[Any]:
    """The inputs that ``tensors`` are made of, by their names: a rewrite keeps these."""
    found: Dict[int, Any] = {}
    seen = set()
    pending = list(tensors)
    while pending:
        tensor = pending.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        node = _node_of(tensor)
        if node.is_input:
            found[id(tensor)] = tensor
        else:
            pending.extend(taken_by(node))
    return sorted(found.values(), key=_by_name)


def _by_name(tensor: Any) -> Tuple[int, str]:
    # A placeholder has no name of its own in Keras 2.15.
    name = str(tensor.name or owner_of(tensor).name)
    return len(name), name


def symbolic_tensors(value: Any) -> List[Any]:
    """The symbolic tensors in ``value``, and the inputs of models."""
    if hasattr(value, "inputs") and hasattr(value, "layers"):
        value = value.inputs
    if isinstance(value, dict):
        return symbolic_tensors(list(value.values()))
    if isinstance(value, (list, tuple)):
        return [one for item in value for one in symbolic_tensors(item)]
    kinds = {cls.__name__ for cls in type(value).__mro__}
    return [value] if "KerasTensor" in kinds else []


def made_by(node: Any) -> List[Any]:
    """All symbolic tensors that a node gives."""
    return symbolic_tensors(node.output_tensors)


def taken_by(node: Any) -> List[Any]:
    """All symbolic tensors that a node is given, under Keras 2 by keywords too."""
    given = getattr(node, "keras_inputs", None)
    return symbolic_tensors(node.input_tensors if given is None else given)


def _node_of(tensor: Any) -> Any:
    return owner_of(tensor)._inbound_nodes[tensor._keras_history.node_index]


def owner_of(tensor: Any) -> Any:
    """The layer that gives a symbolic tensor."""
    history = tensor._keras_history
    # Keras 2 calls it a layer, Keras 3 an operation.
    return history.layer if hasattr(history, "layer") else history.operation
