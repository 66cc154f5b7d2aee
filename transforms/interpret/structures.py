"""Values that hold others: alternatives, tuples, and what lists and dicts in the heap hold."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Set
from collections.abc import Mapping as Entries
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from transforms.interpret.value_kinds import Kind, Openness
from transforms.interpret.values import Symbolic, Value


class Inside(NamedTuple):
    """What stands in a value without looking into the heap, each once.

    ``leaves`` hold no others; ``addresses`` are the lists and dicts that are to be looked into.
    """

    leaves: tuple[Value, ...]
    addresses: tuple[Address, ...]
    has_symbolic: bool
    has_callable: bool


class _Container(Value):
    """What holds its ``parts``."""

    parts: tuple[Value, ...]

    @cached_property
    def open(self) -> int:  # type: ignore[override]
        """How far callers choose a part of it."""
        return max((part.open for part in self.parts), default=Openness.CLOSED)

    @cached_property
    def is_ground(self) -> bool:  # type: ignore[override]
        """Whether no object and no parameter stands in it."""
        return all(part.is_ground for part in self.parts)

    @cached_property
    def nesting(self) -> int:  # type: ignore[override]
        """How many attributes of attributes there are in it."""
        return max((part.nesting for part in self.parts), default=0)

    @cached_property
    def inside(self) -> Inside:
        """What stands in it without looking into the heap."""
        return _inside(self.parts)

    @cached_property
    def weight(self) -> int:  # type: ignore[override]
        """How much work it is to join it: how many values it is made of, the heap left out."""
        return 1 + sum(part.weight for part in self.parts)

    @property
    def kinds(self) -> int:  # type: ignore[override]
        """Whether it holds KerasTensors."""
        return container_kinds(self)


@dataclass(frozen=True)
class Sequence(_Container):
    """A tuple, generator or slice, or what a list in the heap holds.

    ``items`` is None when the length is unknown; ``rest`` is then what each item may be.
    """

    items: tuple[Value, ...] | None
    rest: Value | None = None
    kind: str = "tuple"
    fields: tuple[str, ...] = ()

    @cached_property
    def parts(self) -> tuple[Value, ...]:  # type: ignore[override]
        """All that it holds."""
        return (*(self.items or ()), *(() if self.rest is None else (self.rest,)))

    @cached_property
    def depth(self) -> int:  # type: ignore[override]
        """How deep tuples nest in it."""
        return 1 + max((part.depth for part in self.parts), default=0)

    @cached_property
    def _hash(self) -> int:
        return hash((self.items, self.rest, self.kind, self.fields))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True)
class Mapping(_Container):
    """What a dict in the heap holds; ``rest`` are the values under keys that are not known.

    Keys in ``optional`` may be missing. ``factory`` makes what is missing in a ``defaultdict``.
    """

    entries: Entries[Hashable, Value]
    rest: Value | None = None
    optional: frozenset[Hashable] = frozenset()
    factory: Value | None = None

    @cached_property
    def parts(self) -> tuple[Value, ...]:  # type: ignore[override]
        """All that it holds."""
        return (*self.entries.values(), *(() if self.rest is None else (self.rest,)))

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


class OneOf(Value):
    """One of several values, depending on the path taken; the order is that of the source."""

    __slots__ = tuple("_ground _hash _inside _members _open _weight alternatives nesting".split())

    def __init__(self, alternatives: tuple[Value, ...]) -> None:
        self.alternatives = alternatives
        self._hash = 0
        self._weight = 0
        self._open: int | None = None
        self.nesting = max(alternative.nesting for alternative in alternatives)
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
    def depth(self) -> int:  # type: ignore[override]
        """How deep tuples nest in one of them."""
        return max(alternative.depth for alternative in self.alternatives)

    @property
    def weight(self) -> int:  # type: ignore[override]
        """How many values it may be."""
        if not self._weight:
            self._weight = sum(alternative.weight for alternative in self.alternatives)
        return self._weight

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
        containers: list[Value] = []
        for alternative in self.alternatives:
            if isinstance(alternative, (Sequence, Mapping, Address)):
                containers.append(alternative)
            else:
                kinds |= alternative.kinds
        # What they have in common is looked into once.
        if containers and not holds_symbolic(self):
            return kinds | Kind.PLAIN
        for container in containers:
            kinds |= container.kinds
        return kinds

    @property
    def open(self) -> int:  # type: ignore[override]
        """How far callers choose it."""
        if self._open is None:
            self._open = max(alternative.open for alternative in self.alternatives)
        return self._open


def _inside(parts: tuple[Value, ...]) -> Inside:
    leaves: dict[int, Value] = {}
    addresses: dict[Address, None] = {}
    has_symbolic = has_callable = False
    for part in parts:
        if isinstance(part, (OneOf, Sequence, Mapping)):
            inside = part.inside
            leaves.update((id(leaf), leaf) for leaf in inside.leaves)
            addresses.update(dict.fromkeys(inside.addresses))
            has_symbolic = has_symbolic or inside.has_symbolic
            has_callable = has_callable or inside.has_callable
        elif isinstance(part, Address):
            addresses[part] = None
        else:
            leaves[id(part)] = part
            has_symbolic = has_symbolic or isinstance(part, Symbolic)
            has_callable = has_callable or bool(part.kinds & Kind.CALLABLE)
    return Inside(tuple(leaves.values()), tuple(addresses), has_symbolic, has_callable)


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


def insides(value: Value, known: Set[Address] = frozenset()) -> Iterator[tuple[Value, Inside]]:
    """``value`` and the lists and dicts in it at any depth, each once, with what stands in them.

    Those that are ``known``, and what is in them, are left out.
    """
    if isinstance(value, Address):
        pending = [] if value in known else [value]
    elif isinstance(value, (OneOf, Sequence, Mapping)):
        yield value, value.inside
        pending = [address for address in value.inside.addresses if address not in known]
    else:
        yield value, _inside((value,))
        return
    seen = {*known, *pending}
    for address in pending:
        inside = address.content.inside
        yield address, inside
        for inner in inside.addresses:
            if inner not in seen:
                seen.add(inner)
                pending.append(inner)


def holds_symbolic(value: Value) -> bool:
    """Whether ``value`` is, or holds at any depth, a KerasTensor or what may be one."""
    if not isinstance(value, (OneOf, Sequence, Mapping, Address)):
        return isinstance(value, Symbolic)
    inside = value.content.inside if isinstance(value, Address) else value.inside
    if inside.has_symbolic or not inside.addresses:
        return inside.has_symbolic
    return _holds(value, "has_symbolic", set())


def holds_callable(value: Value, clean: set[Address]) -> bool:
    """Whether ``value`` is a function or class, or holds one at any depth.

    ``clean`` are lists and dicts that hold none; where ``value`` holds none, it takes in its own.
    """
    return _holds(value, "has_callable", clean)


def _holds(value: Value, asked: str, clean: set[Address]) -> bool:
    if isinstance(value, (OneOf, Sequence, Mapping)) and not value.inside.addresses:
        return bool(getattr(value.inside, asked))
    looked_into: list[Address] = []
    for holder, inside in insides(value, clean):
        if getattr(inside, asked):
            return True
        if isinstance(holder, Address):
            looked_into.append(holder)
    clean.update(looked_into)
    return False
