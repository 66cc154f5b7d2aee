"""Lists and dicts in the heap."""

from __future__ import annotations

from transforms.interpret.heap import HeapObject
from transforms.interpret.structures import Address, Mapping, Sequence

CONTENT = "<content>"


class _Container(HeapObject, Address):
    __slots__ = ()
    kinds = Address.kinds


class List(_Container):
    """The address of a list, set or deque."""

    __slots__ = ()

    @property
    def content(self) -> Sequence:
        """What it holds."""
        found = self.heap.read(self, CONTENT)
        if not isinstance(found, Sequence):
            return Sequence(None, None, "list")
        self.heap.work += len(found.parts)
        return found


class Dict(_Container):
    """The address of a dict."""

    __slots__ = ()

    @property
    def content(self) -> Mapping:
        """What it holds."""
        found = self.heap.read(self, CONTENT)
        if not isinstance(found, Mapping):
            return Mapping({})
        self.heap.work += len(found.parts)
        return found
