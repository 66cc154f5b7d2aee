"""What values are made of: the same questions to all of them, whatever holds the parts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import replace

from transforms.interpret.heap import HeapObject
from transforms.interpret.joins import join_all
from transforms.interpret.structures import Mapping, OneOf, Sequence
from transforms.interpret.values import Parameter, Value


def field_names(value: Value) -> Iterable[str]:
    """The fields of a dataclass."""
    return value.__dataclass_fields__  # type: ignore[attr-defined, no-any-return]


def objects_in(value: Value) -> Iterator[HeapObject]:
    """The objects of the heap that ``value`` refers to, without what they hold."""
    if isinstance(value, HeapObject):
        yield value
    elif not value.is_ground:
        for part in parts_of(value):
            yield from objects_in(part)


def parts_of(value: Value) -> Iterable[Value]:
    """The values in ``value``."""
    if isinstance(value, Sequence):
        return value.parts
    if isinstance(value, OneOf):
        return value.alternatives
    if isinstance(value, Mapping):
        return (*value.parts, *(() if value.factory is None else (value.factory,)))
    return _values_in(tuple(getattr(value, name) for name in field_names(value)))


def _values_in(items: tuple[object, ...]) -> Iterator[Value]:
    for item in items:
        if isinstance(item, Value):
            yield item
        elif isinstance(item, tuple):
            yield from _values_in(item)


def changed(value: Value, change: Callable[[Value], Value]) -> Value:
    """``value`` with its parts changed; itself where they stay."""
    if isinstance(value, Sequence):
        items = None if value.items is None else tuple(change(item) for item in value.items)
        rest = None if value.rest is None else change(value.rest)
        if rest is value.rest and (items is None or _same(items, value.items or ())):
            return value
        return Sequence(items, rest, value.kind, value.fields)
    if isinstance(value, OneOf):
        parts = tuple(change(part) for part in value.alternatives)
        return value if _same(parts, value.alternatives) else join_all(parts)
    if isinstance(value, Mapping):
        return Mapping(
            {key: change(entry) for key, entry in value.entries.items()},
            None if value.rest is None else change(value.rest),
            value.optional,
            None if value.factory is None else change(value.factory),
        )
    new = {}
    for name in field_names(value):
        item = getattr(value, name)
        other = _changed_item(item, change)
        if other is not item:
            new[name] = other
    return replace(value, **new) if new else value  # type: ignore[type-var]


def _changed_item(item: object, change: Callable[[Value], Value]) -> object:
    if isinstance(item, Value):
        return change(item)
    if isinstance(item, tuple):
        parts = tuple(_changed_item(part, change) for part in item)
        return item if _same(parts, item) else parts
    return item


def _same(left: tuple[object, ...], right: tuple[object, ...]) -> bool:
    return all(a is b for a, b in zip(left, right))


class Shape:
    """What values are but for the identity of their objects and parameters, which are numbered.

    Equal shapes differ in nothing but which objects these are. Those that are ``fixed`` are told
    apart.
    """

    def __init__(self, fixed: frozenset[HeapObject] = frozenset()) -> None:
        self._fixed = fixed
        self.symbols: dict[Value, int] = {}

    def of(self, value: Value) -> Hashable:
        """The shape of ``value``."""
        if value.is_ground:
            return value
        if isinstance(value, (HeapObject, Parameter)):
            if value in self._fixed:
                return value
            number = self.symbols.setdefault(value, len(self.symbols))
            kind = value.label if isinstance(value, HeapObject) else value.is_item
            return (type(value), number, kind)
        if isinstance(value, Sequence):
            items = None if value.items is None else tuple(self.of(item) for item in value.items)
            rest = None if value.rest is None else self.of(value.rest)
            return (Sequence, items, rest, value.kind, value.fields)
        if isinstance(value, OneOf):
            return (OneOf, tuple(self.of(part) for part in value.alternatives))
        if isinstance(value, Mapping):
            inner = tuple(self.of(part) for part in parts_of(value))
            return (Mapping, tuple(value.entries), inner, value.rest is None, value.optional)
        return (type(value), *(self._item(getattr(value, n)) for n in field_names(value)))

    def _item(self, item: object) -> Hashable:
        if isinstance(item, Value):
            return self.of(item)
        if isinstance(item, tuple):
            return tuple(self._item(part) for part in item)
        return item
