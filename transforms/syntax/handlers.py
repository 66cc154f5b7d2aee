"""Code whose exceptions are handled: from inside a layer some of them come out as others."""

from __future__ import annotations

import ast

from transforms.syntax.accesses import last_name
from transforms.syntax.nodes import walk

PASSED_ON = frozenset(
    "AssertionError AttributeError BaseException Exception NameError NotImplementedError"
    " RuntimeError TypeError UnboundLocalError ValueError".split()
)
"""Exceptions that leave the ``call`` of a layer as they are, or are caught whatever they become.

AutoGraph makes a ``StagingError`` of the others (TensorFlow 2.21).
"""
_SUPPRESSING = frozenset({"suppress", "raises", "assertRaises", "assertRaisesRegex"})
"""Context managers that are given the exceptions which they handle."""
_DIVISIONS = (ast.Div, ast.FloorDiv, ast.Mod)


def catches_others(statement: ast.stmt) -> bool:
    """Whether ``statement`` handles exceptions of its body that a layer passes on as others."""
    kinds = [handler.type for handler in getattr(statement, "handlers", ())]
    for item in statement.items if isinstance(statement, (ast.With, ast.AsyncWith)) else ():
        call = item.context_expr
        if isinstance(call, ast.Call) and last_name(call.func) in _SUPPRESSING:
            kinds += call.args
    return any(name not in PASSED_ON for kind in kinds for name in _names(kind))


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
