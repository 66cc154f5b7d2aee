"""What a traced graph takes from outside: inputs, weights, constants, other variables, tables."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Dict, List, Optional

import numpy as np

from ..limits import SHOWN_ELEMENTS
from ..numbers.weights import Key

LOOKUP = "LookupTableFindV2"


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
        text = "%s %s%s %s" % (name, weight.dtype.name, weight.shape.as_list(), kind)
        if not weight.dtype.is_floating:
            text += " " + constant(np.asarray(weight.numpy())).text
        found[identity] = Source("weight", text)
    return found


def capture_sources(
    tf: Any, concrete: Any, weights: Dict[int, Source], assumptions: List[str]
) -> Dict[str, Source]:
    """The captures of a ``ConcreteFunction`` by the names of their placeholders.

    What is taken as equal without being compared is added to ``assumptions``.
    """
    captured = list(concrete.captured_inputs)
    placeholders = concrete.inputs[len(concrete.inputs) - len(captured) :]
    variables = {id(variable.handle): variable for variable in concrete.graph.variables}
    found = {}
    for external, internal in zip(captured, placeholders):
        source = weights.get(id(external))
        if source is None:
            variable = variables.get(id(external))
            source = _other_capture(tf, external, internal, variable, assumptions)
        found[internal.op.name] = source
    return found


def _other_capture(
    tf: Any, external: Any, internal: Any, variable: Any, assumptions: List[str]
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
    table = _table_contents(tf, external, internal)
    if table is not None:
        _assume(assumptions, "lookup tables have their present contents")
        return Source("table", table, numbered=True)
    _assume(assumptions, "resources that cannot be read are equal, one by one in their order")
    return Source("resource", "", numbered=True)


def _table_contents(tf: Any, handle: Any, internal: Any) -> Optional[str]:
    """The contents of a lookup table, None for another resource.

    The types are those of a lookup: reading with others ends the process (seen with 2.21).
    """
    lookup = next((op for op in internal.consumers() if op.type == LOOKUP), None)
    if lookup is None:
        return None
    types = [lookup.get_attr("Tin"), lookup.get_attr("Tout")]
    content = tf.raw_ops.LookupTableExportV2(table_handle=handle, Tkeys=types[0], Tvalues=types[1])
    pairs = sorted(zip(*[[repr(row) for row in part.numpy().tolist()] for part in content]))
    return "%s to %s #%s" % (types[0].name, types[1].name, digest(pairs))


def _assume(assumptions: List[str], text: str) -> None:
    if text not in assumptions:
        assumptions.append(text)
