"""A summary in other places: the objects that it speaks of are others there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from transforms.interpret.contexts import Context
from transforms.interpret.heap import Cell, HeapObject
from transforms.interpret.matching import Matching
from transforms.interpret.objects import Scope
from transforms.interpret.parts import changed
from transforms.interpret.values import Parameter, Value


class Renaming:
    """The counterparts of the objects of a summary.

    Objects that are ``made`` below the context ``old`` are made below ``new``; for others there is
    the ``matching``.
    """

    def __init__(
        self, old: Context, new: Context, made: frozenset[HeapObject], matching: Matching
    ) -> None:
        self._old = old
        self._new = new
        self._made = made
        self._known: dict[Value, Value] = dict(matching.counterparts)
        self._is_identity = matching.is_identity and (old is new or not made)
        self.value: Callable[[Value], Value] = self._itself if self._is_identity else self._renamed

    def address(self, obj: HeapObject) -> HeapObject:
        """The counterpart of an object, itself where there is none."""
        found = self.value(obj)
        assert isinstance(found, HeapObject)
        return found

    def cells(self, cells: Iterable[Cell]) -> Iterable[Cell]:
        """The counterparts of cells."""
        return cells if self._is_identity else [(self.address(obj), key) for obj, key in cells]

    def _itself(self, value: Value) -> Value:
        return value

    def _renamed(self, value: Value) -> Value:
        if value.is_ground:
            return value
        if isinstance(value, Parameter):
            return self._parameter(value)
        if not isinstance(value, HeapObject):
            return changed(value, self._renamed)
        known = self._known.get(value)
        if known is not None:
            return known
        self._known[value] = value
        if value in self._made:
            known = self._known[value] = self._counterpart(value)
            return known
        return value

    def _parameter(self, parameter: Parameter) -> Value:
        known = self._known.get(parameter)
        if known is None and parameter.is_item:
            whole = self._known.get(replace(parameter, is_item=False))
            known = replace(whole, is_item=True) if isinstance(whole, Parameter) else None
        return parameter if known is None else known

    def _counterpart(self, obj: HeapObject) -> HeapObject:
        context = None if obj.context is None else obj.context.counterpart(self._old, self._new)
        if context is None:
            return obj
        key = self._key(obj.key)
        found = context.objects.get(key)
        if found is None:
            found = context.objects[key] = obj.copied(context, self._renamed)
            found.key = key
        elif isinstance(found, Scope) and isinstance(obj, Scope):
            found.adopt(obj, self._renamed)
        return found

    def _key(self, key: object) -> object:
        """The place of an object; objects may be part of it."""
        if isinstance(key, tuple):
            return tuple(self._key(part) for part in key)
        return self._renamed(key) if isinstance(key, Value) else key
