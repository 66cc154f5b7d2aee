"""What stands in the way of another form of ``==`` on symbolic tensors."""

from __future__ import annotations

import ast
from collections.abc import Callable

from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind
from transforms.sites.facts import fact_of

# What ``tf.equal`` takes as ``==`` does; of None ``==`` is False, and ``tf.equal`` raises.
_TAKEN = Kind.SYMBOLIC | Kind.PLAIN | Kind.EAGER | Kind.ARRAY | Kind.VARIABLE


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


def may_be_none(analysis: Analysis, node: ast.Compare) -> bool:
    """Whether too little is known of a side of ``node`` to say that it is not None."""
    kinds = [fact_of(analysis, side).kinds for side in (node.left, node.comparators[0])]
    return any(not kind or kind & ~_TAKEN for kind in kinds)
