"""Objects that a call made, in another context: the same call elsewhere makes others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from transforms.interpret.heap import Context, HeapObject
from transforms.interpret.joins import join_all
from transforms.interpret.objects import Class, Function, Method, Scope, Super
from transforms.interpret.structures import Mapping, OneOf, Sequence
from transforms.interpret.values import BoundMethod, CompiledFunction, Partial, Unpacked, Value


class Renaming:
    """The counterparts below the context ``new`` of the objects ``made`` below ``old``."""

    def __init__(self, old: Context, new: Context, made: frozenset[HeapObject]) -> None:
        self._old = old
        self._new = new
        self._made = frozenset() if old is new else made
        self._known: dict[HeapObject, HeapObject] = {}

    def address(self, obj: HeapObject) -> HeapObject:
        """The counterpart of an object, itself where the call did not make it."""
        if obj not in self._made:
            return obj
        known = self._known.get(obj)
        if known is None:
            self._known[obj] = obj
            known = self._known[obj] = self._counterpart(obj)
        return known

    def _counterpart(self, obj: HeapObject) -> HeapObject:
        if obj.context is None:
            return obj
        context = obj.context.counterpart(self._old, self._new)
        found = context.objects.get(obj.key)
        if found is None:
            found = context.objects[obj.key] = obj.copied(context, self.address)
            found.key = obj.key
        return found

    def value(self, value: Value) -> Value:
        """``value`` with the counterparts of the objects in it."""
        if not self._made:
            return value
        if isinstance(value, HeapObject):
            return self.address(value)
        if isinstance(value, Sequence):
            items = None if value.items is None else tuple(self.value(v) for v in value.items)
            rest = None if value.rest is None else self.value(value.rest)
            if rest is value.rest and (items is None or _same(items, value.items or ())):
                return value
            return replace(value, items=items, rest=rest)
        if isinstance(value, OneOf):
            parts = tuple(self.value(part) for part in value.alternatives)
            return value if _same(parts, value.alternatives) else join_all(parts)
        return self._composite(value)

    def _composite(self, value: Value) -> Value:
        if isinstance(value, Mapping):
            return Mapping(
                {key: self.value(entry) for key, entry in value.entries.items()},
                None if value.rest is None else self.value(value.rest),
                value.optional,
                None if value.factory is None else self.value(value.factory),
            )
        if isinstance(value, Function):
            scope = self.address(value.scope)
            owner = None if value.owner is None else self.address(value.owner)
            if scope is value.scope and owner is value.owner:
                return value
            assert isinstance(scope, Scope)
            return replace(value, scope=scope, owner=owner if isinstance(owner, Class) else None)
        if isinstance(value, Method):
            function = self.value(value.function)
            assert isinstance(function, Function)
            return Method(function, self.value(value.receiver))
        if isinstance(value, Super):
            cls = self.address(value.cls)
            assert isinstance(cls, Class)
            return Super(cls, self.value(value.receiver))
        if isinstance(value, BoundMethod):
            return replace(value, owner=self.value(value.owner))
        if isinstance(value, Partial):
            return replace(
                value,
                function=self.value(value.function),
                positional=tuple(self.value(item) for item in value.positional),
                keywords=tuple((name, self.value(item)) for name, item in value.keywords),
            )
        if isinstance(value, CompiledFunction):
            return CompiledFunction(self.value(value.function))
        if isinstance(value, Unpacked):
            return Unpacked(self.value(value.item))
        return value


def _same(left: tuple[Value, ...], right: tuple[Value, ...]) -> bool:
    return all(a is b for a, b in zip(left, right))


def objects_in(value: Value) -> Iterator[HeapObject]:
    """The objects of the heap that ``value`` refers to, without what they hold."""
    if isinstance(value, HeapObject):
        yield value
    elif isinstance(value, (Sequence, Mapping)):
        for part in value.parts:
            yield from objects_in(part)
        if isinstance(value, Mapping) and value.factory is not None:
            yield from objects_in(value.factory)
    elif isinstance(value, OneOf):
        for part in value.alternatives:
            yield from objects_in(part)
    elif isinstance(value, Function):
        yield value.scope
        if value.owner is not None:
            yield value.owner
        for default in (*value.defaults, *value.keyword_defaults):
            if default is not None:
                yield from objects_in(default)
    elif isinstance(value, Method):
        yield from objects_in(value.function)
        yield from objects_in(value.receiver)
    elif isinstance(value, Super):
        yield value.cls
        yield from objects_in(value.receiver)
    elif isinstance(value, BoundMethod):
        yield from objects_in(value.owner)
    elif isinstance(value, Partial):
        for part in (value.function, *value.positional, *dict(value.keywords).values()):
            yield from objects_in(part)
    elif isinstance(value, (CompiledFunction, Unpacked)):
        yield from objects_in(value.function if isinstance(value, CompiledFunction) else value.item)
    else:
        for part in getattr(value, "maps", ()):
            yield from objects_in(part)
