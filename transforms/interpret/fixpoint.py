"""Running code that may run any number of times."""

from __future__ import annotations

from collections.abc import Callable

from transforms.interpret import limits
from transforms.interpret.heap import Delta
from transforms.interpret.joins import widened
from transforms.interpret.state import State


def repeat(state: State, turn: Callable[[], list[Delta]]) -> None:
    """Let the heap be what it is after no turn or any number of them.

    ``turn`` runs once and gives what each way to the next turn has changed, taken back. It is run
    until that says nothing new; after a few turns values are widened, so that there is an end.
    """
    for number in range(limits.LOOP_PASSES_END):
        changed = False
        for delta in turn():
            found = delta if number < limits.LOOP_PASSES else _widened(delta)
            changed = state.heap.include(found) or changed
        if not changed:
            return
    state.cut_short()


def perhaps(state: State, run: Callable[[], object]) -> None:
    """Run something that may also not be run."""
    mark = state.heap.mark
    run()
    state.heap.include(state.heap.take(mark))


def _widened(delta: Delta) -> Delta:
    return {cell: None if value is None else widened(value) for cell, value in delta.items()}
