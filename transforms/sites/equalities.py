"""What stands in the way of another form of ``==`` on symbolic tensors."""

from __future__ import annotations

import ast
from collections.abc import Callable


def equality_obstacle(node: ast.Compare, symbolic: Callable[[ast.AST], bool]) -> str:
    """Why no function can take the place of ``node``; ``symbolic`` says what surely is a tensor."""
    if len(node.ops) > 1:
        return "it is one of several comparisons"
    if not any(map(symbolic, [node.left, node.comparators[0]])):
        return "it is not certain that it compares symbolic tensors"
    return ""
