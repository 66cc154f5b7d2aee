"""The first difference of two graphs, from their tables of keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence, Set, Tuple

from .graph_keys import GraphKeys, NodeEntry, Tables
from .graph_nodes import FUNCTION

SOURCES = {
    "input": "input",
    "weight": "",
    "constant": "constant",
    "argument": "argument",
    "variable": "variable",
    "table": "lookup table",
    "resource": "resource",
}
AXIS_NAMES = frozenset(["reduction_indices", "dimension", "dim", "split_dim", "concat_dim"])
TYPE_ATTRIBUTES = frozenset(["T", "SrcT", "Tidx", "dtype", "N"])
SHOWN_VALUE = 60


@dataclass(frozen=True)
class Difference:
    """What differs (``text``) at the op that the second graph has under ``name``.

    ``name`` is that of the innermost op outside function bodies; it may be empty.
    """

    op: str
    name: str
    text: str


def first_difference(
    left: GraphKeys, left_tables: Tables, right: GraphKeys, right_tables: Tables
) -> Optional[Difference]:
    """Where the second graph first departs from the first one, from the outputs on."""
    if len(left.outputs) != len(right.outputs):
        count = "%d tensors are returned, not %d" % (len(right.outputs), len(left.outputs))
        return Difference("", "", count)
    search = _Search(left_tables, right_tables)
    for old, new in zip(left.outputs, right.outputs):
        if old != new:
            return search.edges(old, new, None, "output")
    return search.effects(left.effects, right.effects)


class _Search:
    def __init__(self, left: Tables, right: Tables) -> None:
        self._left = left
        self._right = right
        self._seen: Set[Tuple[str, str]] = set()

    def effects(self, old: List[str], new: List[str]) -> Optional[Difference]:
        gone = [self._left.nodes[key] for key in old if key not in set(new)]
        added = [self._right.nodes[key] for key in new if key not in set(old)]
        for after in sorted(added, key=lambda entry: entry.number):
            same = [entry for entry in gone if self._same_target(entry, after)]
            if same:
                return self._nodes(same[0], after)
            return Difference(after.op, after.name, "only the rewritten model runs it")
        if gone:
            return Difference(gone[0].op, "", "only the original runs it")
        return None

    def _same_target(self, old: NodeEntry, new: NodeEntry) -> bool:
        return old.op == new.op and old.inputs[:1] == new.inputs[:1]

    def edges(
        self, old: str, new: str, consumer: Optional[NodeEntry], place: str
    ) -> Optional[Difference]:
        """The difference of two unequal edges into one place."""
        before, after = self._entry(self._left, old), self._entry(self._right, new)
        if after.op in SOURCES:
            at = consumer or after
            text = "%s is %s, not %s" % (place, self._shown(after, 1), self._shown(before, 0))
            return Difference(at.op, at.name if consumer else "", text)
        if before.op != after.op:
            text = "the original has %s in its place" % self._shown(before, 0)
            return Difference(after.op, after.name, text)
        if old.partition(":")[0] == new.partition(":")[0]:
            at = consumer or after
            return Difference(at.op, at.name, "%s is another output of `%s`" % (place, after.op))
        return self._nodes(before, after)

    def _entry(self, tables: Tables, edge: str) -> NodeEntry:
        return tables.nodes[edge.partition(":")[0]]

    def _nodes(self, old: NodeEntry, new: NodeEntry) -> Optional[Difference]:
        """The difference of two nodes of one op."""
        pair = (str(old), str(new))
        if pair in self._seen:
            return None
        self._seen.add(pair)
        changed = self._attributes(old, new)
        if changed is not None and not self._only_types(old, new):
            return changed
        if len(old.inputs) != len(new.inputs):
            text = "it has %d inputs, not %d" % (len(new.inputs), len(old.inputs))
            return Difference(new.op, new.name, text)
        places = [i for i, edge in enumerate(old.inputs) if edge != new.inputs[i]]
        if len(places) > 1 and sorted(old.inputs) == sorted(new.inputs):
            return Difference(new.op, new.name, "its inputs are in another order")
        for place in places:
            name = _input_name(new.op, place, len(new.inputs))
            found = self.edges(old.inputs[place], new.inputs[place], new, name)
            if found is not None:
                return found
        return changed or self._state(old, new)

    def _only_types(self, old: NodeEntry, new: NodeEntry) -> bool:
        """Whether the attributes differ in types alone, as they do where the inputs do."""
        before = self._left.attributes[old.attributes]
        after = self._right.attributes[new.attributes]
        return all(before.get(n) == after.get(n) for n in {*before, *after} - TYPE_ATTRIBUTES)

    def _state(self, old: NodeEntry, new: NodeEntry) -> Optional[Difference]:
        if sorted(old.controls) != sorted(new.controls):
            text = "other ops must run before it"
            only = [key for key in new.controls if key not in old.controls]
            lost = [key for key in old.controls if key not in new.controls]
            for first, second in zip(lost, only):
                before, after = self._left.nodes[first], self._right.nodes[second]
                if before.op == after.op:
                    return self._nodes(before, after)
            return Difference(new.op, new.name, text)
        if old.number != new.number:
            text = "it is one op used twice in one of the models, or it runs in another order"
            return Difference(new.op, new.name, text)
        return None

    def _attributes(self, old: NodeEntry, new: NodeEntry) -> Optional[Difference]:
        if old.attributes == new.attributes:
            return None
        before = self._left.attributes[old.attributes]
        after = self._right.attributes[new.attributes]
        names = [n for n in sorted({*before, *after}) if before.get(n) != after.get(n)]
        for name in names:
            texts = before.get(name, ""), after.get(name, "")
            if all(text.startswith(FUNCTION) for text in texts):
                inner = self._functions(texts[0], texts[1])
                text = "its `%s` differs" % name
                if inner is not None:
                    text += ": `%s`: %s" % (inner.op, inner.text)
                return Difference(new.op, new.name, text)
        shown = ["%s is %s, not %s" % (n, after.get(n, "-"), before.get(n, "-")) for n in names]
        return Difference(new.op, new.name, ", ".join(shown) or "its attributes differ")

    def _functions(self, old: str, new: str) -> Optional[Difference]:
        for left, right in zip(old.split()[1:], new.split()[1:]):
            if left != right and left in self._left.functions and right in self._right.functions:
                one, other = self._left.functions[left], self._right.functions[right]
                return first_difference(
                    GraphKeys(one[0], one[1]), self._left, GraphKeys(*other), self._right
                )
        return None

    def _shown(self, entry: NodeEntry, side: int) -> str:
        kind = SOURCES.get(entry.op)
        if kind is None:
            return "`%s`" % entry.op
        tables = (self._left, self._right)[side]
        text = tables.attributes[entry.attributes].get("value", "")
        value = text.partition(" #")[0]
        if entry.op == "constant":
            short = value.rpartition(" ")[0] if value.endswith("[]") else value
            return short[:SHOWN_VALUE]
        return ("%s %s" % (kind, value)).strip()[:SHOWN_VALUE]


def _input_name(op: str, place: int, count: int) -> str:
    """What TensorFlow calls an input; several tensors can belong to one name."""
    from tensorflow.python.framework import (  # type: ignore[import-untyped,unused-ignore]
        op_def_registry,
    )

    definition = op_def_registry.get(op)
    names: Sequence[str] = [] if definition is None else [a.name for a in definition.input_arg]
    if op == "ConcatV2" and place == count - 1:
        return "axis"
    if len(names) != count:
        return "input %d" % place
    return "axis" if names[place] in AXIS_NAMES else names[place]
