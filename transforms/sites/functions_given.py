"""Functions that callers give, and that new layers keep: a layer given for one brings weights."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Openness
from transforms.sites.facts import fact_of
from transforms.sites.raw_expressions import RawExpression
from transforms.syntax.accesses import is_dotted_name
from transforms.syntax.records import Hazard
from transforms.syntax.source_text import SourceText

GIVEN_FUNCTION = "KC211"


def functions_given(
    analysis: Analysis, text: SourceText, expressions: Iterable[RawExpression]
) -> Iterator[Hazard]:
    """Where ``expressions`` that become layers call what a caller may give a layer for.

    A table or a name that chooses among ops gives none.
    """
    for expression in sorted(expressions, key=lambda one: text.span(one.root)):
        for op in expression.operands.ops:
            if not isinstance(op, ast.Call) or not is_dotted_name(op.func):
                continue
            if fact_of(analysis, op.func).open == Openness.UNBOUNDED:
                name = text.text_of(op.func)
                message = f"give a function for `{name}`: the weights of a layer would become those"
                yield Hazard(GIVEN_FUNCTION, text.span(op), f"{message} of the new layer")
