"""Which call runs code on tensors that are not symbolic, although others are."""

from __future__ import annotations

import ast

from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import may_be_symbolic
from transforms.sites.facts import fact_of
from transforms.syntax.places import Place

SHOWN = 60
"""Characters of a call that a reason quotes: it stands in one line."""


def eager_call(analysis: Analysis, place: Place) -> str:
    """The first call without a symbolic argument that leads to ``place``, else an empty text.

    It reads "`f(batch)` at train.py:20". Calls that are given both are followed to their callers.
    """
    function = place.function
    if function is None:
        return ""
    pending: list[ast.AST] = [function]
    for current in pending:
        for call in sorted(analysis.callers.get(current, ()), key=_position):
            if not isinstance(call, ast.Call):
                continue
            if not any(may_be_symbolic(fact_of(analysis, part).kinds) for part in _given(call)):
                path = _file_of(analysis, call)
                if path:
                    return f"`{_shortened(ast.unparse(call))}` at {path}:{call.lineno}"
            around = analysis.places.get(call)
            outer = around[0].function if around else None
            if outer is not None and outer not in pending:
                pending.append(outer)
    return ""


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
