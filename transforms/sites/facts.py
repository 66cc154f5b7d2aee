"""What the analysis saw at a node; nothing where it saw nothing."""

from __future__ import annotations

import ast

from transforms.interpret.scopes import Fact, OpFact
from transforms.interpret.symbolic import Analysis

# Nobody changes them here, and they are asked for at most nodes.
_NO_FACT = Fact()
_NO_OP = OpFact()


def fact_of(analysis: Analysis, node: ast.AST) -> Fact:
    """The values that the expression ``node`` held."""
    return analysis.facts.get(node, _NO_FACT)


def op_fact_of(analysis: Analysis, node: ast.AST) -> OpFact:
    """The ops that were applied at ``node``."""
    return analysis.ops.get(node, _NO_OP)


def is_op(analysis: Analysis, node: ast.AST) -> bool:
    """Whether ``node`` itself applies a raw op."""
    return bool(op_fact_of(analysis, node).keys)
