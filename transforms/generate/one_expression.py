"""Statements in a row as the one expression that they compute."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from textwrap import dedent

from transforms.syntax.nodes import walk


def as_one_expression(lines: Sequence[str], result: str) -> str | None:
    """``result`` with what ``lines`` assign in the places of the names.

    None where a name is read twice, or not at all.
    ``x = tf.nn.relu(x)`` and ``tf.reduce_sum(x, 1)`` give ``tf.reduce_sum(tf.nn.relu(x), 1)``.
    """
    try:
        body = ast.parse(dedent("\n".join([*lines, result]))).body
    except SyntaxError:
        return None
    values: dict[str, ast.expr] = {}
    for statement in body:
        if not isinstance(statement, (ast.Assign, ast.Expr)):
            return None
        value = statement.value
        read = [node for node in walk(value) if isinstance(node, ast.Name) and node.id in values]
        if len({node.id for node in read}) != len(read):
            return None
        value = _Replacing(values).visit(value)
        for node in read:
            values.pop(node.id, None)
        if isinstance(statement, ast.Expr):
            # What nobody has read was for more than the result.
            return None if values else ast.unparse(value)
        if len(statement.targets) != 1 or not isinstance(statement.targets[0], ast.Name):
            return None
        name = statement.targets[0].id
        if name in values:
            return None
        values[name] = value
    return None


class _Replacing(ast.NodeTransformer):
    def __init__(self, values: dict[str, ast.expr]) -> None:
        self.values = dict(values)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.values.get(node.id, node)
