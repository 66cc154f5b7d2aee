"""Running code that may run any number of times."""

from __future__ import annotations

from collections.abc import Callable

from transforms.interpret import limits
from transforms.interpret.heap import NAMES, CallRecord, Cell, Delta, HeapObject, cell_value
from transforms.interpret.joins import widened
from transforms.interpret.parts import objects_in
from transforms.interpret.state import State


def repeat(
    state: State, turn: Callable[[], list[Delta]], is_left: Callable[[], bool] | None = None
) -> None:
    """Let the heap be what it is after no turn or any number of them.

    ``turn`` runs once and gives what each way to the next turn has changed, taken back. It is run
    until that says nothing new, or nothing that a turn reads; after a few turns values are widened,
    so that there is an end. ``is_left`` says whether a turn was also left in another way, which
    keeps the heap as it was there; without it, what turns make is kept outside the heap.
    """
    heap = state.heap
    for number in range(limits.LOOP_PASSES_END):
        record = heap.begin_call()
        try:
            ways = turn()
        finally:
            heap.end_call(record)
        changed: list[Cell] = []
        for delta in ways:
            changed += heap.include(delta if number < limits.LOOP_PASSES else _widened(delta))
        if is_left is not None and is_left():
            if not changed:
                return
        elif not _shows(record, changed, is_kept=is_left is None):
            return
    state.cut_short()


def _shows(record: CallRecord, changed: list[Cell], is_kept: bool) -> bool:
    """Whether another turn may do something else than that of ``record``.

    Where it makes an object again that can still be reached, that object stands for several.
    """
    made: set[HeapObject] = set()
    for obj, key in changed:
        if obj.birth >= record.start:
            made.add(obj)
        elif (obj, key) in record.reads or (obj, NAMES) in record.reads:
            return True
    if is_kept or not made:
        return bool(made)
    values = (cell_value(obj, key) for obj, key in changed if obj not in made)
    return any(value is not None and not made.isdisjoint(objects_in(value)) for value in values)


def perhaps(state: State, run: Callable[[], object]) -> None:
    """Run something that may also not be run."""
    mark = state.heap.mark
    run()
    state.heap.include(state.heap.take(mark))


def _widened(delta: Delta) -> Delta:
    return {cell: None if value is None else widened(value) for cell, value in delta.items()}
