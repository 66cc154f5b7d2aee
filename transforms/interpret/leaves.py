"""What stands in values at any depth, heap included."""

from __future__ import annotations

from transforms.interpret.structures import (
    Address,
    Mapping,
    OneOf,
    Sequence,
    holds_symbolic,
    insides,
)
from transforms.interpret.value_kinds import Kind
from transforms.interpret.values import Parameter, Symbolic, Value


def contents(value: Value) -> Value:
    """What ``value`` holds where it is a list or dict in the heap, else ``value``."""
    return value.content if isinstance(value, Address) else value


def leaves(value: Value) -> list[Value]:
    """The values in ``value`` that hold no others; each container is looked into once."""
    if not isinstance(value, (OneOf, Sequence, Mapping, Address)):
        return [value]
    inside = value.content.inside if isinstance(value, Address) else value.inside
    if not inside.addresses:
        return list(inside.leaves)
    return [leaf for _, inside in insides(value) for leaf in inside.leaves]


def any_symbolic(values: tuple[Value, ...] | list[Value]) -> bool:
    """Whether one of ``values`` holds a KerasTensor."""
    return any(holds_symbolic(value) for value in values)


def may_lack_symbolic(values: list[Value]) -> bool:
    """Whether some run gives no KerasTensor although ``values`` hold some."""
    tensors = [value for value in values if holds_symbolic(value)]
    return all(_has_plain_alternative(value) for value in tensors)


def _has_plain_alternative(value: Value, seen: tuple[Value, ...] = ()) -> bool:
    """Whether ``value`` may be a number, an eager tensor or a list without a KerasTensor."""
    if isinstance(value, Address):
        if value in seen:
            return True
        value, seen = value.content, (*seen, value)
    if isinstance(value, (Sequence, Mapping)):
        tensors = [part for part in value.parts if holds_symbolic(part)]
        return all(_has_plain_alternative(part, seen) for part in tensors)
    if not isinstance(value, OneOf):
        return bool(value.kinds & (Kind.PLAIN | Kind.EAGER | Kind.VARIABLE | Kind.ARRAY))
    return any(_has_plain_alternative(item, seen) for item in value.alternatives)


def may_lack(values: list[Value], kind: type[Value] | tuple[type[Value], ...]) -> bool:
    """Whether some run gives nothing of ``kind`` although some of ``values`` may be of it."""
    holding = [value for value in values if any(isinstance(item, kind) for item in leaves(value))]
    return all(
        isinstance(value, OneOf)
        and any(item.kinds & (Kind.PLAIN | Kind.EAGER | Kind.ARRAY) for item in value.alternatives)
        for value in holding
    )


def symbolic_parts(value: Value) -> list[Symbolic]:
    """The KerasTensors in ``value``."""
    return [leaf for leaf in leaves(value) if isinstance(leaf, Symbolic)]


def parameters_in(values: list[Value]) -> list[Parameter]:
    """The parameters of uncalled functions in several values."""
    return [leaf for value in values for leaf in leaves(value) if isinstance(leaf, Parameter)]


def all_symbolic(value: Value) -> bool:
    """Whether every leaf of ``value`` is surely a KerasTensor."""
    return all(isinstance(leaf, Symbolic) and leaf.certain for leaf in leaves(value))
