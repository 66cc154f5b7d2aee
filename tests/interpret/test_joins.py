"""The laws of the join, and of states of the heap."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transforms.interpret.contexts import Context
from transforms.interpret.heap import Heap
from transforms.interpret.joins import join, join_all
from transforms.interpret.lists import CONTENT, List
from transforms.interpret.structures import Sequence
from transforms.interpret.values import (
    ARRAY,
    EAGER,
    NONE,
    OPAQUE,
    PLAIN,
    External,
    Known,
    Symbolic,
    Value,
)

SCALARS: tuple[Value, ...] = (
    *(ARRAY, EAGER, NONE, OPAQUE, PLAIN, Symbolic(), Symbolic("int32"), Symbolic(certain=False)),
    *(External(name) for name in ("tensorflow.abs", "tensorflow.exp")),
    *(Known(number) for number in range(12)),
)
scalars = st.sampled_from(SCALARS)
tuples = st.builds(lambda items: Sequence(tuple(items)), st.lists(scalars, max_size=3))
loose = st.builds(lambda item: Sequence(None, item), scalars)
single = st.one_of(scalars, tuples, loose)
values = st.builds(join_all, st.lists(single, min_size=1, max_size=12))
few = settings(
    max_examples=60, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@few
@given(values)
def test_a_value_joined_with_itself_stays(value: Value) -> None:
    assert join(value, value) is value


@few
@given(values, values)
def test_the_order_of_a_join_does_not_matter(left: Value, right: Value) -> None:
    assert join(left, right) == join(right, left)


@few
@given(values, values, values)
def test_joins_can_be_grouped(one: Value, two: Value, three: Value) -> None:
    assert join(join(one, two), three) == join(one, join(two, three))


@few
@given(values, values)
def test_a_join_says_no_less_than_its_parts(left: Value, right: Value) -> None:
    both = join(left, right)
    assert join(both, left) is both
    assert join(both, right) is both


@few
@given(values, values, values)
def test_states_fork_and_join(before: Value, left: Value, right: Value) -> None:
    heap = Heap()
    cell = List(heap, Context())
    heap.allocate(cell, [(CONTENT, before)])
    mark = heap.mark
    deltas = []
    for value in (left, right):
        heap.write(cell, CONTENT, value)
        deltas.append(heap.take(mark))
        assert cell.cells[CONTENT] is before
    heap.join(deltas)
    assert cell.cells[CONTENT] == join(left, right)
    assert not heap.include(deltas[0])
    assert not heap.include(deltas[1])
