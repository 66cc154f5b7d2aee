"""Code whose exceptions are handled: from inside a layer some of them come out as others."""

from __future__ import annotations

import ast

from transforms.syntax.nodes import walk

PASSED_ON = frozenset(
    "AssertionError AttributeError BaseException Exception NameError NotImplementedError"
    " RuntimeError TypeError UnboundLocalError ValueError".split()
)
"""Exceptions that leave the ``call`` of a layer as they are, or are caught whatever they become.

AutoGraph makes a ``StagingError`` of the others (TensorFlow 2.21).
"""
_DIVISIONS = (ast.Div, ast.FloorDiv, ast.Mod)


def catches_others(statement: ast.stmt) -> bool:
    """Whether ``statement`` handles exceptions of its body that a layer passes on as others."""
    return any(
        name not in PASSED_ON
        for handler in getattr(statement, "handlers", ())
        for name in _names(handler.type)
    )


def _names(kinds: ast.expr | None) -> list[str]:
    if kinds is None:
        return []
    parts = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
    return [ast.unparse(part) for part in parts]


def may_raise(node: ast.AST) -> bool:
    """Whether ``node`` divides, or looks something up: what Python itself may fail at."""
    return any(
        isinstance(part, ast.Subscript)
        or (isinstance(part, ast.BinOp) and isinstance(part.op, _DIVISIONS))
        for part in walk(node)
    )
