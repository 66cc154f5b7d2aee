"""A raw expression taken apart into its ops."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from transforms.interpret.symbolic import Analysis
from transforms.sites.facts import fact_of
from transforms.sites.operands import Operands, split_operands
from transforms.sites.raw_expressions import (
    AugmentedAssignment,
    RawExpression,
    Unpacking,
    is_operator,
)


def single_ops(
    analysis: Analysis, expression: RawExpression, keep_operators: bool
) -> list[RawExpression]:
    """``expression`` split into one raw expression for each op.

    Operators stay between them as they are where ``keep_operators`` says so, but not products
    with a number, which Keras 3.15 takes for sparse tensors.
    """
    if isinstance(expression, Unpacking):
        operands = Operands(ops=expression.operands.ops[:1], symbolic=(expression.value,))
        return [replace(expression, operands=operands, value_keys=())]
    keep_operators = keep_operators and expression.code != "KC102"
    pieces: list[RawExpression] = []
    # What stands in a list belongs to the statement of the list, which is a site of its own.
    listed = {
        node for display in expression.operands.inlined.values() for node in ast.walk(display)
    }
    for op in expression.operands.ops:
        if op in listed:
            continue
        fact = analysis.ops[op]
        is_scaling = op in fact_of(analysis, op).scalings
        is_native = fact.native and all(is_operator(key) for key in fact.keys)
        if keep_operators and is_native and not is_scaling:
            continue
        operands = split_operands(analysis, op, op, expression.operands.inlined)
        kind: Callable[..., RawExpression] = (
            AugmentedAssignment if isinstance(op, ast.AugAssign) else RawExpression
        )
        pieces.append(
            kind(
                root=op,
                place=expression.place,
                loops=expression.loops,
                keys=fact.keys,
                native=fact.native,
                operands=operands,
                refusal=None,
            )
        )
    return pieces
