"""What an expression is by its syntax alone: a dotted name, an access to a part, a literal."""

from __future__ import annotations

import ast
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import TypeGuard

from transforms.syntax.nodes import children, walk

ARITHMETIC = (ast.BinOp, ast.UnaryOp, ast.List, ast.Tuple)
MATH = "math"
_MATH_CONSTANTS = frozenset({"e", "inf", "nan", "pi", "tau"})
_MATH_FUNCTIONS = frozenset({"ceil", "exp", "floor", "log", "log2", "pow", "sqrt"})


# What a dtype says of itself.
OF_DTYPES = frozenset("is_floating is_integer max min name size".split())


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


def root_of(node: ast.expr) -> ast.Name | None:
    """The name that a chain of items, attributes and calls starts from, if it is one."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node if isinstance(node, ast.Name) else None


def last_name(function: ast.expr) -> str:
    """The last part of the name of a function that is called by its name, else nothing."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


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


def _no_parts(node: ast.expr) -> None:
    return None


def leaves_of(
    node: ast.expr,
    whole: Container[ast.expr] = (),
    parts_of: Callable[[ast.expr], Sequence[ast.expr] | None] = _no_parts,
) -> Iterator[ast.expr]:
    """What arithmetic, displays and choices at ``node`` are made of, without constants.

    What stands in ``whole`` is one of them; ``parts_of`` says what else is made of parts.
    """
    parts: Iterable[ast.AST] | None = None
    if node not in whole:
        if isinstance(node, (*ARITHMETIC, ast.IfExp, ast.Compare)):
            parts = children(node)
        elif is_math_call(node):
            parts = node.args
        else:
            parts = parts_of(node)
    if parts is not None:
        for part in parts:
            if isinstance(part, ast.expr):
                yield from leaves_of(part, whole, parts_of)
    elif node in whole or not isinstance(node, ast.Constant):
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


def is_math_constant(node: ast.AST) -> bool:
    """Whether ``node`` is ``math.pi`` or the like, as far as the text goes."""
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == MATH
        and node.attr in _MATH_CONSTANTS
    )


def uses_math(node: ast.AST) -> bool:
    """Whether functions or constants of ``math`` stand at ``node``."""
    return any(is_math_call(part) or is_math_constant(part) for part in walk(node))


def tensor_of_shape(node: ast.expr) -> ast.Name | None:
    """The name in ``name.shape``, ``name.shape[1]``, ``name.shape[1:]`` and ``name.dtype``.

    There are other ways to ask: ``name.get_shape().as_list()[1]``, ``K.int_shape(name)[1]``.
    """
    whole = node.value if isinstance(node, ast.Subscript) and is_literal(node.slice) else node
    tensor = _tensor_of_whole_shape(whole)
    if tensor is None:
        tensor = tensor_of_dtype(node)
    return tensor if isinstance(tensor, ast.Name) else None


def _tensor_of_whole_shape(node: ast.expr) -> ast.expr | None:
    match node:
        case ast.Attribute(value=tensor, attr="shape"):
            return tensor
        case ast.Call(func=ast.Attribute(value=tensor, attr="get_shape"), args=[], keywords=[]):
            return tensor
        case ast.Call(func=ast.Attribute(value=shape, attr="as_list"), args=[], keywords=[]):
            return None if is_call_of(shape, "int_shape") else _tensor_of_whole_shape(shape)
    return node.args[0] if is_call_of(node, "int_shape") else None


def tensor_of_dtype(node: ast.expr) -> ast.expr | None:
    """The tensor whose dtype is asked for: `x` in `x.dtype`, and in `x.dtype.min` and the like.

    So it is in `tf.as_dtype(x.dtype).min`, which Keras 3 needs.
    """
    if isinstance(node, ast.Attribute) and node.attr in OF_DTYPES:
        node = node.value
        if is_call_of(node, "as_dtype"):
            node = node.args[0]
    return node.value if isinstance(node, ast.Attribute) and node.attr == "dtype" else None


def is_said_by_dtype(node: ast.AST, name: str) -> bool:
    """Whether ``node`` asks the dtype of a tensor for its attribute ``name``."""
    return name in OF_DTYPES and isinstance(node, ast.Attribute) and bool(tensor_of_dtype(node))


def is_call_of(node: ast.AST, name: str) -> TypeGuard[ast.Call]:
    """Whether ``node`` is ``module.name(...)`` with one argument, as far as the text goes."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
        and is_dotted_name(node.func)
        and len(node.args) == 1
        and not node.keywords
    )
