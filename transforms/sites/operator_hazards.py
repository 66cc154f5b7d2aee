"""Hazards of operators that stay: Keras 3 means some otherwise."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind
from transforms.knowledge.keras3_operators import other_meaning
from transforms.sites.facts import fact_of
from transforms.sites.raw_expressions import RawExpression
from transforms.syntax.records import Hazard
from transforms.syntax.source_text import SourceText


def operator_hazards(
    analysis: Analysis, text: SourceText, kept: Iterable[RawExpression]
) -> Iterator[Hazard]:
    """The hazards KC404 of operators in ``kept`` whose dtypes are known."""
    for expression in kept:
        for op in expression.operands.ops:
            dtypes = _dtypes(analysis, op)
            for key in analysis.ops[op].keys:
                meaning = other_meaning(key, dtypes)
                if meaning is not None:
                    yield Hazard("KC404", text.span(op), meaning)


def _dtypes(analysis: Analysis, op: ast.AST) -> frozenset[str]:
    """The dtypes of the symbolic operands of an operator."""
    parts = [op.left, op.right] if isinstance(op, ast.BinOp) else []
    if isinstance(op, ast.UnaryOp):
        parts = [op.operand]
    facts = [fact_of(analysis, part) for part in parts]
    return frozenset(dtype for fact in facts if fact.kinds & Kind.SYMBOLIC for dtype in fact.dtypes)
