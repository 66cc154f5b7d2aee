"""Which objects that a call made can be reached after it."""

from __future__ import annotations

from collections.abc import Collection

from transforms.interpret.heap import Delta, Heap, HeapObject
from transforms.interpret.lists import Dict, List
from transforms.interpret.parts import objects_in
from transforms.interpret.values import Value


def reachable(changes: Delta, result: Value, start: int) -> tuple[frozenset[HeapObject], Delta]:
    """The objects that a call made and that can be reached after it, and the changes that count."""
    cells: dict[HeapObject, list[Value]] = {}
    pending: list[Value] = [result]
    for (obj, _), value in changes.items():
        if value is not None:
            (cells.setdefault(obj, []) if obj.birth >= start else pending).append(value)
    reached: set[HeapObject] = set()
    while pending:
        for obj in objects_in(pending.pop()):
            if obj in cells and obj not in reached:
                reached.add(obj)
                pending.extend(cells[obj])
                pending.extend(obj.related())
    kept = {cell: v for cell, v in changes.items() if cell[0].birth < start or cell[0] in reached}
    return frozenset(reached), kept


def out_of_reach(
    heap: Heap, mark: int, reached: Collection[HeapObject], start: int
) -> set[HeapObject]:
    """The lists and dicts that a call made and nothing holds after it.

    Functions and objects that it made may be known elsewhere, so what they hold is kept.
    """
    made = {obj for obj, _, _ in heap.trail[mark:] if obj.birth >= start}
    lists: set[HeapObject] = set()
    lists.update(obj for obj in made.difference(reached) if isinstance(obj, (List, Dict)))
    holders = list(made - lists)
    while holders and lists:
        holder = holders.pop()
        values = (*holder.cells.values(), *holder.related())
        held = lists.intersection(obj for value in values for obj in objects_in(value))
        lists -= held
        holders += held
    return lists
