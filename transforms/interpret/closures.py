"""Which functions make others that may use their variables after they have ended."""

from __future__ import annotations

import ast

from transforms.syntax.nodes import children

_CLOSURES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


def closing_nodes(tree: ast.Module) -> frozenset[ast.AST]:
    """The functions, classes and comprehensions in which others are made."""
    found: set[ast.AST] = set()
    pending: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(tree, ())]
    while pending:
        node, around = pending.pop()
        if isinstance(node, _CLOSURES):
            found.update(around)
            around = (*around, node)
        elif isinstance(node, _COMPREHENSIONS):
            around = (*around, node)
        pending.extend((child, around) for child in children(node))
    return frozenset(found)
