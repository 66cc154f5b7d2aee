"""Where things are made: chains of calls."""

from __future__ import annotations

from typing import Any


class Context:
    """The chain of calls (and turns of unrolled loops) in which something is made."""

    __slots__ = ("children", "edge", "objects", "parent")

    def __init__(self, parent: Context | None = None, edge: object = None) -> None:
        self.parent = parent
        self.edge = edge
        self.children: dict[object, Context] = {}
        self.objects: dict[object, Any] = {}

    def child(self, edge: object) -> Context:
        """The context of a call at ``edge`` in this one."""
        found = self.children.get(edge)
        if found is None:
            found = self.children[edge] = Context(self, edge)
        return found

    def counterpart(self, root: Context, new_root: Context) -> Context | None:
        """The context that lies below ``new_root`` as this one does below ``root``, if it does."""
        edges: list[object] = []
        context: Context | None = self
        while context is not None and context is not root:
            edges.append(context.edge)
            context = context.parent
        if context is None:
            return None
        for edge in reversed(edges):
            new_root = new_root.child(edge)
        return new_root
