"""Code of layers in which AutoGraph has nothing to convert: it is run as it stands.

Keras 2 lets AutoGraph convert each class of the user's once, which takes as long as to trace a
small model (TensorFlow 2.21), and a rewritten model has many classes. What is converted are
statements and expressions that decide or repeat, some builtins, and what is called of the user's.
"""

from __future__ import annotations

import ast
import sys
from types import FunctionType, ModuleType
from typing import Any, Dict, Iterator, Optional

from ..parsing import parsed
from .keras_generation import is_keras_3

PLAIN = frozenset(
    "FunctionDef arguments arg Return Assign AugAssign Expr Attribute Name Constant Call keyword "
    "Subscript Slice Index ExtSlice Tuple List BinOp UnaryOp Compare Load Store Add Sub Mult Div "
    "FloorDiv Mod Pow MatMult UAdd USub Invert Lt LtE Gt GtE BitAnd BitOr BitXor LShift "
    "RShift".split()
)
"""Nodes that are converted to themselves."""
METHODS = ("get_shape", "as_list")
"""Methods of tensors and shapes."""
CONVERSION = "tensorflow.python.autograph.impl.conversion"
LIBRARY = "tensorflow"


def leave_unconverted(sources: Dict[str, bytes]) -> None:
    """Let AutoGraph run plain functions of ``sources`` as if it did not know how to convert them.

    Has no effect under Keras 3, which converts nothing of layers.
    """
    conversion: Any = sys.modules.get(CONVERSION)
    is_unsupported = getattr(conversion, "is_unsupported", None)
    if is_unsupported is None or is_keras_3():
        return
    definitions: Dict[str, Dict[int, ast.FunctionDef]] = {}

    def is_left(entity: Any) -> bool:
        function = getattr(entity, "__func__", entity)
        if isinstance(function, FunctionType) and function.__code__.co_filename in sources:
            path = function.__code__.co_filename
            if path not in definitions:
                definitions[path] = _definitions(sources[path])
            definition = definitions[path].get(function.__code__.co_firstlineno)
            own = getattr(entity, "__self__", None)
            if definition is not None and _is_plain(definition, function, own):
                return True
        return bool(is_unsupported(entity))

    conversion.is_unsupported = is_left


def _definitions(content: bytes) -> Dict[int, ast.FunctionDef]:
    """The functions without decorators by their first line."""
    try:
        nodes = list(ast.walk(parsed(content)))
    except (SyntaxError, ValueError, RecursionError):
        return {}
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    return {node.lineno: node for node in functions if not node.decorator_list}


def _is_plain(definition: ast.FunctionDef, function: FunctionType, own: Any) -> bool:
    code = function.__code__
    if code.co_freevars or definition.name != code.co_name:
        return False
    names = set(code.co_varnames)
    nodes = list(ast.walk(definition))
    if any(type(node).__name__ not in PLAIN for node in nodes):
        return False
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    for node in nodes:
        if isinstance(node, ast.Call):
            if not _is_known_call(node.func, names, function.__globals__):
                return False
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and not _is_read(node):
            return False
        elif isinstance(node, ast.Attribute):
            # A function would be converted where it is called, or where it is handed on.
            is_own = isinstance(node.value, ast.Name) and node.value.id in code.co_varnames[:1]
            if is_own and id(node) not in called and callable(getattr(own, node.attr, None)):
                return False
        elif isinstance(node, ast.Name) and node.id not in names:
            value = function.__globals__.get(node.id)
            if not isinstance(value, ModuleType) and callable(value):
                return False
    return True


def _is_read(node: Any) -> bool:
    return isinstance(node.ctx, ast.Load)


def _is_known_call(node: ast.expr, names: Any, known: Dict[str, Any]) -> bool:
    """Whether a function of TensorFlow is called, or a method of a tensor."""
    parts = list(_parts(node))
    if parts[-1] is None:
        return isinstance(node, ast.Attribute) and node.attr in METHODS
    if len(parts) < 2:
        return False
    *attributes, root = parts
    if root in names:
        return attributes[0] in METHODS
    value = known.get(str(root))
    if not isinstance(value, ModuleType):
        return False
    for attribute in reversed(attributes):
        value = getattr(value, str(attribute), None)
    module = str(getattr(value, "__module__", None))
    return callable(value) and module.partition(".")[0] == LIBRARY


def _parts(node: ast.expr) -> Iterator[Optional[str]]:
    """The names of `root.inner.outer` from the outermost; at last ``None`` for another root."""
    while isinstance(node, ast.Attribute):
        yield node.attr
        node = node.value
    yield node.id if isinstance(node, ast.Name) else None
