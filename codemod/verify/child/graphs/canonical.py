"""Keys that are equal for all that rules make equal, and the rules that two graphs need."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

import numpy as np

from .keys import GraphKeys, NodeEntry, Tables, attributes_key, function_digest, node_key
from .nodes import FUNCTION
from .rules import (
    AXES,
    AXIS,
    BIAS,
    BIAS_ADD,
    CHECK_OF_SHAPES,
    CHOICE,
    CHOSEN,
    COMMUTATIVE,
    COMPARISONS,
    COMPLEX,
    ELEMENTS,
    FITTING,
    FOLDED,
    INDEXED,
    LETTERS,
    LISTED,
    MATRICES,
    NOTHING,
    PLACED,
    PLACING,
    REDUCTIONS,
    RESHAPE,
    RESHAPED,
    RULES,
    SLICE,
    SQUEEZE,
    STARTED,
    SUM_OF_TWO,
    SUMMED,
    SWAPPED,
    UNPACKED,
    WIDENED,
)
from .sources import constant, digest
from .spelling import (
    EINSUM,
    PRODUCT,
    einsum_attributes,
    product_attributes,
    squeezed_attributes,
    started_attributes,
    sum_attributes,
)
from .values import chosen, is_zero, keeps_batch, narrow, whole_numbers


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
        if NOTHING in self._rules and entry.op == SUM_OF_TWO and not entry.controls:
            for place, rest in ((0, 1), (1, 0)):
                added = self._whole(entry.inputs[place])
                if added is not None and added.shape == () and added == 0:
                    return self.edge(entry.inputs[rest])
        if BIAS in self._rules and entry.op in (BIAS_ADD, SUM_OF_TWO):
            return own + ":0"
        if CHOSEN in self._rules and entry.op == CHOICE and not entry.controls:
            other = chosen(self._tables, entry)
            if other is not None:
                return self.edge(other)
        if PLACED in self._rules and not entry.controls:
            placed = self._placed(entry)
            if placed is not None:
                return placed
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
        if entry.op in AXES:
            _, place, more = AXES[entry.op]
            inputs[place] = self._axes(entry, place, more) or inputs[place]
        controls = [self._keys[key] for key in entry.controls]
        op, own = entry.op, self._attributes(entry.attributes)
        if LETTERS in self._rules and op == EINSUM:
            own = einsum_attributes(attributes) or own
        if MATRICES in self._rules and op in (EINSUM, PRODUCT):
            product = product_attributes(op, attributes) if len(inputs) == 2 else None
            op, own = (PRODUCT, product) if product is not None else (op, own)
        if RESHAPED in self._rules and op == RESHAPE and keeps_batch(self._tables, entry):
            inputs[1] = digest(("shape", entry.shape)) if entry.shape else inputs[1]
        if STARTED in self._rules and op == SLICE:
            begin, strides = (self._whole(entry.inputs[place]) for place in (1, 3))
            if begin is not None and strides is not None:
                own = started_attributes(attributes, begin.tolist(), strides.tolist())
        if AXIS in self._rules and op == SQUEEZE and entry.shape:
            own = squeezed_attributes(attributes, len(entry.shape)) or own
        if WIDENED in self._rules and op in INDEXED:
            place, dtype = INDEXED[op]
            inputs[place] = self.edge(narrow(self._tables, entry.inputs[place]))
            own = digest(sorted(item for item in attributes.items() if item[0] != dtype))
        if FITTING in self._rules and op in COMPARISONS and entry.shape is not None:
            own = digest(sorted(item for item in attributes.items() if item[0] != CHECK_OF_SHAPES))
        if BIAS in self._rules and (op == SUM_OF_TWO or (op == BIAS_ADD and entry.shape)):
            op, own = SUM_OF_TWO, sum_attributes(attributes)
            inputs = sorted(inputs) if SWAPPED in self._rules else inputs
        return node_key(op, own, inputs, controls, entry.number)

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

    def _axes(self, entry: NodeEntry, place: int, more: int) -> Optional[str]:
        """The key of constant axes, however they are written; None for what is not known."""
        found = self._whole(entry.inputs[place])
        if found is None:
            return None
        array: np.ndarray = found
        if AXIS in self._rules and entry.shape is not None:
            rank = len(entry.shape) + more
            if ((-rank <= array) & (array < rank)).all():
                array = array % rank
        if LISTED in self._rules and entry.op in REDUCTIONS:
            array = np.atleast_1d(array)
        return digest(("axis", constant(array).text))

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
        begin, strides = (self._whole(entry.inputs[place]) for place in (1, 3))
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

    def _placed(self, entry: NodeEntry) -> Optional[str]:
        """The key of a gradient that consists of gradients of elements, or None."""
        terms = [(entry, "")]
        if entry.op == "AddN":
            terms = [(self._tables.nodes[edge.partition(":")[0]], edge) for edge in entry.inputs]
        elif entry.op not in PLACING:
            return None
        axes: Dict[Tuple[int, int], Dict[int, str]] = {}
        others = []
        for term, edge in terms:
            found = self._places(term) if term.op in PLACING and not term.controls else None
            if found is None:
                others.append(self.edge(edge))
                continue
            places = axes.setdefault(found[0], {})
            if places.keys() & found[1].keys():
                return None
            places.update(found[1])
        if not axes:
            return None
        parts = [digest(("placed", axis, sorted(places.items()))) for axis, places in axes.items()]
        if len(parts) == 1 and not others:
            return parts[0]
        return digest(("placed in a sum", sorted([*parts, *others])))

    def _places(self, entry: NodeEntry) -> Optional[Tuple[Tuple[int, int], Dict[int, str]]]:
        """An axis with its size, and what stands at its places in a gradient; others are zero."""
        attributes = self._tables.attributes[entry.attributes]
        if entry.shape is None:
            return None
        if entry.op == "Pack":
            axis = int(attributes["axis"]) % len(entry.shape)
            places = {
                index: self.edge(edge)
                for index, edge in enumerate(entry.inputs)
                if not is_zero(self._tables, edge)
            }
            return ((axis, len(entry.inputs)), places) if places else None
        found = self._index(entry, attributes, len(entry.shape))
        if found is None:
            return None
        axis, index = found
        size = entry.shape[axis]
        if size is None or not -size <= index < size:
            return None
        return (axis, size), {index % size: self.edge(entry.inputs[4])}

    def _whole(self, edge: str) -> Optional[np.ndarray]:
        return whole_numbers(self._tables, edge, FOLDED in self._rules)


def _constant_key(text: str) -> str:
    return node_key("constant", attributes_key({"value": text}), [], [], -1)


def _needed(entry: NodeEntry) -> List[str]:
    return [edge.partition(":")[0] for edge in entry.inputs] + entry.controls
