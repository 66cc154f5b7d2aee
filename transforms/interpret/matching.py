"""Which objects of now are those that a summary speaks of.

A call does with equal objects what it did before. So the objects that it was given and found are
paired, one to one, with those that are given and found now.
"""

from __future__ import annotations

from dataclasses import replace

from transforms.interpret.heap import HeapObject
from transforms.interpret.objects import Class, Scope
from transforms.interpret.parts import field_names
from transforms.interpret.structures import Mapping, OneOf, Sequence
from transforms.interpret.values import Parameter, Value


class Matching:
    """A pairing of objects and parameters; the pairs are only good while no question fails."""

    __slots__ = ("_taken", "counterparts", "is_identity")

    def __init__(self) -> None:
        self.counterparts: dict[Value, Value] = {}
        self._taken: set[Value] = set()
        self.is_identity = True

    def pair(self, old: Value, new: Value) -> bool:
        """Whether ``new`` is what ``old`` was: no other one is, and it is no other one."""
        known = self.counterparts.get(old)
        if known is not None:
            return known is new or known == new
        if new in self._taken or type(old) is not type(new):
            return False
        self.counterparts[old] = new
        self._taken.add(new)
        if old is new or old == new:
            return not isinstance(old, HeapObject) or self._stays(old)
        self.is_identity = False
        return self._belongs_alike(old, new)

    def _stays(self, obj: HeapObject) -> bool:
        """Whether what an object belongs to, if calls made it, is the same as well."""
        return all(
            self.pair(item, item)
            for item in obj.related()
            if isinstance(item, HeapObject) and item.context is not None and item.context.parent
        )

    def found(self, old: HeapObject) -> HeapObject | None:
        """The counterpart of an object: without one it is the same, None where it cannot be."""
        known = self.counterparts.get(old)
        if known is None:
            return old if self.pair(old, old) else None
        assert isinstance(known, HeapObject)
        return known

    def _belongs_alike(self, old: Value, new: Value) -> bool:
        """Whether what the objects belong to is also paired."""
        if isinstance(old, Scope) and isinstance(new, Scope):
            return old is new if old.parent is None else self._are_alike(old, new)
        if isinstance(old, Class) and isinstance(new, Class):
            return (
                old.node is new.node
                and old.role == new.role
                and len(old.bases) == len(new.bases)
                and self.pair(old.scope, new.scope)
                and all(self.match(a, b) for a, b in zip(old.bases, new.bases))
            )
        if isinstance(old, Parameter) and isinstance(new, Parameter):
            if not old.is_item:
                return not new.is_item
            whole = replace(old, is_item=False), replace(new, is_item=False)
            return new.is_item and self.pair(*whole)
        return True

    def _are_alike(self, old: Scope, new: Scope) -> bool:
        return (
            old.function is new.function
            and old.module is new.module
            and old.is_class == new.is_class
            and old.parameters == new.parameters
            and old.globals == new.globals
            and old.nonlocals == new.nonlocals
            and self._match_item(old.parent, new.parent)
            and self._match_item(old.home, new.home)
            and self._match_item(old.owner, new.owner)
            and self._match_item(old.receiver, new.receiver)
        )

    def match(self, old: Value, new: Value) -> bool:
        """Whether nothing tells the values apart but which objects they refer to."""
        if old.is_ground:
            return old is new or (old == new and old.open == new.open)
        if isinstance(old, (HeapObject, Parameter)):
            return self.pair(old, new)
        if type(old) is not type(new):
            return False
        if isinstance(old, Sequence) and isinstance(new, Sequence):
            return (
                old.kind == new.kind
                and old.fields == new.fields
                and self._match_item(old.items, new.items)
                and self._match_item(old.rest, new.rest)
            )
        if isinstance(old, OneOf) and isinstance(new, OneOf):
            return self._match_item(old.alternatives, new.alternatives)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            return (
                old.optional == new.optional
                and old.entries.keys() == new.entries.keys()
                and all(self.match(v, new.entries[key]) for key, v in old.entries.items())
                and self._match_item(old.rest, new.rest)
                and self._match_item(old.factory, new.factory)
            )
        names = field_names(old)
        return all(self._match_item(getattr(old, name), getattr(new, name)) for name in names)

    def _match_item(self, old: object, new: object) -> bool:
        if isinstance(old, Value):
            return isinstance(new, Value) and self.match(old, new)
        if isinstance(old, tuple):
            return (
                isinstance(new, tuple)
                and len(old) == len(new)
                and all(self._match_item(a, b) for a, b in zip(old, new))
            )
        return old is new or old == new
