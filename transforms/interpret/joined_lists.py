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


def may_be_list(value: Value) -> bool:
    """Whether ``value`` is no single tensor: what is added to a list of tensors is a list then."""
    return not any(
        isinstance(item, Eager) or (isinstance(item, Symbolic) and not item.structured)
        for item in alternatives(value)
    )
