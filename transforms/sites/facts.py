"""What the analysis saw at a node; nothing where it saw nothing."""

from __future__ import annotations

import ast
from collections.abc import Callable

from transforms.interpret.scopes import Fact, OpFact
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind

_SURELY = Kind.SYMBOLIC
_PERHAPS_NOT = Kind.UNCERTAIN | Kind.EAGER | Kind.PLAIN | Kind.ARRAY | Kind.OPAQUE | Kind.NONE
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


def surely_symbolic(analysis: Analysis) -> Callable[[ast.AST], bool]:
    """Whether a node was a symbolic tensor whenever it was run."""

    def symbolic(node: ast.AST) -> bool:
        fact = analysis.facts.get(node)
        return fact is not None and bool(fact.kinds & _SURELY) and not fact.kinds & _PERHAPS_NOT

    return symbolic
