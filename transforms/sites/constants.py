"""Tensors that TensorFlow makes of plain values: a layer can make them itself."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from transforms.knowledge.tf_catalog import canonical
from transforms.knowledge.tf_names import DTYPES, MAKING_CONSTANTS
from transforms.syntax.accesses import is_dotted_name, is_literal

NEW_AXES = ("tensorflow.newaxis", "numpy.newaxis")


def constant_parts(node: ast.expr, paths: Mapping[str, str]) -> Sequence[ast.expr] | None:
    """What ``tf.range(n, dtype=tf.int32)[None]`` is made of; None for what makes no constant.

    ``paths`` are what imported names stand for.
    """
    if isinstance(node, ast.Subscript):
        return constant_parts(node.value, paths) if _is_index(node.slice, paths) else None
    if not isinstance(node, ast.Call) or canonical(_path(node.func, paths)) not in MAKING_CONSTANTS:
        return None
    if any(isinstance(part, ast.Starred) for part in node.args):
        return None
    if any(word.arg is None for word in node.keywords):
        return None
    given = (*node.args, *(word.value for word in node.keywords))
    return [part for part in given if _path(part, paths) not in DTYPES]


def _is_index(node: ast.expr, paths: Mapping[str, str]) -> bool:
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return all(is_literal(part) or _path(part, paths) in NEW_AXES for part in parts)


def _path(node: ast.expr, paths: Mapping[str, str]) -> str:
    """What a dotted name stands for."""
    root, _, rest = ast.unparse(node).partition(".") if is_dotted_name(node) else ("", "", "")
    path = paths.get(root, "")
    return f"{path}.{rest}" if path and rest else path
