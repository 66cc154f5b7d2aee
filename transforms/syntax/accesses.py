"""What an expression is by its syntax alone: a dotted name, an access to a part, a literal."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from typing import TypeGuard

from transforms.syntax.nodes import children, walk

ARITHMETIC = (ast.BinOp, ast.UnaryOp, ast.List, ast.Tuple)
MATH = "math"
_MATH_FUNCTIONS = frozenset({"ceil", "exp", "floor", "log", "log2", "pow", "sqrt"})


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


def leaves_of(node: ast.expr, whole: Container[ast.expr] = ()) -> Iterator[ast.expr]:
    """What arithmetic, displays and choices at ``node`` are made of, without constants.

    What stands in ``whole`` is one of them.
    """
    if node in whole:
        yield node
    elif isinstance(node, ARITHMETIC):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from leaves_of(child, whole)
    elif isinstance(node, (ast.IfExp, ast.Compare)):
        for child in children(node):
            if isinstance(child, ast.expr):
                yield from leaves_of(child, whole)
    elif is_math_call(node):
        for argument in node.args:
            yield from leaves_of(argument, whole)
    elif not isinstance(node, ast.Constant):
        yield node


def is_math_call(node: ast.AST) -> TypeGuard[ast.Call]:
    """Whether ``node`` is ``math.sqrt(...)`` or the like, as far as the text goes."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == MATH
        and node.func.attr in _MATH_FUNCTIONS
        and not node.keywords
    )


def math_calls(node: ast.AST) -> list[ast.Call]:
    """The calls of functions of ``math`` at ``node``."""
    return [part for part in walk(node) if is_math_call(part)]


def tensor_of_shape(node: ast.expr) -> ast.Name | None:
    """The name in ``name.shape``, ``name.shape[1]`` and ``name.shape[1:]``."""
    if isinstance(node, ast.Subscript):
        if not is_literal(node.slice):
            return None
        node = node.value
    if not isinstance(node, ast.Attribute) or node.attr != "shape":
        return None
    return node.value if isinstance(node.value, ast.Name) else None
