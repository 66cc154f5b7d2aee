"""What kinds of things an abstract value may be, and the tensors that it holds."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from transforms.interpret.values import (
    BoundMethod,
    Class,
    Eager,
    External,
    Function,
    Known,
    LayerValue,
    Mapping,
    Method,
    OneOf,
    Parameter,
    Partial,
    Plain,
    Sequence,
    Symbolic,
    Value,
    VariableValue,
)

CONTAINERS_LIMIT = 24


class Kind:
    """What an expression was seen to hold: bits of an integer, since ``Flag`` is slow.

    One expression can hold several over its runs.
    """

    NOTHING = 0
    SYMBOLIC = 1
    UNCERTAIN = 2
    HOLDS_SYMBOLIC = 4
    NONE = 8
    PLAIN = 16
    EAGER = 32
    VARIABLE = 64
    LAYER = 128
    CALLABLE = 256
    PARAMETER = 512
    OPAQUE = 1024
    ARRAY = 2048


def may_be_symbolic(kinds: int) -> bool:
    """Whether one of ``kinds`` is, or holds, a KerasTensor or what may be one."""
    return bool(kinds & (Kind.SYMBOLIC | Kind.UNCERTAIN | Kind.HOLDS_SYMBOLIC))


def kind_of(value: Value) -> int:
    """The kinds that ``value`` may have."""
    kind = _KINDS.get(type(value))
    if kind is not None:
        return kind
    if isinstance(value, Symbolic):
        return Kind.SYMBOLIC if value.certain else Kind.UNCERTAIN
    if isinstance(value, Known):
        return Kind.NONE if value.value is None else Kind.PLAIN
    if isinstance(value, OneOf):
        kinds = Kind.NOTHING
        for alternative in value.alternatives:
            kinds |= kind_of(alternative)
        return kinds
    if isinstance(value, (Sequence, Mapping)):
        return Kind.HOLDS_SYMBOLIC if holds_symbolic(value) else Kind.PLAIN
    if isinstance(value, Plain):
        return Kind.ARRAY if value.array else Kind.PLAIN
    return Kind.OPAQUE


_KINDS: dict[type, int] = {
    Eager: Kind.EAGER,
    VariableValue: Kind.VARIABLE,
    Parameter: Kind.PARAMETER,
    LayerValue: Kind.LAYER,
    **dict.fromkeys((External, Function, Method, BoundMethod, Partial, Class), Kind.CALLABLE),
}


def leaves(value: Value) -> Iterator[Value]:
    """The values in ``value`` that hold no others, the outer ones first.

    Each container is looked into once, and no more than ``CONTAINERS_LIMIT`` of them: values that
    loops nest in each other grow exponentially.
    """
    if not isinstance(value, (OneOf, Sequence, Mapping)):
        yield value
        return
    pending: deque[Value] = deque([value])
    seen: set[int] = set()
    while pending:
        item = pending.popleft()
        if not isinstance(item, (OneOf, Sequence, Mapping)):
            yield item
        elif id(item) not in seen and len(seen) < CONTAINERS_LIMIT:
            seen.add(id(item))
            pending.extend(_parts(item))


def _parts(value: OneOf | Sequence | Mapping) -> Iterator[Value]:
    if isinstance(value, OneOf):
        yield from value.alternatives
        return
    yield from (value.items or ()) if isinstance(value, Sequence) else value.entries.values()
    if value.rest is not None:
        yield value.rest


def holds_symbolic(value: Value) -> bool:
    """Whether ``value`` is, or holds at any depth, a KerasTensor or what may be one."""
    return any(isinstance(leaf, Symbolic) for leaf in leaves(value))


def symbolic_parts(value: Value) -> Iterator[Symbolic]:
    """The KerasTensors in ``value``."""
    return (leaf for leaf in leaves(value) if isinstance(leaf, Symbolic))


def parameters_in_all(values: Iterable[Value]) -> Iterator[Parameter]:
    """The parameters of uncalled functions in several values."""
    for value in values:
        yield from (leaf for leaf in leaves(value) if isinstance(leaf, Parameter))


def all_symbolic(value: Value) -> bool:
    """Whether every leaf of ``value`` is surely a KerasTensor."""
    return all(isinstance(leaf, Symbolic) and leaf.certain for leaf in leaves(value))
