"""Rules under which two graphs that are not identical still compute the same.

Each holds for every input: NaN, infinities, negative zeros, integers that overflow, empty tensors.
"""

from __future__ import annotations

import ast
import re
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from .keys import (
    GraphKeys,
    NodeEntry,
    Shape,
    Tables,
    attributes_key,
    function_digest,
    node_key,
)
from .nodes import FUNCTION
from .sources import constant, digest

# IEEE addition and multiplication round the exact sum or product, which has no order; integers
# wrap the same way. Which NaN two NaNs give may depend on the order, and nothing else. Complex
# products are left out: compilers contract their terms in an order.
SWAPPED = "operands of a sum or product in the other order (exact but for the payload of a NaN)"
# A constant axis within the known rank names one axis, whichever end it is counted from.
AXIS = "the same axis counted from the other end"
# An op without state gives the same bits for the same constants, in the graph or before it.
FOLDED = "constants computed in the graph"
# Both copy the elements at one constant index of an axis whose size is known, so neither can fail.
UNPACKED = "elements of an axis taken by `Unpack` or by one index"
# Of gradients alone, which no output depends on: two terms are exact, more are rounded otherwise.
SUMMED = "terms of a gradient summed in another order"
RULES = (SWAPPED, AXIS, FOLDED, UNPACKED)
RULES_OF_GRADIENTS = (*RULES, SUMMED)
# Not Maximum and Minimum: which zero they return depends on the order.
COMMUTATIVE = frozenset(["Add", "AddV2", "Mul"])
COMPLEX = frozenset(["complex64", "complex128"])
# For each op: the input that axes count in, the input that holds them, and what to add to the rank.
AXES = {
    "Sum": (0, 1, 0),
    "Mean": (0, 1, 0),
    "Prod": (0, 1, 0),
    "Max": (0, 1, 0),
    "Min": (0, 1, 0),
    "All": (0, 1, 0),
    "Any": (0, 1, 0),
    "ArgMax": (0, 1, 0),
    "ArgMin": (0, 1, 0),
    "Cumsum": (0, 1, 0),
    "Cumprod": (0, 1, 0),
    "ReverseV2": (0, 1, 0),
    "ConcatV2": (0, -1, 0),
    "ExpandDims": (0, 1, 1),
    "GatherV2": (0, 2, 0),
    "Split": (1, 0, 0),
    "SplitV": (0, 2, 0),
}
ELEMENTS = frozenset(["Unpack", "StridedSlice"])
INTEGERS = re.compile(r"(.*) (int32|int64)\[[\d, ]*\] #\w+")


def shape_of(tf_graph: Any, name: str) -> Optional[Shape]:
    """The shape of the tensor in which the axis of an operation counts, if there is such."""
    operation = tf_graph.get_operation_by_name(name)
    if operation.type in AXES:
        place = AXES[operation.type][0]
    elif operation.type in ELEMENTS:
        place = 0
    else:
        return None
    shape = operation.inputs[place].shape
    return None if shape.rank is None else list(shape.as_list())


def equal_by(
    left: GraphKeys,
    left_tables: Tables,
    right: GraphKeys,
    right_tables: Tables,
    rules: Tuple[str, ...] = RULES,
) -> Optional[List[str]]:
    """The rules that are needed for two graphs to be equal, or None."""

    def are_equal(used: Tuple[str, ...]) -> bool:
        one, other = Canonical(left_tables, used), Canonical(right_tables, used)
        return one.graph(left) == other.graph(right)

    for rule in rules:
        if are_equal((rule,)):
            return [rule]
    if not are_equal(rules):
        return None
    needed = list(rules)
    for rule in rules:
        fewer = tuple(item for item in needed if item != rule)
        if are_equal(fewer):
            needed = list(fewer)
    return needed


class Canonical:
    """Keys that are the same for all that ``rules`` make equal."""

    def __init__(self, tables: Tables, rules: Tuple[str, ...]) -> None:
        self._tables = tables
        self._rules = rules
        self._keys: Dict[str, str] = {}
        self._functions: Dict[str, str] = {}

    def graph(self, keys: GraphKeys) -> GraphKeys:
        """The canonical keys of a graph."""
        return GraphKeys(
            [self.edge(edge) for edge in keys.outputs],
            sorted(self.node(key) for key in keys.effects),
        )

    def node(self, key: str) -> str:
        """The canonical key of a node."""
        stack = [key]
        while stack:
            top = stack[-1]
            entry = self._tables.nodes[top]
            missing = [item for item in _needed(entry) if item not in self._keys]
            if missing and top not in self._keys:
                stack.extend(missing)
                continue
            stack.pop()
            if top not in self._keys:
                self._keys[top] = self._key(entry)
        return self._keys[key]

    def edge(self, edge: str) -> str:
        """The canonical key of one output of a node."""
        key, _, output = edge.partition(":")
        own = self.node(key)
        entry = self._tables.nodes[key]
        if FOLDED in self._rules and output in entry.folded:
            return _constant_key(entry.folded[output]) + ":0"
        if FOLDED in self._rules and entry.op == "constant":
            # In the body of a function the only output has another name.
            return own + ":0"
        if UNPACKED in self._rules and entry.op in ELEMENTS and not entry.controls:
            element = self._element(entry, output)
            if element is not None:
                return element
        return "%s:%s" % (own, output)

    def _key(self, entry: NodeEntry) -> str:
        inputs = [self.edge(edge) for edge in entry.inputs]
        attributes = self._tables.attributes[entry.attributes]
        if self._is_commutative(entry.op, attributes):
            inputs = sorted(inputs)
        if AXIS in self._rules and entry.op in AXES and entry.shape is not None:
            _, place, more = AXES[entry.op]
            axis = self._from_the_front(entry.inputs[place], len(entry.shape) + more)
            if axis is not None:
                inputs[place] = axis
        controls = [self._keys[key] for key in entry.controls]
        own = self._attributes(entry.attributes)
        return node_key(entry.op, own, inputs, controls, entry.number)

    def _is_commutative(self, op: str, attributes: Dict[str, str]) -> bool:
        if op == "AddN":
            return SUMMED in self._rules
        dtype = attributes.get("T")
        if SWAPPED not in self._rules or op not in COMMUTATIVE or dtype == "string":
            return False
        return not (op == "Mul" and dtype in COMPLEX)

    def is_commutative(self, entry: NodeEntry) -> bool:
        """Whether the inputs of a node have no order."""
        return self._is_commutative(entry.op, self._tables.attributes[entry.attributes])

    def attributes(self, entry: NodeEntry) -> str:
        """The canonical key of a node's attributes."""
        return self._attributes(entry.attributes)

    def _attributes(self, key: str) -> str:
        """The key of attributes, with the canonical keys of functions among them."""
        if key not in self._tables.plain:
            return key
        functions = {
            name: " ".join(self._function(word) for word in text.split(" "))
            for name, text in self._tables.attributes[key].items()
            if text.startswith(FUNCTION)
        }
        return digest((self._tables.plain[key], sorted(functions.items())))

    def _function(self, key: str) -> str:
        if key not in self._tables.functions:
            return key
        if key not in self._functions:
            outputs, effects, rest = self._tables.functions[key]
            keys = self.graph(GraphKeys(outputs, effects))
            self._functions[key] = function_digest(rest[0], keys)
        return self._functions[key]

    def _from_the_front(self, edge: str, rank: int) -> Optional[str]:
        array = self._integers(edge)
        if array is None or not ((-rank <= array) & (array < rank)).all():
            return None
        return digest(("axis", constant(array % rank).text))

    def _element(self, entry: NodeEntry, output: str) -> Optional[str]:
        """The key of the elements at one index of one axis, None where a node is something else."""
        attributes = self._tables.attributes[entry.attributes]
        shape = entry.shape
        if shape is None:
            return None
        if entry.op == "Unpack":
            axis = int(attributes["axis"]) % len(shape)
            index = int(output.rpartition(":")[2])
        else:
            found = self._index(entry, attributes, len(shape))
            if found is None:
                return None
            axis, index = found
        size = shape[axis]
        if size is None or not -size <= index < size:
            return None
        return digest(("element", axis, index % size, self.edge(entry.inputs[0])))

    def _index(
        self, entry: NodeEntry, attributes: Dict[str, str], rank: int
    ) -> Optional[Tuple[int, int]]:
        """Axis and index of a slice such as ``x[:, 2]`` or ``x[..., 2]``."""
        begin, strides = (self._integers(entry.inputs[place]) for place in (1, 3))
        if begin is None or strides is None or int(attributes["new_axis_mask"]):
            return None
        names = ("begin_mask", "end_mask", "ellipsis_mask", "shrink_axis_mask")
        from_start, to_end, dots, shrunk = (int(attributes[name]) for name in names)
        found = []
        for place, (index, stride) in enumerate(zip(begin.tolist(), strides.tolist())):
            bit = 1 << place
            if dots & bit:
                continue
            if shrunk & bit and not from_start & bit and stride == 1:
                behind_dots = bool(dots & (bit - 1))
                found.append((rank + place - len(begin) if behind_dots else place, index))
            elif shrunk & bit or not (from_start & bit and to_end & bit and stride == 1):
                return None
        return found[0] if len(found) == 1 else None

    def _integers(self, edge: str) -> Optional[np.ndarray]:
        """The value of a constant of few int32 or int64 numbers, None for anything else."""
        key, _, output = edge.partition(":")
        entry = self._tables.nodes[key]
        text = entry.folded.get(output) if FOLDED in self._rules else None
        if text is None:
            if entry.op != "constant" or entry.controls:
                return None
            text = self._tables.attributes[entry.attributes]["value"]
        found = INTEGERS.fullmatch(text)
        if found is None or found.group(1) == "...":
            return None
        return np.array(ast.literal_eval(found.group(1)), found.group(2))


def _constant_key(text: str) -> str:
    return node_key("constant", attributes_key({"value": text}), [], [], -1)


def _needed(entry: NodeEntry) -> List[str]:
    return [edge.partition(":")[0] for edge in entry.inputs] + entry.controls
