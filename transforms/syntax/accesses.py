"""What an expression is by its syntax alone: a dotted name, an access to a part, a literal."""

from __future__ import annotations

import ast


def is_dotted_name(node: ast.expr) -> bool:
    """Whether ``node`` is a name or a chain of attributes of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def is_access(node: ast.expr) -> bool:
    """Whether ``node`` is a name, or an item or attribute of one with a literal index."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
            return False
        node = node.value
    return isinstance(node, ast.Name)


def accessed_name(node: ast.expr) -> str | None:
    """The name that a chain of items and attributes starts from, None where it is no name."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def is_literal(node: ast.AST) -> bool:
    """Whether ``node`` is a literal, also inside tuples, lists and slices."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.operand, ast.Constant)
    if isinstance(node, (ast.Tuple, ast.List)):
        return all(is_literal(element) for element in node.elts)
    if isinstance(node, ast.Slice):
        parts = (node.lower, node.upper, node.step)
        return all(part is None or is_literal(part) for part in parts)
    return False
