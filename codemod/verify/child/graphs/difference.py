"""The first difference of two graphs, from their tables of keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence, Set, Tuple

from ..limits import SHOWN_VALUE
from .keys import GraphKeys, NodeEntry, Tables
from .nodes import FUNCTION

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
DECISIVE_OPS = frozenset(["Cast", "StopGradient"])
CAST_TARGET = "DstT"
NUMBER, OP = "number", "op"


@dataclass(frozen=True)
class Difference:
    """What differs (``text``) at the op that the second graph has under ``name``.

    ``name`` is that of the innermost op outside function bodies; it may be empty. ``kind`` is set
    where the model is another one whatever its samples show: ``NUMBER`` where one float constant
    stands in the place of another, all on the way being equal, ``OP`` where only one of the graphs
    casts or stops gradients there, or they cast to other dtypes.
    """

    op: str
    name: str
    text: str
    kind: str = ""


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
            return search.first(_Pair(old, new))
    return search.effects(left.effects, right.effects)


@dataclass(frozen=True)
class _Pair:
    """Two unequal edges into the input ``place`` of ``consumer``, or two nodes that run."""

    old: str
    new: str
    consumer: Optional[NodeEntry] = None
    place: str = "output"


class _Search:
    def __init__(self, left: Tables, right: Tables) -> None:
        self._left = left
        self._right = right

    def effects(self, old: List[str], new: List[str]) -> Optional[Difference]:
        """The difference of what runs besides: pairs of ops of one kind on one resource."""
        kept = set(old) & set(new)
        gone = [key for key in old if key not in kept]
        added = [key for key in new if key not in kept]
        targets = {self._target(self._left, key): key for key in reversed(gone)}
        for key in sorted(added, key=lambda item: self._right.nodes[item].number):
            same = targets.get(self._target(self._right, key))
            if same is not None:
                return self.first(_Pair(same, key))
            after = self._right.nodes[key]
            return Difference(after.op, after.name, "only the rewritten model runs it")
        if gone:
            return Difference(self._left.nodes[gone[0]].op, "", "only the original runs it")
        return None

    def _target(self, tables: Tables, key: str) -> Tuple[str, Tuple[str, ...]]:
        return tables.nodes[key].op, tuple(tables.nodes[key].inputs[:1])

    def first(self, pair: _Pair) -> Optional[Difference]:
        """The difference nearest to the inputs on the way that the first differences take."""
        stack = [pair]
        seen: Set[Tuple[str, str]] = set()
        last = None
        while stack:
            pair = stack.pop()
            if (pair.old, pair.new) in seen:
                continue
            seen.add((pair.old, pair.new))
            here, inside = self._compare(pair)
            if here is not None and not inside:
                return here
            last = here or last
            stack.extend(reversed(inside))
        return last

    def _compare(self, pair: _Pair) -> Tuple[Optional[Difference], List[_Pair]]:
        """What differs at the pair itself, and the pairs in which the reason may be."""
        old, new = _entry(self._left, pair.old), _entry(self._right, pair.new)
        at = pair.consumer or new
        if new.op in SOURCES:
            before, after = self._shown(old, 0), self._shown(new, 1)
            is_told = before != after
            text = "is %s, not %s" % (after, before) if is_told else "is another %s" % after
            name = at.name if pair.consumer else ""
            is_number = "" != self._float_kind(old, 0) == self._float_kind(new, 1)
            kind = NUMBER if is_number else ""
            return Difference(at.op, name, "%s %s" % (pair.place, text), kind), []
        if old.op != new.op:
            text = "the original has %s in its place" % self._shown(old, 0)
            kind = OP if DECISIVE_OPS & {old.op, new.op} else ""
            return Difference(new.op, new.name, text, kind), []
        if _node(pair.old) == _node(pair.new):
            text = "%s is another output of `%s`" % (pair.place, new.op)
            return Difference(at.op, at.name, text), []
        changed = self._attributes(old, new)
        if changed is not None and not self._only_types(old, new):
            return changed, []
        if len(old.inputs) != len(new.inputs):
            text = "it has %d inputs, not %d" % (len(new.inputs), len(old.inputs))
            return Difference(new.op, new.name, text), []
        places = [i for i, edge in enumerate(old.inputs) if edge != new.inputs[i]]
        if len(places) > 1 and sorted(old.inputs) == sorted(new.inputs):
            return Difference(new.op, new.name, "its inputs are in another order"), []
        count = len(new.inputs)
        inside = [
            _Pair(old.inputs[i], new.inputs[i], new, _input_name(new.op, i, count)) for i in places
        ]
        if inside or changed is not None:
            return changed, inside
        return self._state(old, new)

    def _state(self, old: NodeEntry, new: NodeEntry) -> Tuple[Optional[Difference], List[_Pair]]:
        lost = [key for key in old.controls if key not in new.controls]
        only = [key for key in new.controls if key not in old.controls]
        inside = [
            _Pair(first, second)
            for first, second in zip(lost, only)
            if self._left.nodes[first].op == self._right.nodes[second].op
        ]
        if lost or only:
            return Difference(new.op, new.name, "other ops must run before it"), inside
        text = "it is one op used twice in one of the models, or it runs in another order"
        return Difference(new.op, new.name, text), []

    def _only_types(self, old: NodeEntry, new: NodeEntry) -> bool:
        """Whether the attributes differ in types alone, as they do where the inputs do."""
        before = self._left.attributes[old.attributes]
        after = self._right.attributes[new.attributes]
        return all(before.get(n) == after.get(n) for n in {*before, *after} - TYPE_ATTRIBUTES)

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
        kind = OP if CAST_TARGET in names else ""
        return Difference(new.op, new.name, ", ".join(shown) or "its attributes differ", kind)

    def _functions(self, old: str, new: str) -> Optional[Difference]:
        for left, right in zip(old.split()[1:], new.split()[1:]):
            if left != right and left in self._left.functions and right in self._right.functions:
                one, other = self._left.functions[left], self._right.functions[right]
                return first_difference(
                    GraphKeys(one[0], one[1]), self._left, GraphKeys(*other), self._right
                )
        return None

    def _float_kind(self, entry: NodeEntry, side: int) -> str:
        """The dtype and shape of a constant of floats, otherwise nothing."""
        if entry.op != "constant":
            return ""
        text = (self._left, self._right)[side].attributes[entry.attributes].get("value", "")
        kind = text.partition(" #")[0].rpartition(" ")[2]
        return kind if kind.startswith(("float", "bfloat")) else ""

    def _shown(self, entry: NodeEntry, side: int) -> str:
        kind = SOURCES.get(entry.op)
        if kind is None:
            return "`%s`" % entry.op
        tables = (self._left, self._right)[side]
        text = tables.attributes[entry.attributes].get("value", "")
        value = text.partition(" #")[0]
        if entry.op == "constant":
            short = value.rpartition(" ")[0] if value.endswith("[]") else value
            return short.replace("... ", "constant ")[:SHOWN_VALUE]
        return ("%s %s" % (kind, value)).strip()[:SHOWN_VALUE]


def _node(edge: str) -> str:
    return edge.partition(":")[0]


def _entry(tables: Tables, edge: str) -> NodeEntry:
    return tables.nodes[_node(edge)]


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
