"""Which call runs code on tensors that are not symbolic, although others are."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind, may_be_symbolic
from transforms.sites.facts import fact_of, op_fact_of
from transforms.sites.raw_expressions import RawExpression
from transforms.syntax.places import Place

SHOWN = 60
"""Characters of a call that a reason quotes: it stands in one line."""


def is_also_eager(analysis: Analysis, expression: RawExpression) -> bool:
    """Whether ``expression`` also runs on tensors that are not symbolic."""
    calls = (op for op in expression.operands.ops if isinstance(op, ast.Call))
    return any(op_fact_of(analysis, op).eager for op in calls) or any(
        fact_of(analysis, part).kinds & Kind.EAGER for part in expression.operands.symbolic
    )


def eager_call(analysis: Analysis, place: Place) -> str:
    """The first call without a symbolic argument that leads to ``place``, else an empty text.

    It reads "`f(batch)` at train.py:20". Calls that are given both are followed to their callers.
    """
    for call, _ in calls_leading_to(analysis, place.function):
        if isinstance(call, ast.Call) and not gives_symbolic(analysis, call):
            path = _file_of(analysis, call)
            if path:
                return f"`{_shortened(ast.unparse(call))}` at {path}:{call.lineno}"
    return ""


def calls_leading_to(
    analysis: Analysis, function: ast.AST | None
) -> Iterator[tuple[ast.AST, Place | None]]:
    """The calls that run ``function``, the nearest first, and where they stand if it is known."""
    pending = [] if function is None else [function]
    for current in pending:
        for call in sorted(analysis.callers.get(current, ()), key=_position):
            place, _ = analysis.places.get(call, (None, False))
            yield call, place
            outer = None if place is None else place.function
            if outer is not None and outer not in pending:
                pending.append(outer)


def gives_symbolic(analysis: Analysis, call: ast.AST) -> bool:
    """Whether a call has an argument that may be a symbolic tensor."""
    return isinstance(call, ast.Call) and any(
        may_be_symbolic(fact_of(analysis, part).kinds) for part in _given(call)
    )


def _given(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _position(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _file_of(analysis: Analysis, call: ast.Call) -> str:
    for path, module in analysis.modules.items():
        if any(node is call for node in module.nodes):
            return path.name
    return ""


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
