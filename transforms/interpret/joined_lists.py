"""What is known of a sum when one side of it is a list of tensors."""

from __future__ import annotations

from transforms.interpret.joins import join_all
from transforms.interpret.leaves import contents
from transforms.interpret.structures import Sequence, alternatives, holds_symbolic
from transforms.interpret.values import Eager, Symbolic, Value


def is_list_of_tensors(value: Value) -> bool:
    """Whether ``value`` is a list that holds symbolic tensors."""
    return isinstance(contents(value), Sequence) and holds_symbolic(value)


def as_list_beside(value: Value, other: Value) -> Value:
    """``value`` where it is added to ``other``: nobody adds a list of tensors to a tensor."""
    lists = [item for item in alternatives(value) if isinstance(contents(item), Sequence)]
    return join_all(lists) if lists and is_list_of_tensors(other) else value


def joins_lists(left: Value, right: Value) -> bool:
    """Whether ``left + right`` joins lists: one of them is a list, and the other may be one."""
    return _is_joined_with(left, right) or _is_joined_with(right, left)


def _is_joined_with(one: Value, other: Value) -> bool:
    if is_list_of_tensors(one):
        return _may_be_list(other)
    # Of what may be no tensor at all a list makes a list: ``updates += model.updates``.
    is_list = all(isinstance(contents(item), Sequence) for item in alternatives(one))
    return is_list and all(
        isinstance(item, Symbolic) and item.structured and not item.certain
        for item in alternatives(other)
    )


def _may_be_list(value: Value) -> bool:
    return not any(
        isinstance(item, Eager) or (isinstance(item, Symbolic) and not item.structured)
        for item in alternatives(value)
    )
