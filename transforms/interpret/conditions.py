"""What a test says of its branches: tests on ``None`` and on types, never on configuration."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TypeGuard

from transforms.interpret.scopes import Scope, State
from transforms.interpret.value_kinds import Kind, kind_of
from transforms.interpret.values import (
    Function,
    Instance,
    Known,
    LayerValue,
    Mapping,
    Opaque,
    Parameter,
    Plain,
    Sequence,
    Symbolic,
    Value,
    alternatives,
    join_all,
)


def narrow(scope: Scope, test: ast.expr, outcome: bool) -> None:
    """Leave out what a test of ``is None`` or of being a list excludes of a variable."""
    _narrow_to_type(scope, test, outcome)
    if (
        isinstance(test, ast.Compare)
        and len(test.ops) == 1
        and isinstance(test.left, ast.Name)
        and isinstance(test.ops[0], (ast.Is, ast.IsNot))
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value is None
    ):
        value = scope.variables.get(test.left.id)
        is_none = outcome == isinstance(test.ops[0], ast.Is)
        if value is not None:
            kept = [item for item in alternatives(value) if (item == Known(None)) == is_none]
            if kept:
                scope.variables[test.left.id] = join_all(kept)


def _narrow_to_type(scope: Scope, test: ast.expr, outcome: bool) -> None:
    """What a layer that is not known gave is a list or a tensor: ``isinstance`` tells which."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        _narrow_to_type(scope, test.operand, not outcome)
        return
    if not _is_type_test(test) or not isinstance(test.args[0], ast.Name):
        return
    names = {node.id for node in ast.walk(test.args[1]) if isinstance(node, ast.Name)}
    value = scope.variables.get(test.args[0].id)
    if value is None or not names or not names <= {"list", "tuple"}:
        return
    narrowed = [part for item in alternatives(value) for part in _of_type(item, names, outcome)]
    if narrowed:
        scope.variables[test.args[0].id] = join_all(narrowed)


def _of_type(item: Value, names: set[str], outcome: bool) -> list[Value]:
    """What ``item`` is where it is, or is not, one of the types called ``names``."""
    if isinstance(item, Symbolic) and item.structured:
        single = replace(item, structured=not item.certain)
        return [Sequence(None, single)] if outcome else [single]
    if isinstance(item, Sequence) and item.kind in {"list", "tuple"}:
        return [item] if (item.kind in names) == outcome else []
    if isinstance(item, (Symbolic, Known, LayerValue, Function, Instance)):
        return [] if outcome else [item]
    return [item]


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
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        truth = known_truth(state, scope, test.operand)
        return None if truth is None else not truth
    if isinstance(test, ast.BoolOp):
        parts = [known_truth(state, scope, value) for value in test.values]
        deciding = isinstance(test.op, ast.Or)
        if deciding in parts:
            return deciding
        return None if None in parts else not deciding
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _none_test(scope, test)
    if _is_type_test(test) and isinstance(test.args[0], ast.Name):
        return _is_instance(scope, test.args[0].id, test.args[1])
    return None


def _none_test(scope: Scope, test: ast.Compare) -> bool | None:
    right = test.comparators[0]
    if (
        not isinstance(test.left, ast.Name)
        or not isinstance(right, ast.Constant)
        or right.value is not None
        or not isinstance(test.ops[0], (ast.Is, ast.IsNot))
    ):
        return None
    value = scope.lookup(test.left.id)
    if value is None or isinstance(value, (Opaque, Parameter, Plain)):
        return None
    kinds = kind_of(value)
    if kinds == Kind.NONE and test.left.id in scope.variables:
        return isinstance(test.ops[0], ast.Is) if _is_settled(scope, test.left.id) else None
    undecided = Kind.NONE | Kind.OPAQUE | Kind.PARAMETER | Kind.PLAIN
    if kinds & undecided:
        return None
    return isinstance(test.ops[0], ast.IsNot)


def _is_settled(scope: Scope, name: str) -> bool:
    return scope.function is not None and scope.parent is not None


def _is_instance(scope: Scope, name: str, classes: ast.expr) -> bool | None:
    value = scope.lookup(name)
    names = [node.id for node in ast.walk(classes) if isinstance(node, ast.Name)]
    if not names or not set(names) <= {"list", "tuple", "dict", "str", "int", "float", "bool"}:
        return None
    if isinstance(value, Sequence):
        return value.kind in names if value.kind in {"list", "tuple"} else None
    if isinstance(value, Mapping):
        return "dict" in names
    if isinstance(value, Symbolic) and not value.structured and value.certain:
        return False
    if isinstance(value, (Function, LayerValue, Instance)):
        return False
    return None
