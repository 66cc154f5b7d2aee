"""Which functions make others that may use their variables after they have ended."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from transforms.syntax.nodes import walk

_CLOSURES = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef})
_AROUND = _CLOSURES | {ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp}


def closing_nodes(nodes: Iterable[ast.AST]) -> frozenset[ast.AST]:
    """The functions, classes and comprehensions among ``nodes`` in which others are made."""
    around = [node for node in nodes if type(node) in _AROUND]
    return frozenset(
        outer
        for outer in around
        if any(type(inner) in _CLOSURES and inner is not outer for inner in walk(outer))
    )
