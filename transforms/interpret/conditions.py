"""What a test says of its branches: tests on ``None`` and on types, never on configuration."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TypeGuard

from transforms.interpret.joins import join_all
from transforms.interpret.lists import Dict, List
from transforms.interpret.objects import Function, Instance, Scope
from transforms.interpret.state import State
from transforms.interpret.structures import Sequence, alternatives
from transforms.interpret.value_kinds import Kind
from transforms.interpret.values import (
    NONE,
    Known,
    LayerValue,
    Opaque,
    Parameter,
    Plain,
    Symbolic,
    Value,
)
from transforms.syntax.nodes import walk

_PYTHON_TYPES = frozenset({"list", "tuple", "dict", "str", "int", "float", "bool"})


def narrow(state: State, scope: Scope, test: ast.expr, outcome: bool) -> None:
    """Leave out what a test of ``is None`` or of being a list excludes of a variable."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        narrow(state, scope, test.operand, not outcome)
    elif isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) == outcome:
        # All parts of a conjunction hold, and no part of a disjunction that does not.
        for part in test.values:
            narrow(state, scope, part, outcome)
    elif _is_type_test(test):
        _narrow_to_type(state, scope, test, outcome)
    elif (name := _tested_for_none(test)) is not None:
        value = scope.cells.get(name)
        is_none = outcome == isinstance(test.ops[0], ast.Is)  # type: ignore[attr-defined]
        if value is not None:
            kept = [item for item in alternatives(value) if (item == NONE) == is_none]
            _keep(state, scope, name, value, kept)
    elif isinstance(test, ast.Name) and (value := scope.cells.get(test.id)) is not None:
        kept = [
            item
            for item in alternatives(value)
            if not isinstance(item, Known) or bool(item.value) == outcome
        ]
        _keep(state, scope, test.id, value, kept)


def _keep(state: State, scope: Scope, name: str, value: Value, kept: list[Value]) -> None:
    if kept and len(kept) < len(alternatives(value)) and scope.is_single:
        state.heap.write(scope, name, join_all(kept))


def _tested_for_none(test: ast.expr) -> str | None:
    """The variable of ``name is None`` and ``name is not None``."""
    if (
        isinstance(test, ast.Compare)
        and len(test.ops) == 1
        and isinstance(test.left, ast.Name)
        and isinstance(test.ops[0], (ast.Is, ast.IsNot))
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value is None
    ):
        return test.left.id
    return None


def _narrow_to_type(state: State, scope: Scope, test: ast.Call, outcome: bool) -> None:
    """What a layer that is not known gave is a list or a tensor: ``isinstance`` tells which."""
    if not isinstance(test.args[0], ast.Name):
        return
    names = {node.id for node in walk(test.args[1]) if isinstance(node, ast.Name)}
    value = scope.cells.get(test.args[0].id)
    if value is None or not names or not names <= {"list", "tuple"}:
        return
    narrowed = [
        part for item in alternatives(value) for part in _of_type(state, test, item, names, outcome)
    ]
    if narrowed and scope.is_single:
        state.heap.write(scope, test.args[0].id, join_all(narrowed))


def _of_type(
    state: State, test: ast.Call, item: Value, names: set[str], outcome: bool
) -> list[Value]:
    """What ``item`` is where it is, or is not, one of the types called ``names``."""
    if isinstance(item, Symbolic) and item.structured:
        single = replace(item, structured=not item.certain)
        if not outcome:
            return [single]
        return [state.new_list(Sequence(None, single, "list"), test)]
    kind = _container_kind(item)
    if kind in {"list", "tuple"}:
        return [item] if (kind in names) == outcome else []
    if isinstance(item, (Symbolic, Known, LayerValue, Function, Instance)):
        return [] if outcome else [item]
    return [item]


def _container_kind(item: Value) -> str | None:
    if isinstance(item, List):
        return item.content.kind
    return item.kind if isinstance(item, Sequence) else None


def _is_type_test(test: ast.expr) -> TypeGuard[ast.Call]:
    return (
        isinstance(test, ast.Call)
        and isinstance(test.func, ast.Name)
        and test.func.id == "isinstance"
        and len(test.args) == 2
    )


def known_truth(state: State, scope: Scope, test: ast.expr) -> bool | None:
    """Whether a test on ``None``, types or names is surely true or false; None if not known.

    Configuration values are deliberately not looked at: another caller may give other ones.
    """
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        truth = known_truth(state, scope, test.operand)
        return None if truth is None else not truth
    if isinstance(test, ast.BoolOp):
        parts = [known_truth(state, scope, value) for value in test.values]
        deciding = isinstance(test.op, ast.Or)
        if deciding in parts:
            return deciding
        return None if None in parts else not deciding
    name = _tested_for_none(test)
    if name is not None:
        is_none = _none_truth(scope, name)
        expected = isinstance(test.ops[0], ast.Is)  # type: ignore[attr-defined]
        return None if is_none is None else is_none == expected
    if _is_type_test(test) and isinstance(test.args[0], ast.Name):
        return _is_instance(scope, test.args[0].id, test.args[1])
    return None


def _none_truth(scope: Scope, name: str) -> bool | None:
    """Whether a variable surely is, or surely is not, None."""
    value = scope.lookup(name)
    if value is None or isinstance(value, (Opaque, Parameter, Plain)):
        return None
    kinds = value.kinds
    if kinds == Kind.NONE:
        # At module level another module may set it; in a function this run decides.
        inside = scope.function is not None and scope.parent is not None
        return True if inside and name in scope.cells else None
    undecided = Kind.NONE | Kind.OPAQUE | Kind.PARAMETER | Kind.PLAIN
    return None if kinds & undecided else False


def _is_instance(scope: Scope, name: str, classes: ast.expr) -> bool | None:
    value = scope.lookup(name)
    names = [node.id for node in walk(classes) if isinstance(node, ast.Name)]
    if value is None or not names or not set(names) <= _PYTHON_TYPES:
        return None
    kind = _container_kind(value)
    if kind is not None:
        return kind in names if kind in {"list", "tuple"} else None
    if isinstance(value, Dict):
        return "dict" in names
    if isinstance(value, Symbolic) and not value.structured and value.certain:
        return False
    if isinstance(value, (Function, LayerValue, Instance)):
        return False
    return None
