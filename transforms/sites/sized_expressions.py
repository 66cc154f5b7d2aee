"""Expressions inside statements whose layers compute the sizes that they need."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from transforms.sites.dead import SIZES
from transforms.sites.raw_expressions import (
    AugmentedAssignment,
    RawExpression,
    Unpacking,
    is_operator,
)
from transforms.sites.run_groups import borrowed_for
from transforms.sites.run_statements import RunStatement
from transforms.sites.runs import Run
from transforms.sites.shared_sizes import OF_SIZES
from transforms.syntax.accesses import accessed_name
from transforms.syntax.liveness import NO_NAMES
from transforms.syntax.nodes import walk
from transforms.syntax.places import COMPREHENSIONS
from transforms.syntax.records import Edit, Span
from transforms.syntax.source_text import SourceText


@dataclass(frozen=True, eq=False, kw_only=True)
class SizedExpression(Run):
    """An expression whose layer computes sizes first: its last statement returns it there."""

    def span(self, text: SourceText) -> Span:
        """The expression."""
        return self.expressions[0].span(text)

    def edit(self, text: SourceText, call: str) -> Edit:
        """The edit that puts the layer's call into the place of the expression."""
        return self.expressions[0].edit(text, call)


def find_sized(
    expressions: Iterable[RawExpression],
    every: Iterable[RawExpression],
    shared: Sequence[RunStatement],
    others: Collection[ast.stmt],
) -> list[SizedExpression]:
    """Those of ``expressions`` that read ``shared`` sizes and are no statements of runs.

    None that stands in another one of ``every``, or in one of the statements ``others``, or that
    may run when the tensors are others: in a function or comprehension of the statement.
    """
    inside = {node for outer in every for node in walk(outer.root) if node is not outer.root}
    inside |= {
        node
        for outer in {raw.statement for raw in every}
        for scope in walk(outer)
        if isinstance(scope, (ast.Lambda, *COMPREHENSIONS))
        for node in walk(scope)
    }
    found: list[SizedExpression] = []
    for raw in expressions:
        if raw.statement in others or raw.root in inside or raw.refusal is not None:
            continue
        if isinstance(raw, (AugmentedAssignment, Unpacking)) or raw.operands.functions:
            continue
        if all(key in SIZES or key in OF_SIZES or is_operator(key) for key in raw.keys):
            continue  # It is a size itself, which a layer would give on.
        own = [one for one in shared if one.expressions[0].place.function is raw.place.function]
        read = NO_NAMES.union(
            name for part in raw.operands.symbolic if (name := accessed_name(part)) is not None
        )
        borrowed = borrowed_for(read, [replace(one, borrowed=True) for one in own])
        if borrowed and isinstance(raw.root, ast.expr):
            returned = ast.copy_location(ast.Return(value=raw.root), raw.root)
            last = RunStatement(node=returned, expressions=(raw,), defines=NO_NAMES)
            found.append(SizedExpression(statements=(*borrowed, last), outputs=()))
    return found
