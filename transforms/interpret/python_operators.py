"""What operators give on Python values: numbers, lists and arrays."""

from __future__ import annotations

import ast

from transforms.interpret.joined_lists import is_list_of_tensors
from transforms.interpret.joins import join_all, join_sequences, shallow
from transforms.interpret.leaves import contents
from transforms.interpret.lists import List
from transforms.interpret.objects import Instance, Scope
from transforms.interpret.registry import iterate
from transforms.interpret.state import State
from transforms.interpret.structures import OneOf, Sequence, alternatives
from transforms.interpret.values import (
    ARRAY,
    EAGER,
    OPAQUE,
    PLAIN,
    Eager,
    ExternalObject,
    Opaque,
    Parameter,
    Plain,
    Symbolic,
    Value,
    VariableValue,
)


def python_result(
    state: State, scope: Scope, node: ast.AST, operator: ast.operator, left: Value, right: Value
) -> Value:
    """``left operator right`` where neither is a symbolic tensor."""
    results: list[Value] = []
    for first in alternatives(left):
        for second in alternatives(right):
            one, other = contents(first), contents(second)
            made: Value | None = None
            if isinstance(operator, ast.Add) and isinstance(one, Sequence):
                made = _concatenated(state, scope, one, second)
            elif isinstance(operator, ast.Add) and is_list_of_tensors(second):
                made = _concatenated(state, scope, other, first)
            elif isinstance(operator, ast.Mult) and isinstance(one, Sequence):
                made = Sequence(None, join_all(one.parts), one.kind)
            elif isinstance(operator, ast.Mult) and isinstance(other, Sequence):
                made = Sequence(None, join_all(other.parts), other.kind)
            if isinstance(made, Sequence):
                makes_list = isinstance(first, List) or isinstance(second, List)
                results.append(state.new_list(made, node) if makes_list else made)
            else:
                results += _scalar_result(first, second)
    return join_all(results) if results else PLAIN


def _scalar_result(first: Value, second: Value) -> list[Value]:
    def is_either(*kinds: type[Value]) -> bool:
        return isinstance(first, kinds) or isinstance(second, kinds)

    if is_either(Parameter):
        return [first if isinstance(first, Parameter) else second]
    if is_either(Eager, VariableValue):
        return [EAGER]
    if is_either(Opaque, ExternalObject, Instance):
        return [OPAQUE]
    if is_either(Symbolic):
        return []
    return [scalar(first, second)]


def scalar(first: Value, second: Value) -> Value:
    """What an operator gives on numbers, strings and arrays."""
    return ARRAY if is_array(first) or is_array(second) else PLAIN


def _concatenated(state: State, scope: Scope, first: Value, second: Value) -> Sequence:
    assert isinstance(first, Sequence)
    other = contents(second)
    if not isinstance(other, Sequence):
        other = Sequence(None, iterate(state, scope, second))
    if first.items is not None and other.items is not None:
        return shallow(Sequence((*first.items, *other.items), kind=first.kind))
    return join_sequences(Sequence(None, None, first.kind), _in_both(first, other))


def _in_both(first: Sequence, other: Sequence) -> Sequence:
    """What is in both, in a list of unknown length."""
    return Sequence(None, join_all([*first.parts, *other.parts]), first.kind)


def is_array(value: Value) -> bool:
    """Whether it may be a NumPy array."""
    if not isinstance(value, OneOf):
        return isinstance(value, Plain) and value.array
    return any(map(is_array, value.alternatives))


def is_list(value: Value) -> bool:
    """Whether it may be a list or tuple."""
    return any(isinstance(contents(item), Sequence) for item in alternatives(value))
