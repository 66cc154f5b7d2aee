"""Values that hold others: alternatives, tuples, and what lists and dicts in the heap hold."""

from __future__ import annotations

from collections.abc import Hashable
from collections.abc import Mapping as Entries
from dataclasses import dataclass
from functools import cached_property

from transforms.interpret.value_kinds import Kind, Openness
from transforms.interpret.values import Symbolic, Value

# Whether there is a KerasTensor, and the lists and dicts in the heap that are to be looked into.
Inside = tuple[bool, "tuple[Address, ...]"]


@dataclass(frozen=True)
class Sequence(Value):
    """A tuple, generator or slice, or what a list in the heap holds.

    ``items`` is None when the length is unknown; ``rest`` is then what each item may be.
    """

    items: tuple[Value, ...] | None
    rest: Value | None = None
    kind: str = "tuple"
    fields: tuple[str, ...] = ()

    @cached_property
    def parts(self) -> tuple[Value, ...]:
        """All that it holds."""
        return (*(self.items or ()), *(() if self.rest is None else (self.rest,)))

    @cached_property
    def open(self) -> int:  # type: ignore[override]
        """How far callers choose a part of it."""
        return max((part.open for part in self.parts), default=Openness.CLOSED)

    @cached_property
    def depth(self) -> int:
        """How deep tuples nest in it."""
        return 1 + max((_depth(part) for part in self.parts), default=0)

    @cached_property
    def size(self) -> int:
        """How much nests in it."""
        return 1 + sum(_size(part) for part in self.parts)

    @cached_property
    def inside(self) -> Inside:
        """What stands in it without looking into the heap."""
        return _inside(self.parts)

    @cached_property
    def _hash(self) -> int:
        return hash((self.items, self.rest, self.kind, self.fields))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def is_ground(self) -> bool:  # type: ignore[override]
        """Whether no object and no parameter stands in it."""
        return all(part.is_ground for part in self.parts)

    @property
    def kinds(self) -> int:  # type: ignore[override]
        """Whether it holds KerasTensors."""
        return container_kinds(self)


@dataclass(frozen=True)
class Mapping(Value):
    """What a dict in the heap holds; ``rest`` are the values under keys that are not known.

    Keys in ``optional`` may be missing. ``factory`` makes what is missing in a ``defaultdict``.
    """

    entries: Entries[Hashable, Value]
    rest: Value | None = None
    optional: frozenset[Hashable] = frozenset()
    factory: Value | None = None

    @cached_property
    def parts(self) -> tuple[Value, ...]:
        """All that it holds."""
        return (*self.entries.values(), *(() if self.rest is None else (self.rest,)))

    @cached_property
    def open(self) -> int:  # type: ignore[override]
        """How far callers choose a part of it."""
        return max((part.open for part in self.parts), default=Openness.CLOSED)

    @cached_property
    def inside(self) -> Inside:
        """What stands in it without looking into the heap."""
        return _inside(self.parts)

    def __hash__(self) -> int:
        return hash(tuple(self.entries))

    @cached_property
    def is_ground(self) -> bool:  # type: ignore[override]
        """Whether no object and no parameter stands in it."""
        return self.factory is None and all(part.is_ground for part in self.parts)

    @property
    def is_exact(self) -> bool:
        """Whether the keys are known."""
        return self.rest is None and not self.optional

    @property
    def kinds(self) -> int:  # type: ignore[override]
        """Whether it holds KerasTensors."""
        return container_kinds(self)


class OneOf(Value):
    """One of several values, depending on the path taken; the order is that of the source."""

    __slots__ = ("_ground", "_hash", "_inside", "_members", "alternatives")

    def __init__(self, alternatives: tuple[Value, ...]) -> None:
        self.alternatives = alternatives
        self._hash = 0
        self._members: frozenset[Value] | None = None
        self._inside: Inside | None = None
        self._ground: bool | None = None

    @property
    def is_ground(self) -> bool:  # type: ignore[override]
        """Whether no object and no parameter is one of them."""
        if self._ground is None:
            self._ground = all(part.is_ground for part in self.alternatives)
        return self._ground

    @property
    def inside(self) -> Inside:
        """What stands in it without looking into the heap."""
        if self._inside is None:
            self._inside = _inside(self.alternatives)
        return self._inside

    @property
    def members(self) -> frozenset[Value]:
        """The alternatives as a set."""
        if self._members is None:
            self._members = frozenset(self.alternatives)
        return self._members

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, OneOf) and hash(self) == hash(other) and self.members == other.members
        )

    def __hash__(self) -> int:
        if not self._hash:
            self._hash = hash(self.members) or 1
        return self._hash

    def __repr__(self) -> str:
        return f"OneOf({self.alternatives})"

    @property
    def kinds(self) -> int:  # type: ignore[override]
        """What it may be."""
        kinds = Kind.NOTHING
        for alternative in self.alternatives:
            kinds |= alternative.kinds
        return kinds

    @property
    def open(self) -> int:  # type: ignore[override]
        """How far callers choose it."""
        return max(alternative.open for alternative in self.alternatives)


def _inside(parts: tuple[Value, ...]) -> Inside:
    found = False
    addresses: dict[Address, None] = {}
    for part in parts:
        if isinstance(part, Symbolic):
            found = True
        elif isinstance(part, Address):
            addresses[part] = None
        elif isinstance(part, (OneOf, Sequence, Mapping)):
            has_tensor, more = part.inside
            found = found or has_tensor
            addresses.update(dict.fromkeys(more))
    return found, tuple(addresses)


def _size(value: Value) -> int:
    if isinstance(value, Sequence):
        return value.size
    if isinstance(value, OneOf):
        return sum(_size(alternative) for alternative in value.alternatives)
    return 1


def _depth(value: Value) -> int:
    if isinstance(value, Sequence):
        return value.depth
    if isinstance(value, OneOf):
        return max(_depth(alternative) for alternative in value.alternatives)
    return 0


def container_kinds(container: Value) -> int:
    """The kinds of a list, tuple or dict."""
    return Kind.HOLDS_SYMBOLIC if holds_symbolic(container) else Kind.PLAIN


class Address(Value):
    """A list or dict in the heap; ``content`` is what it holds now."""

    __slots__ = ()

    @property
    def content(self) -> Sequence | Mapping:
        """What it holds."""
        raise NotImplementedError

    @property
    def kinds(self) -> int:  # type: ignore[override]
        """Whether it holds KerasTensors."""
        return container_kinds(self)


def alternatives(value: Value) -> tuple[Value, ...]:
    """The values that ``value`` may be."""
    return value.alternatives if isinstance(value, OneOf) else (value,)


def contents(value: Value) -> Value:
    """What ``value`` holds where it is a list or dict in the heap, else ``value``."""
    return value.content if isinstance(value, Address) else value


def holds_symbolic(value: Value) -> bool:
    """Whether ``value`` is, or holds at any depth, a KerasTensor or what may be one."""
    if isinstance(value, Address):
        pending = [value]
    elif isinstance(value, (OneOf, Sequence, Mapping)):
        found, addresses = value.inside
        if found or not addresses:
            return found
        pending = list(addresses)
    else:
        return isinstance(value, Symbolic)
    seen = set(pending)
    for address in pending:
        found, addresses = address.content.inside
        if found:
            return True
        for inner in addresses:
            if inner not in seen:
                seen.add(inner)
                pending.append(inner)
    return False
