"""The join of values: what is known of a value that is one or the other.

Idempotent, commutative and associative, also where limits widen.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace

from transforms.interpret import limits
from transforms.interpret.leaves import leaves
from transforms.interpret.openness import opened
from transforms.interpret.structures import Address, Mapping, OneOf, Sequence, alternatives
from transforms.interpret.values import NONE, OPAQUE, Known, Plain, Symbolic, Value

CONTAINER_METHODS = frozenset(
    {"append", "copy", "count", "extend", "get", "index", "items", "keys", "pop", "values"}
)


def join(left: Value, right: Value) -> Value:
    """What is known of a value that is either; ``left`` itself where ``right`` says no more."""
    if left is right:
        return left
    new = alternatives(right)
    if isinstance(left, OneOf):
        known = left.members
        new = tuple(value for value in new if value.open or value not in known)
        if not new:
            return left
    merged = {value: value for value in alternatives(left)}
    changed = False
    for value in new:
        changed = _include(merged, value) or changed
    return _one_of(list(merged.values())) if changed else left


def join_all(values: Iterable[Value]) -> Value:
    """The join of several values; of none, nothing is known."""
    first: Value | None = None
    merged: dict[Value, Value] | None = None
    changed = False
    for value in values:
        if first is None:
            first = value
            continue
        if value is first:
            continue
        if merged is None:
            merged = {one: one for one in alternatives(first)}
        for one in alternatives(value):
            changed = _include(merged, one) or changed
        if changed and len(merged) > limits.UNJOINED:
            merged = {one: one for one in alternatives(_one_of(list(merged.values())))}
    if first is None:
        return OPAQUE
    return first if merged is None or not changed else _one_of(list(merged.values()))


def join_optional(left: Value | None, right: Value | None) -> Value | None:
    """The join of what is there."""
    if left is None or right is None:
        return right if left is None else left
    return join(left, right)


def identical(left: Value, right: Value) -> bool:
    """Whether nothing tells the values apart, neither what they are nor who chooses them."""
    return left is right or (left == right and left.open == right.open)


def _one_of(values: list[Value]) -> Value:
    if sum(isinstance(value, Known) for value in values) > limits.CONSTANTS:
        values = _without_constants(values)
    for kind in {value.kind for value in values if isinstance(value, Sequence)}:
        same = [v for v in values if isinstance(v, Sequence) and v.kind == kind]
        loose_too = len(same) > 1 and any(value.items is None for value in same)
        if len(same) > limits.SHAPES or loose_too:
            loose = Sequence(None, join_all(part for v in same for part in v.parts), kind)
            values = [*(v for v in values if v not in same), loose]
    return values[0] if len(values) == 1 else OneOf(tuple(values))


def _without_constants(values: list[Value]) -> list[Value]:
    constants = [v for v in values if _is_constant(v)]
    openness = max(value.open for value in constants)
    kept = [value for value in values if not _is_constant(value)]
    return [*kept, Plain(widened=True, open=openness)]


def _is_constant(value: Value) -> bool:
    """What a widened value stands for: literals but for ``None``, which tests tell apart."""
    if isinstance(value, Known):
        return value.value is not None
    return isinstance(value, Plain) and not value.array


def _include(merged: dict[Value, Value], value: Value) -> bool:
    """Add ``value`` to the alternatives ``merged``; whether that changed them."""
    known = merged.get(value)
    if known is not None and known.open >= value.open:
        return False
    # Few kinds of values are not told apart, and there are never many of these.
    candidates = [known] if known is not None else _like(merged, value)
    for item in candidates:
        combined = _combined(item, value)
        if combined is item:
            return False
        if combined is not None:
            replaced = {combined if one is item else one: None for one in merged.values()}
            merged.clear()
            merged.update({one: one for one in replaced})
            return True
    if isinstance(value, Plain) and value.widened:
        for item in [item for item in merged if _is_constant(item)]:
            del merged[item]
    merged[value] = value
    return True


def _like(merged: dict[Value, Value], value: Value) -> list[Value]:
    """The alternatives that may be one with ``value``."""
    if isinstance(value, (Symbolic, Sequence)):
        return [item for item in merged.values() if type(item) is type(value)]
    if _is_constant(value):
        return [item for item in merged.values() if isinstance(item, Plain) and item.widened]
    return []


def _combined(item: Value, value: Value) -> Value | None:
    """One value for both, ``item`` itself where it says all; None where they are told apart."""
    if isinstance(item, Plain) and item.widened and _is_constant(value):
        return item if item.open >= value.open else replace(item, open=value.open)
    if type(item) is not type(value):
        return None
    if isinstance(item, Symbolic) and isinstance(value, Symbolic):
        return _one_tensor(item, value)
    if isinstance(item, Sequence) and isinstance(value, Sequence):
        return _one_sequence(item, value)
    if item == value:
        return item if item.open >= value.open else value
    return None


def _one_tensor(item: Symbolic, value: Symbolic) -> Symbolic | None:
    same = (item.dtype, item.certain, item.structured) == (
        value.dtype,
        value.certain,
        value.structured,
    )
    if not same:
        return None
    scalings = item.scalings | value.scalings
    return item if scalings == item.scalings else replace(item, scalings=scalings)


def _one_sequence(item: Sequence, value: Sequence) -> Sequence | None:
    if item.kind != value.kind or item.fields != value.fields:
        return None
    if item.items is not None and value.items is not None and len(item.items) != len(value.items):
        return None
    return join_sequences(item, value)


def join_sequences(left: Sequence, right: Sequence) -> Sequence:
    """A list or tuple that is one or the other: by place where they have one length."""
    if left.items is not None and right.items is not None and len(left.items) == len(right.items):
        items = tuple(join(a, b) for a, b in zip(left.items, right.items))
        if all(a is b for a, b in zip(items, left.items)):
            return left
        return shallow(Sequence(items, None, left.kind, left.fields))
    rest = join_all([*left.parts, *right.parts]) if left.parts or right.parts else None
    if left.items is None and rest is left.rest:
        return left
    return shallow(Sequence(None, rest, left.kind))


def join_mappings(left: Mapping, right: Mapping) -> Mapping:
    """A dict that is one or the other: a key of one alone may be missing."""
    entries = dict(left.entries)
    changed = False
    if right.rest is not None:
        # What stands under a key of one alone may be under one that is not known in the other.
        for key in left.entries.keys() - right.entries.keys():
            entries[key] = join(entries[key], right.rest)
            changed = changed or entries[key] is not left.entries[key]
    for key, value in right.entries.items():
        old = entries.get(key, left.rest)
        entries[key] = value if old is None else join(old, value)
        changed = changed or entries[key] is not left.entries.get(key)
    optional = (
        left.optional
        | right.optional
        | frozenset[Hashable](left.entries.keys() ^ right.entries.keys())
    )
    rest = join_optional(left.rest, right.rest)
    factory = join_optional(left.factory, right.factory)
    same = not changed and optional == left.optional
    if same and rest is left.rest and factory is left.factory:
        return left
    return Mapping(entries, rest, optional, factory)


def join_contents(left: Value, right: Value) -> Value:
    """The join of what a list or dict holds, which is never kept apart as alternatives."""
    if left is right:
        return left
    if isinstance(left, Sequence) and isinstance(right, Sequence):
        return join_sequences(left, right)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return join_mappings(left, right)
    return join(left, right)


def shallow(sequence: Sequence, nesting: int = limits.NESTING) -> Sequence:
    """``sequence`` with what nests too deep in it laid flat."""
    if sequence.weight > limits.SIZE:
        nesting = 1
    if sequence.depth <= nesting:
        return sequence
    if nesting <= 1:
        flat = join_all(leaf for leaf in leaves(sequence) if not isinstance(leaf, Sequence))
        return Sequence(None, flat, sequence.kind)

    def cut(value: Value) -> Value:
        parts = [
            shallow(part, nesting - 1) if isinstance(part, Sequence) else part
            for part in alternatives(value)
        ]
        return join_all(parts)

    items = None if sequence.items is None else tuple(cut(item) for item in sequence.items)
    rest = None if sequence.rest is None else cut(sequence.rest)
    return Sequence(items, rest, sequence.kind, sequence.fields)


def widened(value: Value) -> Value:
    """``value`` without what loops let grow: literals and the lengths and nesting of tuples."""
    return join_all(_widened_part(part) for part in alternatives(value))


def _widened_part(value: Value) -> Value:
    if isinstance(value, Known) and not isinstance(value.value, (bool, type(None))):
        return Plain(widened=True, open=value.open)
    if isinstance(value, Sequence):
        parts = [widened(part) for part in value.parts]
        items = tuple(parts) if value.items is not None else None
        loose = None if items is not None or not parts else join_all(parts)
        return shallow(Sequence(items, loose, value.kind, value.fields), 2)
    if isinstance(value, Mapping):
        entries = {key: widened(entry) for key, entry in value.entries.items()}
        rest = None if value.rest is None else widened(value.rest)
        return Mapping(entries, rest, value.optional, value.factory)
    return value


def not_none(value: Value) -> Value:
    """``value`` where code has used it in a way that ``None`` would not survive."""
    if isinstance(value, OneOf):
        kept = [item for item in value.alternatives if item != NONE]
        return join_all(kept) if kept else value
    return value


def containers_of(value: Value) -> Value:
    """``value`` where it is used as a list or dictionary is, and as no KerasTensor can be."""
    if not isinstance(value, OneOf):
        return value
    kept = [item for item in value.alternatives if not _is_one_tensor(item)]
    return join_all(kept) if any(isinstance(item, Address) for item in kept) else value


def _is_one_tensor(value: Value) -> bool:
    return isinstance(value, Symbolic) and not value.structured


def element(container: Sequence | Mapping) -> Value:
    """What one item of a container may be."""
    return join_all(container.parts)


def choice(values: Iterable[Value], openness: int) -> Value:
    """One of ``values``, chosen by something that is open to the degree ``openness``."""
    return opened(join_all(values), openness) if openness else join_all(values)
