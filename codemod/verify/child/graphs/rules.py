"""Rules under which two graphs that are not identical still compute the same."""

from __future__ import annotations

import ast
import itertools
import re
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from .keys import GraphKeys, NodeEntry, Tables, attributes_key, node_key
from .sources import constant, digest

SWAPPED = "operands of a sum or product in the other order (exact but for the payload of a NaN)"
AXIS = "the same axis counted from the other end"
STACKED = "constants stacked in the graph"
RULES = (SWAPPED, AXIS, STACKED)
# Not Maximum and Minimum: which zero they return depends on the order.
COMMUTATIVE = frozenset(["Add", "AddV2", "Mul"])
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
INTEGERS = re.compile(r"(.*) (int32|int64)\[[\d, ]*\] #\w+")


def rank_of(tf_graph: Any, name: str) -> Optional[int]:
    """The rank of the tensor in which the axis of an operation counts, if there is such."""
    operation = tf_graph.get_operation_by_name(name)
    places = AXES.get(operation.type)
    if places is None:
        return None
    rank: Optional[int] = operation.inputs[places[0]].shape.rank
    return rank


def equal_by(
    left: GraphKeys, left_tables: Tables, right: GraphKeys, right_tables: Tables
) -> Optional[List[str]]:
    """The smallest set of rules under which two graphs are equal, or None."""
    for count in range(1, len(RULES) + 1):
        for rules in itertools.combinations(RULES, count):
            if _under(left, left_tables, rules) == _under(right, right_tables, rules):
                return list(rules)
    return None


def _under(graph: GraphKeys, tables: Tables, rules: Tuple[str, ...]) -> GraphKeys:
    keys: Dict[str, str] = {}
    for root in [_node(edge) for edge in graph.outputs] + graph.effects:
        stack = [root]
        while stack:
            key = stack[-1]
            entry = tables.nodes[key]
            missing = [item for item in _needed(entry) if item not in keys]
            if missing and key not in keys:
                stack.extend(missing)
                continue
            stack.pop()
            if key not in keys:
                keys[key] = _key(entry, tables, keys, rules)
    return GraphKeys(
        [_renamed(edge, keys) for edge in graph.outputs],
        sorted(keys[key] for key in graph.effects),
    )


def _key(entry: NodeEntry, tables: Tables, keys: Dict[str, str], rules: Tuple[str, ...]) -> str:
    inputs = [_renamed(edge, keys) for edge in entry.inputs]
    attributes = tables.attributes[entry.attributes]
    if SWAPPED in rules and entry.op in COMMUTATIVE and attributes.get("T") != "string":
        inputs = sorted(inputs)
    if AXIS in rules and entry.op in AXES and entry.rank is not None:
        _, place, more = AXES[entry.op]
        axis = _counted_from_the_front(entry.inputs[place], tables, entry.rank + more)
        if axis is not None:
            inputs[place] = axis
    controls = [keys[key] for key in entry.controls]
    if STACKED in rules and entry.op == "Pack" and not controls and attributes.get("axis") == "0":
        stacked = _stacked(entry, tables)
        if stacked is not None:
            return stacked
    return node_key(entry.op, entry.attributes, inputs, controls, entry.number)


def _counted_from_the_front(edge: str, tables: Tables, rank: int) -> Optional[str]:
    array = _integers(edge, tables)
    if array is None or not ((-rank <= array) & (array < rank)).all():
        return None
    return digest(("axis", constant(array % rank).text))


def _stacked(entry: NodeEntry, tables: Tables) -> Optional[str]:
    """The key of the constant that a stack of integers is."""
    parts = [_integers(edge, tables) for edge in entry.inputs]
    known = [part for part in parts if part is not None]
    if len(known) != len(parts) or len({part.dtype for part in known}) != 1:
        return None
    source = constant(np.stack(known))
    return node_key(source.kind, attributes_key({"value": source.text}), [], [], -1)


def _integers(edge: str, tables: Tables) -> Optional[np.ndarray]:
    """The value of a constant of few int32 or int64 numbers, None for anything else."""
    entry = tables.nodes[_node(edge)]
    if entry.op != "constant" or entry.controls:
        return None
    found = INTEGERS.fullmatch(tables.attributes[entry.attributes]["value"])
    if found is None or found.group(1) == "...":
        return None
    return np.array(ast.literal_eval(found.group(1)), found.group(2))


def _node(edge: str) -> str:
    return edge.partition(":")[0]


def _needed(entry: NodeEntry) -> List[str]:
    return [_node(edge) for edge in entry.inputs] + entry.controls


def _renamed(edge: str, keys: Dict[str, str]) -> str:
    node, _, output = edge.partition(":")
    return "%s:%s" % (keys[node], output)
