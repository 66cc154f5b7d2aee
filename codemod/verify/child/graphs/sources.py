"""What a traced graph takes from outside: inputs, weights, constants, other variables, tables."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Optional, Tuple

import numpy as np

from ..capture.keras_generation import is_keras_3
from ..limits import SHOWN_ELEMENTS
from ..numbers.weights import Key

LOOKUPS = "LookupTable"
RESOURCES = ("weight", "metric", "variable", "table")
"""Kinds of sources that have a state."""
Types = Tuple[int, int]


class NotUnderstood(Exception):
    """The graph holds something that cannot be compared; the text says what."""


@dataclass(frozen=True)
class Source:
    """Where a value enters a graph; ``text`` tells two sources of one ``kind`` apart.

    A ``numbered`` source is one object of those with equal text: the first one met, the second,
    and so on.
    """

    kind: str
    text: str
    numbered: bool = False


def digest(content: object) -> str:
    """A key of 128 bits, in hexadecimal digits, of bytes or of what ``repr`` tells apart."""
    data = content if isinstance(content, bytes) else repr(content).encode()
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def constant(array: np.ndarray) -> Source:
    """A constant by dtype, shape and bytes, so that 0.0 and -0.0 and every NaN are told apart."""
    content = array.ravel().tolist() if array.dtype == object else array.tobytes()
    shown = " ".join(str(array.tolist()).split()) if array.size <= SHOWN_ELEMENTS else "..."
    return Source(
        "constant", "%s %s%s #%s" % (shown, array.dtype, list(array.shape), digest(content))
    )


def weight_sources(weights: Dict[Key, Any], names: Dict[Key, Key]) -> Dict[int, Source]:
    """The weights by the ``id`` of their resource handle.

    ``names`` gives the key by which the other model has each weight. A weight of several layers
    has several keys. Weights other than floats keep their values, which belong to the key.
    """
    keys: Dict[int, List[Key]] = {}
    objects: Dict[int, Any] = {}
    for key, weight in weights.items():
        objects[id(weight.handle)] = weight
        keys.setdefault(id(weight.handle), []).append(names[key])
    found = {}
    for identity, weight in objects.items():
        name = " = ".join("weight %d of `%s` (%d)" % (k[2], k[0], k[1]) for k in keys[identity])
        kind = "trainable" if weight.trainable else "not trainable"
        # Keras 3 has the dtype by name and the shape as a tuple.
        dtype = str(getattr(weight.dtype, "name", weight.dtype))
        text = "%s %s%s %s" % (name, dtype, [int(size) for size in weight.shape], kind)
        if "float" not in dtype:
            text += " " + constant(np.asarray(weight.numpy())).text
        found[identity] = Source("weight", text)
    return found


def metric_sources(model: Any) -> Dict[int, Source]:
    """The variables of the metrics of a model of Keras 3 by the ``id`` of their resource handle.

    They are told apart by name: in Keras 3 they are no weights. Values are those of the moment.
    """
    found = {}
    for place, metric in enumerate(model.metrics if is_keras_3() else ()):
        for index, variable in enumerate(metric.variables):
            text = "variable %d of metric %d `%s`" % (index, place, metric.name)
            value = constant(np.asarray(variable.numpy())).text
            found[id(variable.handle)] = Source("metric", "%s %s" % (text, value))
    return found


def capture_sources(
    tf: Any, concrete: Any, graph_def: Any, weights: Dict[int, Source], assumptions: List[str]
) -> Dict[str, Source]:
    """The captures of a ``ConcreteFunction`` by the names of their placeholders in ``graph_def``.

    What is taken as equal without being compared is added to ``assumptions``.
    """
    captured = list(concrete.captured_inputs)
    placeholders = concrete.inputs[len(concrete.inputs) - len(captured) :]
    variables = {id(variable.handle): variable for variable in concrete.graph.variables}
    functions = {item.signature.name: item for item in graph_def.library.function}
    found = {}
    for external, internal in zip(captured, placeholders):
        source = weights.get(id(external))
        if source is None:
            variable = variables.get(id(external))
            types = _types_of_table(graph_def.node, functions, internal.op.name)
            source = _other_capture(tf, external, types, variable, assumptions)
        found[internal.op.name] = source
    return found


def _other_capture(
    tf: Any, external: Any, types: Optional[Types], variable: Any, assumptions: List[str]
) -> Source:
    if variable is not None:
        text = constant(np.asarray(variable.numpy())).text
        _assume(assumptions, "variables that are no weights of a layer have their present values")
        return Source("variable", text, numbered=True)
    if not hasattr(external, "numpy"):
        raise NotUnderstood("the graph captures the symbolic tensor `%s`" % external.name)
    if external.dtype == tf.variant:
        raise NotUnderstood("the graph captures a data set or another variant tensor")
    if external.dtype != tf.resource:
        return constant(np.asarray(external.numpy()))
    if types is None:
        raise NotUnderstood("the graph captures a resource that cannot be read")
    _assume(assumptions, "lookup tables have their present contents")
    return Source("table", _table_contents(tf, external, types), numbered=True)


def _types_of_table(nodes: Iterable[Any], functions: Dict[str, Any], name: str) -> Optional[Types]:
    """The types with which the resource ``name`` is looked up, in functions too, None if it is not.

    Reading a table with other types ends the process (seen with 2.21).
    """
    pending = [(list(nodes), name)]
    seen = set()
    while pending:
        inside, name = pending.pop()
        for node in inside:
            given = [item.partition(":")[0] for item in node.input if not item.startswith("^")]
            if name not in given:
                continue
            if node.op.startswith(LOOKUPS) and {"Tin", "Tout"} <= set(node.attr):
                return node.attr["Tin"].type, node.attr["Tout"].type
            if node.op == "Identity":
                pending.append((inside, node.name))
            for value in node.attr.values():
                called = [value.func] if value.WhichOneof("value") == "func" else value.list.func
                for function in called:
                    body = functions.get(function.name)
                    # Some ops take more than their functions do, before that: a condition.
                    arguments = [] if body is None else [a.name for a in body.signature.input_arg]
                    first = len(given) - len(arguments)
                    places = [i - first for i, item in enumerate(given) if item == name]
                    for place in places:
                        key = (function.name, place)
                        if 0 <= place < len(arguments) and body is not None and key not in seen:
                            seen.add(key)
                            pending.append((list(body.node_def), arguments[place]))
    return None


def _table_contents(tf: Any, handle: Any, types: Types) -> str:
    key, value = (tf.as_dtype(number) for number in types)
    content = tf.raw_ops.LookupTableExportV2(table_handle=handle, Tkeys=key, Tvalues=value)
    pairs = sorted(zip(*[[repr(row) for row in part.numpy().tolist()] for part in content]))
    return "%s to %s #%s" % (key.name, value.name, digest(pairs))


def _assume(assumptions: List[str], text: str) -> None:
    if text not in assumptions:
        assumptions.append(text)
