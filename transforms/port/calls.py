"""The arguments of calls."""

from __future__ import annotations

import ast


def argument(node: ast.Call, name: str, index: int | None = None) -> ast.expr | None:
    """The argument called ``name``, or the one at ``index``; None where neither is in sight."""
    for keyword in node.keywords:
        if keyword.arg == name:
            return keyword.value
    if index is not None and index < len(node.args):
        found = node.args[index]
        return None if isinstance(found, ast.Starred) else found
    return None


def text_of(node: ast.AST | None) -> str | None:
    """The string that ``node`` is; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def is_number_list(node: ast.AST | None) -> bool:
    """Whether ``node`` is a list of numbers or strings, or of lists of them."""
    if not isinstance(node, ast.List) or not node.elts:
        return False
    return all(isinstance(item, ast.Constant) or is_number_list(item) for item in node.elts)


def is_own_list(node: ast.List, count: int) -> bool:
    """Whether a list of metrics is one for all outputs, and not one for each of ``count``."""
    lists = [item for item in node.elts if isinstance(item, ast.List | ast.Tuple | ast.Dict)]
    return not lists and len(node.elts) != count


def parameter_name(node: ast.arguments, index: int) -> str | None:
    """The name of the parameter at ``index``, ``self`` included."""
    parameters = [*node.posonlyargs, *node.args]
    return parameters[index].arg if index < len(parameters) else None
