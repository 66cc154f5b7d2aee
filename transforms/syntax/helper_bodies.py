"""What a helper does before its ops: it looks at its arguments and computes plain values."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from transforms.syntax.accesses import is_dotted_name
from transforms.syntax.liveness import Names, names_bound
from transforms.syntax.nodes import walk

# What they make of sizes and numbers is plain again.
_OF_NUMBERS = frozenset({"abs", "float", "int", "isinstance", "len", "max", "min", "round", "sqrt"})


def without_preparation(body: Sequence[ast.stmt], operands: Names) -> list[ast.stmt]:
    """``body`` without what says nothing of what the helper computes from the tensors ``operands``.

    A branch beside which all is passed on as it is, ``if training: ...``, is what the helper does.
    """
    left = [*body]
    while left:
        left = left[len(_statements_before(left, operands)) :]
        branch = _only_branch(left[0]) if left else None
        if branch is None:
            break
        left = [*branch, *left[1:]]
    return left


def _only_branch(statement: ast.stmt) -> list[ast.stmt] | None:
    """The suite that does something, where the other one passes a value on."""
    if not isinstance(statement, ast.If) or not _is_plain_value(statement.test):
        return None
    if _passes_on(statement.orelse):
        return statement.body
    return statement.orelse if _passes_on(statement.body) else None


def _passes_on(suite: Sequence[ast.stmt]) -> bool:
    match suite:
        case [] | [ast.Pass()] | [ast.Assign(targets=[ast.Name()], value=ast.Name())]:
            return True
    return False


def _statements_before(body: Sequence[ast.stmt], operands: Names) -> list[ast.stmt]:
    """The first statements of ``body`` that say nothing of what the helper computes.

    ``if rate == 0: return x``, ``assert``, and plain values of plain values, none of which is one
    of the tensors ``operands``.
    """
    found: list[ast.stmt] = []
    for statement in body:
        is_plain = isinstance(statement, ast.Assign) and _is_plain(statement, operands)
        if not is_plain and not _is_guard(statement):
            break
        found.append(statement)
    return found


def _is_guard(statement: ast.stmt) -> bool:
    """Whether it gives a parameter back as it is, or refuses one."""
    match statement:
        case ast.Assert():
            return True
        case ast.If(body=[ast.Raise()], orelse=[]):
            return True
        case ast.If(body=[ast.Return(value=ast.Name())], orelse=[]):
            return True
    return False


def _is_plain(statement: ast.Assign, operands: Names) -> bool:
    return not names_bound(statement) & operands and _is_plain_value(statement.value)


def _is_plain_value(value: ast.expr) -> bool:
    calls = [node for node in walk(value) if isinstance(node, ast.Call)]
    return all(
        is_dotted_name(call.func) and ast.unparse(call.func).rpartition(".")[2] in _OF_NUMBERS
        for call in calls
    )
