"""The differences of two graphs, from their tables of keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence, Set, Tuple

from ..limits import SHOWN_VALUE
from .canonical import Canonical
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


@dataclass(frozen=True)
class Side:
    """A graph with what its keys stand for, and the keys under all rules."""

    keys: GraphKeys
    tables: Tables
    canonical: Canonical


def differences(left: Side, right: Side) -> List[Difference]:
    """Where the second graph departs from the first one, from the outputs on: all such places."""
    if len(left.keys.outputs) != len(right.keys.outputs):
        count = "%d tensors are returned, not %d"
        return [Difference("", "", count % (len(right.keys.outputs), len(left.keys.outputs)))]
    search = _Search(left, right)
    found = []
    for old, new in zip(left.keys.outputs, right.keys.outputs):
        found += search.all(_Pair(old, new))
    return found + search.effects()


@dataclass(frozen=True)
class _Pair:
    """Two unequal edges into the input ``place`` of ``consumer``, or two nodes that run."""

    old: str
    new: str
    consumer: Optional[NodeEntry] = None
    place: str = "output"


class _Search:
    def __init__(self, left: Side, right: Side) -> None:
        self._sides = (left, right)
        self._canonical = (left.canonical, right.canonical)
        self._left = left.tables
        self._right = right.tables
        self._seen: Set[Tuple[str, str]] = set()

    def effects(self) -> List[Difference]:
        """The differences of what runs besides: pairs of ops of one kind on one resource."""
        one, other = self._sides
        old = {one.canonical.node(key): key for key in one.keys.effects}
        new = {other.canonical.node(key): key for key in other.keys.effects}
        gone = [key for canonical, key in old.items() if canonical not in new]
        added = [key for canonical, key in new.items() if canonical not in old]
        targets = {self._target(self._left, key): key for key in reversed(gone)}
        found: List[Difference] = []
        for key in sorted(added, key=lambda item: (self._right.nodes[item].number, item)):
            same = targets.get(self._target(self._right, key))
            if same is not None:
                found += self.all(_Pair(same, key))
                continue
            after = self._right.nodes[key]
            found.append(Difference(after.op, after.name, "only the rewritten model runs it"))
        if gone and not added:
            text = "only the original runs it"
            found.append(Difference(self._left.nodes[gone[0]].op, "", text))
        if not found and len(one.keys.effects) != len(other.keys.effects):
            found.append(Difference("", "", "the ops that run besides have another number"))
        return found

    def _target(self, tables: Tables, key: str) -> Tuple[str, Tuple[str, ...]]:
        return tables.nodes[key].op, tuple(tables.nodes[key].inputs[:1])

    def all(self, pair: _Pair) -> List[Difference]:
        """The differences on all ways from a pair to the inputs, each as near to these as it is."""
        stack = [pair]
        found: List[Difference] = []
        while stack:
            pair = stack.pop()
            if (pair.old, pair.new) in self._seen or self._are_equal(pair.old, pair.new):
                continue
            self._seen.add((pair.old, pair.new))
            here, inside = self._compare(pair)
            if not inside:
                found += here
            stack.extend(reversed(inside))
        return found

    def _are_equal(self, old: str, new: str) -> bool:
        one, other = self._canonical
        if ":" not in old:
            return one.node(old) == other.node(new)
        return one.edge(old) == other.edge(new)

    def _compare(self, pair: _Pair) -> Tuple[List[Difference], List[_Pair]]:
        """What differs at the pair itself, and the pairs in which the reason may be."""
        old, new = _entry(self._left, pair.old), _entry(self._right, pair.new)
        at = pair.consumer or new
        if new.op in SOURCES:
            return [self._of_sources(pair, old, new, at)], []
        if old.op != new.op:
            text = "the original has %s in its place" % self._shown(old, 0)
            kind = OP if DECISIVE_OPS & {old.op, new.op} else ""
            return [Difference(new.op, new.name, text, kind)], []
        if _node(pair.old) == _node(pair.new):
            text = "%s is another output of `%s`" % (pair.place, new.op)
            return [Difference(at.op, at.name, text)], []
        changed = self._attributes(old, new)
        if changed and not self._only_types(old, new):
            return changed, []
        if len(old.inputs) != len(new.inputs):
            text = "it has %d inputs, not %d" % (len(new.inputs), len(old.inputs))
            return [Difference(new.op, new.name, text)], []
        one, other = self._canonical
        before, after = [one.edge(e) for e in old.inputs], [other.edge(e) for e in new.inputs]
        places = [(i, i) for i, edge in enumerate(before) if edge != after[i]]
        if len(places) > 1 and sorted(before) == sorted(after):
            return [Difference(new.op, new.name, "its inputs are in another order")], []
        if places and other.is_commutative(new):
            # Operands that have a counterpart anywhere are no difference.
            left = [i for i, edge in enumerate(before) if edge not in after]
            places = list(zip(left, [i for i, edge in enumerate(after) if edge not in before]))
        count = len(new.inputs)
        inside = [
            _Pair(old.inputs[i], new.inputs[k], new, _input_name(new.op, k, count))
            for i, k in places
        ]
        if inside or changed:
            return changed, inside
        return self._state(old, new)

    def _of_sources(self, pair: _Pair, old: NodeEntry, new: NodeEntry, at: NodeEntry) -> Difference:
        before, after = self._shown(old, 0), self._shown(new, 1)
        is_told = before != after
        text = "is %s, not %s" % (after, before) if is_told else "is another %s" % after
        name = at.name if pair.consumer else ""
        is_number = "" != self._float_kind(old, 0) == self._float_kind(new, 1)
        return Difference(at.op, name, "%s %s" % (pair.place, text), NUMBER if is_number else "")

    def _state(self, old: NodeEntry, new: NodeEntry) -> Tuple[List[Difference], List[_Pair]]:
        one, other = self._canonical
        known = {other.node(key) for key in new.controls}
        lost = [key for key in old.controls if one.node(key) not in known]
        known = {one.node(key) for key in old.controls}
        only = [key for key in new.controls if other.node(key) not in known]
        inside = [
            _Pair(first, second)
            for first, second in zip(lost, only)
            if self._left.nodes[first].op == self._right.nodes[second].op
        ]
        if lost or only:
            return [Difference(new.op, new.name, "other ops must run before it")], inside
        text = "it is one op used twice in one of the models, or it runs in another order"
        return [Difference(new.op, new.name, text)], []

    def _only_types(self, old: NodeEntry, new: NodeEntry) -> bool:
        """Whether the attributes differ in types alone, as they do where the inputs do."""
        before = self._left.attributes[old.attributes]
        after = self._right.attributes[new.attributes]
        return all(before.get(n) == after.get(n) for n in {*before, *after} - TYPE_ATTRIBUTES)

    def _attributes(self, old: NodeEntry, new: NodeEntry) -> List[Difference]:
        one, other = self._canonical
        if one.attributes(old) == other.attributes(new):
            return []
        before = self._left.attributes[old.attributes]
        after = self._right.attributes[new.attributes]
        names = [n for n in sorted({*before, *after}) if before.get(n) != after.get(n)]
        found: List[Difference] = []
        for name in names:
            texts = before.get(name, ""), after.get(name, "")
            if all(text.startswith(FUNCTION) for text in texts):
                for inner in self._functions(texts[0], texts[1]):
                    place = "`%s`: " % inner.op if inner.op else ""
                    text = "its `%s` differs: %s%s" % (name, place, inner.text)
                    found.append(Difference(new.op, new.name, text, inner.kind))
        if found:
            return found
        shown = ["%s is %s, not %s" % (n, after.get(n, "-"), before.get(n, "-")) for n in names]
        functions = [n for n in names if after.get(n, "").startswith(FUNCTION)]
        if functions:
            shown = ["its `%s` differs" % name for name in functions]
        kind = OP if CAST_TARGET in names else ""
        text = ", ".join(shown) or "its attributes differ"
        return [Difference(new.op, new.name, text, kind)]

    def _functions(self, old: str, new: str) -> List[Difference]:
        found = []
        for left, right in zip(old.split()[1:], new.split()[1:]):
            if left != right and left in self._left.functions and right in self._right.functions:
                one, other = self._left.functions[left], self._right.functions[right]
                sides = [
                    Side(GraphKeys(keys[0], keys[1]), side.tables, side.canonical)
                    for keys, side in zip((one, other), self._sides)
                ]
                found += differences(*sides)
        return found

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
