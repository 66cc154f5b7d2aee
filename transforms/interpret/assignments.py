"""Binding values to the targets of assignments."""

from __future__ import annotations

import ast

from transforms.interpret.joins import join_all
from transforms.interpret.objects import Scope
from transforms.interpret.ops import record_op
from transforms.interpret.registry import (
    evaluate,
    iterate,
    known_items,
    set_attribute,
    set_item,
)
from transforms.interpret.state import State
from transforms.interpret.structures import Sequence, alternatives
from transforms.interpret.values import Symbolic, Value


def assign(state: State, scope: Scope, target: ast.expr, value: Value) -> None:
    """Bind ``value`` to an assignment target."""
    state.step()
    if isinstance(target, ast.Name):
        scope.bind(target.id, value)
        state.note(target, value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        state.note(target, value)
        _unpack(state, scope, target, value)
    elif isinstance(target, ast.Starred):
        assign(state, scope, target.value, value)
    elif isinstance(target, ast.Attribute):
        owner = evaluate(state, scope, target.value)
        state.note(target, value)
        set_attribute(state, scope, owner, target.attr, value)
    elif isinstance(target, ast.Subscript):
        owner = evaluate(state, scope, target.value)
        key = evaluate(state, scope, target.slice)
        set_item(state, scope, owner, key, value)


def _unpack(state: State, scope: Scope, target: ast.Tuple | ast.List, value: Value) -> None:
    width = len(target.elts)
    columns: list[list[Value]] = [[] for _ in target.elts]
    starred = next((i for i, e in enumerate(target.elts) if isinstance(e, ast.Starred)), None)
    choices = [(choice, known_items(state, scope, choice)) for choice in alternatives(value)]
    fits = any(
        isinstance(choice, Sequence) if items is None else len(items) == width
        for choice, items in choices
    )
    for choice, items in choices:
        # A function that returns a tuple or a tensor: where it is unpacked, it was the tuple, also
        # where nobody knows how long that is.
        if isinstance(choice, Symbolic) and not choice.structured and not fits:
            record_op(state, target, ("operator.getitem",), True, choice.certain)
        if items is not None and starred is None and len(items) == width:
            found: list[Value] = list(items)
        elif items is not None and starred is not None and len(items) >= width - 1:
            after = len(items) - (width - starred - 1)
            middle = state.new_list(
                Sequence(items[starred:after], kind="list"), target.elts[starred]
            )
            found = [*items[:starred], middle, *items[after:]]
        else:
            loose = iterate(state, scope, choice)
            found = [loose] * width
            if starred is not None:
                rest = Sequence(None, loose, "list")
                found[starred] = state.new_list(rest, target.elts[starred])
        for column, item in zip(columns, found):
            column.append(item)
    for element, column in zip(target.elts, columns):
        assign(state, scope, element, join_all(column))
