"""Which expressions surely are whole numbers."""

from __future__ import annotations

import ast

from transforms.port.breaks import Source

_DEPTH = 8
_ADDING = (ast.Add, ast.Sub)


def is_size(source: Source, node: ast.AST, depth: int = 0) -> bool:
    """Whether ``node`` is one size and no tuple of sizes, as far as the module tells."""
    if depth > _DEPTH:
        return False
    if isinstance(node, ast.Constant):
        return type(node.value) is int
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in {"int", "len"}
    if isinstance(node, ast.Subscript):
        of_shape = isinstance(node.value, ast.Attribute) and node.value.attr == "shape"
        return of_shape and is_size(source, node.slice, depth + 1)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub) and is_size(source, node.operand, depth + 1)
    if isinstance(node, ast.BinOp):
        sides = [is_size(source, side, depth + 1) for side in (node.left, node.right)]
        if isinstance(node.op, _ADDING):
            # A number is added to no tuple.
            return any(sides)
        return isinstance(node.op, ast.FloorDiv) or all(sides)
    return isinstance(node, ast.Name) and _is_bound_to_sizes(source, node, depth + 1)


def _is_bound_to_sizes(source: Source, node: ast.Name, depth: int) -> bool:
    scope = source.scoped.of_node.get(node)
    found = scope.lookup(node.id) if scope is not None else None
    if found is None:
        return False
    where, bindings = found
    return all(
        (one.how == "value" and one.node is not None and is_size(source, one.node, depth))
        or (one.how == "parameter" and _default(where.node, one.node))
        for one in bindings
    )


def _default(function: ast.AST, parameter: ast.AST | None) -> bool:
    """Whether a parameter has a whole number as its default."""
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    arguments = function.args
    last = [*arguments.posonlyargs, *arguments.args][::-1]
    pairs = [
        *zip(last, arguments.defaults[::-1]),
        *zip(arguments.kwonlyargs, arguments.kw_defaults),
    ]
    given = [default for one, default in pairs if one is parameter]
    return bool(given) and isinstance(given[0], ast.Constant) and type(given[0].value) is int
