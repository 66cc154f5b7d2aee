"""What kinds of things an abstract value may be, and the tensors that it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Flag, auto

from transforms.values import (
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


class Kind(Flag):
    """What an expression was seen to hold; one expression can hold several over its runs."""

    NOTHING = 0
    SYMBOLIC = auto()
    UNCERTAIN = auto()
    HOLDS_SYMBOLIC = auto()
    NONE = auto()
    PLAIN = auto()
    EAGER = auto()
    VARIABLE = auto()
    LAYER = auto()
    CALLABLE = auto()
    PARAMETER = auto()
    OPAQUE = auto()
    ARRAY = auto()

    @property
    def may_be_symbolic(self) -> bool:
        return bool(self & (Kind.SYMBOLIC | Kind.UNCERTAIN | Kind.HOLDS_SYMBOLIC))


def kind_of(value: Value, depth: int = 0) -> Kind:
    """The kinds that ``value`` may have."""
    if isinstance(value, Symbolic):
        return Kind.SYMBOLIC if value.certain else Kind.UNCERTAIN
    if isinstance(value, Known):
        return Kind.NONE if value.value is None else Kind.PLAIN
    if isinstance(value, OneOf):
        kinds = Kind.NOTHING
        for alternative in value.alternatives:
            kinds |= kind_of(alternative, depth)
        return kinds
    if isinstance(value, (Sequence, Mapping)):
        return Kind.HOLDS_SYMBOLIC if depth < 4 and holds_symbolic(value, depth + 1) else Kind.PLAIN
    if isinstance(value, Plain) and value.array:
        return Kind.ARRAY
    for classes, kind in _KINDS:
        if isinstance(value, classes):
            return kind
    return Kind.OPAQUE


_KINDS: tuple[tuple[tuple[type, ...], Kind], ...] = (
    ((Plain,), Kind.PLAIN),
    ((Eager,), Kind.EAGER),
    ((VariableValue,), Kind.VARIABLE),
    ((Parameter,), Kind.PARAMETER),
    ((LayerValue,), Kind.LAYER),
    ((External, Function, Method, BoundMethod, Partial, Class), Kind.CALLABLE),
)


def holds_symbolic(value: Value, depth: int = 0) -> bool:
    """Whether ``value`` is, or holds at any depth, a KerasTensor or what may be one."""
    if isinstance(value, Symbolic):
        return True
    if depth > 4:
        return False
    if isinstance(value, OneOf):
        return any(holds_symbolic(item, depth + 1) for item in value.alternatives)
    if isinstance(value, (Sequence, Mapping)):
        items = value.items or () if isinstance(value, Sequence) else value.entries.values()
        rest = () if value.rest is None else (value.rest,)
        return any(holds_symbolic(item, depth + 1) for item in (*items, *rest))
    return False


def symbolic_parts(value: Value, depth: int = 0) -> Iterator[Symbolic]:
    """The KerasTensors in ``value``."""
    if isinstance(value, Symbolic):
        yield value
    elif depth > 4:
        return
    elif isinstance(value, OneOf):
        for item in value.alternatives:
            yield from symbolic_parts(item, depth + 1)
    elif isinstance(value, (Sequence, Mapping)):
        items = value.items or () if isinstance(value, Sequence) else value.entries.values()
        for item in (*items, *(() if value.rest is None else (value.rest,))):
            yield from symbolic_parts(item, depth + 1)


def parameters_in(value: Value, depth: int = 0) -> Iterator[Parameter]:
    """The parameters of uncalled functions in ``value``."""
    if isinstance(value, Parameter):
        yield value
    elif depth > 4:
        return
    elif isinstance(value, OneOf):
        for item in value.alternatives:
            yield from parameters_in(item, depth + 1)
    elif isinstance(value, Sequence):
        for item in (*(value.items or ()), *(() if value.rest is None else (value.rest,))):
            yield from parameters_in(item, depth + 1)
    elif isinstance(value, Mapping):
        for item in value.entries.values():
            yield from parameters_in(item, depth + 1)


def parameters_in_all(values: Iterable[Value]) -> Iterator[Parameter]:
    """The parameters of uncalled functions in several values."""
    for value in values:
        yield from parameters_in(value)


def all_symbolic(value: Value, depth: int = 0) -> bool:
    """Whether every leaf of ``value`` is a KerasTensor."""
    if isinstance(value, Symbolic):
        return value.certain
    if depth > 4:
        return False
    if isinstance(value, OneOf):
        return all(all_symbolic(item, depth + 1) for item in value.alternatives)
    if isinstance(value, (Sequence, Mapping)):
        items = value.items or () if isinstance(value, Sequence) else value.entries.values()
        rest = () if value.rest is None else (value.rest,)
        return all(all_symbolic(item, depth + 1) for item in (*items, *rest))
    return False
