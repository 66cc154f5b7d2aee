"""The heap: what changes while code runs, with what is needed to fork, join and replay it.

The heap is changed in place and every change stands on a trail. A branch is run, its changes are
taken back from the trail as a delta, the other branch is run, and the deltas are joined: that
costs as much as was changed, however large the heap is. What calls read and write is recorded, so
that the effect of a call can be applied again where it reads the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from transforms.interpret.contexts import Context
from transforms.interpret.joins import identical, join, join_contents
from transforms.interpret.values import Known, Value

MANY = "<many>"
NAMES = "<names>"
_IS_MANY = Known(True)


class HeapObject(Value):
    """An address: what one place makes in one context, with its cells.

    It stands for one object until the same place makes another one in the same context.
    """

    __slots__ = ("birth", "cells", "context", "dead", "heap", "key")
    is_ground = False

    def __init__(self, heap: Heap, context: Context | None = None) -> None:
        self.heap = heap
        self.context = context
        self.key: object = None
        self.cells: dict[str, Value] = {}
        self.birth = 0
        self.dead = False

    @property
    def label(self) -> object:
        """What all objects have in common that may be alike."""
        return None

    def if_absent(self, key: str) -> Value | None:
        """What reading the cell ``key`` gives where it was never written."""
        return None

    @property
    def is_single(self) -> bool:
        """Whether it stands for one object, so that a new value replaces the old one."""
        return self.heap.read(self, MANY) is None

    def related(self) -> list[Value]:
        """The objects that it refers to beside its cells."""
        return []

    def copied(self, context: Context, renamed: Callable[[Value], Value]) -> HeapObject:
        """The address of what the same place makes in another context."""
        return type(self)(self.heap, context)


def cell_value(obj: HeapObject, key: str) -> Value | None:
    """What stands in a cell; under ``NAMES``, which cells there are."""
    return Known(tuple(obj.cells)) if key == NAMES else obj.cells.get(key)


Cell = tuple[HeapObject, str]
Delta = dict[Cell, "Value | None"]


@dataclass(eq=False)
class CallRecord:
    """What a running call has read of the heap from before it, and written."""

    start: int
    reads: Delta = field(default_factory=dict)
    writes: dict[Cell, int] = field(default_factory=dict)
    # The parameters that were seen to be given KerasTensors.
    evidence: set[Value] = field(default_factory=set)


class Heap:
    """All objects of one analysis, with the trail of their changes."""

    def __init__(self) -> None:
        self.trail: list[tuple[HeapObject, str, Value | None]] = []
        self.records: list[CallRecord] = []
        self.record: CallRecord | None = None
        self.journal: Delta | None = None
        self.clock = 0
        # How often something was undone: where it stays equal, what was changed still stands.
        self.undone = 0
        # The cells and parts of values that were handled, which the state counts as steps.
        self.work = 0

    def allocate(self, obj: HeapObject, cells: Iterable[tuple[str, Value]]) -> None:
        """Make the object at an address; where there is one, the address then stands for both."""
        if obj.cells:
            self.write(obj, MANY, _IS_MANY)
            for key, value in cells:
                self.write_weakly(obj, key, value)
            return
        self.clock += 1
        obj.birth = self.clock
        for key, value in cells:
            self.write(obj, key, value)

    def read(self, obj: HeapObject, key: str) -> Value | None:
        """The value of a cell, None where it was never written."""
        value = obj.cells.get(key)
        record = self.record
        if record is not None and obj.birth < record.start:
            self._log_read(record, (obj, key), value)
        return value

    def names(self, obj: HeapObject) -> tuple[str, ...]:
        """The cells that there are."""
        if self.record is not None and obj.birth < self.record.start:
            self._log_read(self.record, (obj, NAMES), cell_value(obj, NAMES))
        return tuple(obj.cells)

    def read_again(self, cells: Iterable[Cell]) -> None:
        """Keep in mind that ``cells`` are read, which takes as long as this."""
        record = self.record
        if record is None:
            return
        start, reads, writes = record.start, record.reads, record.writes
        for cell in cells:
            if cell[0].birth < start and cell not in writes and cell not in reads:
                reads[cell] = cell_value(*cell)

    def _log_read(self, record: CallRecord, cell: Cell, value: Value | None) -> None:
        if cell not in record.writes and cell not in record.reads:
            record.reads[cell] = value

    def write(self, obj: HeapObject, key: str, value: Value | None) -> None:
        """Replace the value of a cell; None takes it away."""
        old = obj.cells.get(key)
        record = self.record
        if old is value:
            if record is not None and obj.birth < record.start:
                self._log_read(record, (obj, key), value)
            return
        if record is not None and obj.birth < record.start:
            record.writes.setdefault((obj, key), len(self.trail))
        self.trail.append((obj, key, old))
        if value is None:
            del obj.cells[key]
            return
        obj.cells[key] = value
        if self.journal is not None:
            cell = (obj, key)
            known = self.journal.get(cell)
            self.journal[cell] = value if known is None else join_contents(known, value)

    def write_weakly(self, obj: HeapObject, key: str, value: Value) -> None:
        """Let a cell hold ``value`` or what it held."""
        old = self.read(obj, key)
        if old is None:
            old = obj.if_absent(key)
        if old is not None:
            self.work += old.weight
            value = join_contents(old, value)
        self.write(obj, key, value)

    def set(self, obj: HeapObject, key: str, value: Value, certain: bool = True) -> None:
        """Set a cell; the old value stays possible where the address stands for several objects.

        ``certain`` says that this is the object that is set.
        """
        if certain and obj.is_single:
            self.write(obj, key, value)
        else:
            self.write_weakly(obj, key, value)

    @property
    def mark(self) -> int:
        """The place on the trail that :meth:`take` goes back to."""
        return len(self.trail)

    def take(self, mark: int) -> Delta:
        """Undo what was changed since ``mark`` and return it."""
        trail, record = self.trail, self.record
        self.work += len(trail) - mark
        cells: list[Cell] = []
        delta: Delta = {}
        self.undone += len(trail) > mark
        while len(trail) > mark:
            obj, key, old = trail.pop()
            cell = (obj, key)
            if cell not in delta:
                delta[cell] = obj.cells.get(key)
                cells.append(cell)
            if old is None:
                obj.cells.pop(key, None)
            else:
                obj.cells[key] = old
            if record is not None and record.writes.get(cell, -1) >= mark:
                del record.writes[cell]
        return {cell: delta[cell] for cell in reversed(cells) if not cell[0].dead}

    def since(self, mark: int) -> Delta:
        """What was changed since ``mark``, which stays."""
        self.work += len(self.trail) - mark
        cells = dict.fromkeys((obj, key) for obj, key, _ in self.trail[mark:] if not obj.dead)
        return {(obj, key): obj.cells.get(key) for obj, key in cells}

    def settle(self, mark: int) -> Delta:
        """What was changed since ``mark`` by a call that has ended; its trail is made short."""
        self.work += len(self.trail) - mark
        first: dict[Cell, tuple[HeapObject, str, Value | None]] = {}
        for entry in self.trail[mark:]:
            if not entry[0].dead:
                first.setdefault((entry[0], entry[1]), entry)
        self.trail[mark:] = first.values()
        return {(obj, key): obj.cells.get(key) for obj, key in first}

    def forget(self, mark: int, objects: Collection[HeapObject]) -> None:
        """Take away ``objects`` that were made since ``mark`` and that nothing holds any more.

        So what the same place makes next is one object again.
        """
        if objects:
            self.trail[mark:] = [entry for entry in self.trail[mark:] if entry[0] not in objects]
            for obj in objects:
                obj.cells.clear()

    def apply(self, delta: Delta) -> None:
        """Change the heap as ``delta`` says."""
        self.work += len(delta)
        for (obj, key), value in delta.items():
            self.write(obj, key, value)

    def join(self, deltas: list[Delta]) -> None:
        """Let the heap be what it is after one of several branches that start here."""
        if len(deltas) == 1:
            self.apply(deltas[0])
            return
        cells = dict.fromkeys(cell for delta in deltas for cell in delta)
        self.work += len(cells) * len(deltas)
        for obj, key in cells:
            cell = (obj, key)
            merged: Value | None = None
            for delta in deltas:
                value = delta[cell] if cell in delta else self.read(obj, key)
                if value is None:
                    value = obj.if_absent(key)
                if value is not None:
                    self.work += value.weight
                    merged = value if merged is None else join_contents(merged, value)
            old = obj.cells.get(key)
            if merged is None or old is None or not identical(merged, old):
                self.write(obj, key, merged)
            else:
                self.read(obj, key)

    def include(self, delta: Delta) -> list[Cell]:
        """Let the heap also be what ``delta`` makes of it; the cells of which that says more."""
        changed: list[Cell] = []
        self.work += len(delta)
        for (obj, key), value in delta.items():
            old = self.read(obj, key)
            merged = value
            self.work += 1 if value is None else value.weight
            if old is not None or value is None:
                merged = old if value is None else join_contents(old, value)  # type: ignore[arg-type]
            elif (absent := obj.if_absent(key)) is not None and merged is not None:
                merged = join(absent, merged)
            if merged is not old and not (
                merged is not None and old is not None and identical(merged, old)
            ):
                self.write(obj, key, merged)
                changed.append((obj, key))
        return changed

    def begin_call(self) -> CallRecord:
        """Record what is read and written from here on."""
        self.clock += 1
        record = CallRecord(self.clock)
        self.records.append(record)
        self.record = record
        return record

    def end_call(self, record: CallRecord) -> None:
        """End a record; the call around it has read and written the same."""
        while self.records and self.records[-1] is not record:
            self.records.pop()
        self.records.pop()
        outer = self.record = self.records[-1] if self.records else None
        if outer is None:
            return
        self.work += len(record.reads) + len(record.writes)
        outer.evidence |= record.evidence
        start, reads, writes = outer.start, outer.reads, outer.writes
        for cell, value in record.reads.items():
            if cell[0].birth < start and cell not in writes and cell not in reads:
                reads[cell] = value
        for cell, place in record.writes.items():
            if cell[0].birth < outer.start:
                outer.writes.setdefault(cell, place)

    def begin_journal(self) -> Delta | None:
        """Keep all values that cells take from here on; gives the journal from before."""
        outer, self.journal = self.journal, {}
        return outer

    def end_journal(self, outer: Delta | None) -> Delta:
        """The values of the journal, which also belong to the journal around it."""
        journal, self.journal = self.journal or {}, outer
        self.work += len(journal)
        if outer is not None:
            for cell, value in journal.items():
                known = outer.get(cell)
                if known is None:
                    outer[cell] = value
                elif value is not None:
                    outer[cell] = join_contents(known, value)
        return {cell: value for cell, value in journal.items() if not cell[0].dead}
