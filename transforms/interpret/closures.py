"""Which functions make others that may use their variables after they have ended."""

from __future__ import annotations

import ast

from transforms.syntax.nodes import ByType

_CLOSURES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


def closing_nodes(by_type: ByType) -> frozenset[ast.AST]:
    """The functions, classes and comprehensions of a module in which others are made."""
    nodes = [node for kind in (*_CLOSURES, *_COMPREHENSIONS) for node in by_type.get(kind, ())]
    nodes.sort(key=_start)
    found: set[ast.AST] = set()
    around: list[ast.AST] = []
    for node in nodes:
        while around and _end(around[-1]) <= _start(node):
            around.pop()
        if isinstance(node, _CLOSURES):
            found.update(around)
        around.append(node)
    return frozenset(found)


def _start(node: ast.AST) -> tuple[int, int]:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min([node, *decorators], key=_position)
    return _position(first)


def _position(node: ast.AST) -> tuple[int, int]:
    assert isinstance(node, (ast.expr, ast.stmt))
    return node.lineno, node.col_offset


def _end(node: ast.AST) -> tuple[int, int]:
    assert isinstance(node, (ast.expr, ast.stmt))
    return node.end_lineno or node.lineno, node.end_col_offset or 0
