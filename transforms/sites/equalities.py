"""What stands in the way of another form of ``==`` on symbolic tensors."""

from __future__ import annotations

import ast
from collections.abc import Callable

from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind
from transforms.sites.facts import fact_of


def equality_obstacle(
    analysis: Analysis, node: ast.Compare, symbolic: Callable[[ast.AST], bool]
) -> str:
    """Why no function can take the place of ``node``; ``symbolic`` says what surely is a tensor."""
    if len(node.ops) > 1:
        return "it is one of several comparisons"
    sides = (node.left, node.comparators[0])
    if not any(map(symbolic, sides)):
        return "it is not certain that it compares symbolic tensors"
    for side in sides:
        if fact_of(analysis, side).kinds & Kind.NONE:
            return f"`{ast.unparse(side)}` may be None"
    return ""


def equality_needs_proof(node: ast.Compare) -> bool:
    """Whether ``==`` may be more than the comparison of each element with a number.

    Of None, and of shapes that do not fit, ``==`` is one False, and ``tf.equal`` raises.
    """
    return not any(map(_is_number, (node.left, node.comparators[0])))


def _is_number(node: ast.expr) -> bool:
    value = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(value, ast.Constant) and isinstance(value.value, (int, float))
