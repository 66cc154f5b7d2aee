"""What a helper does before its ops: it looks at its arguments and computes plain values."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from transforms.syntax.accesses import is_dotted_name
from transforms.syntax.liveness import Names, names_bound
from transforms.syntax.nodes import walk

# What they make of sizes and numbers is plain again.
_OF_NUMBERS = frozenset({"abs", "float", "int", "len", "max", "min", "round", "sqrt"})


def statements_before(body: Sequence[ast.stmt], operands: Names) -> list[ast.stmt]:
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
    if names_bound(statement) & operands:
        return False
    calls = [node for node in walk(statement.value) if isinstance(node, ast.Call)]
    return all(
        is_dotted_name(call.func) and ast.unparse(call.func).rpartition(".")[2] in _OF_NUMBERS
        for call in calls
    )
