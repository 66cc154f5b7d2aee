"""Branches for operands that may be None: a layer can hold them."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind
from transforms.sites.facts import fact_of
from transforms.sites.raw_expressions import RawExpression
from transforms.sites.run_statements import RunStatement, names_defined, run_statement
from transforms.syntax.accesses import accessed_name


def optional_statement(
    analysis: Analysis, statement: ast.If, by_statement: Mapping[ast.stmt, list[RawExpression]]
) -> RunStatement | None:
    """``if mask is not None: scores = ...`` as a part of a run; None where it is something else.

    The layer is given what is tested, which is a tensor or None. All else is there in any case.
    """
    match statement:
        case ast.If(
            test=ast.Compare(
                left=ast.Name() as tested, ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]
            ),
            orelse=[],
        ):
            kinds = fact_of(analysis, tested).kinds
        case _:
            return None
    if not kinds & Kind.SYMBOLIC or kinds & ~(Kind.SYMBOLIC | Kind.NONE):
        return None
    found = [run_statement(inner, by_statement.get(inner, [])) for inner in statement.body]
    parts = [part for part in found if part is not None and not part.private]
    if len(parts) < len(found) or any(isinstance(part.node, ast.Return) for part in parts):
        return None
    expressions = tuple(raw for part in parts for raw in part.expressions)
    given = [operand for raw in expressions for operand in raw.operands.symbolic]
    others = [operand for operand in given if accessed_name(operand) != tested.id]
    defines = names_defined(parts)
    if tested.id in defines or any(fact_of(analysis, one).kinds & Kind.NONE for one in others):
        return None
    return RunStatement(node=statement, expressions=expressions, defines=defines, optional=tested)


def can_follow(statement: RunStatement, before: Sequence[RunStatement]) -> bool:
    """Whether a layer can hold ``statement`` after those ``before``.

    Where it tests an operand, what it changes must be made there, and another operand come first.
    """
    if statement.optional is None:
        return True
    own = [one for one in before if not one.borrowed and not one.private]
    operands = [
        accessed_name(operand)
        for one in own
        for raw in one.expressions
        for operand in raw.operands.symbolic
    ]
    has_first = any(name != statement.optional.id for name in operands[:1])
    return has_first and statement.defines <= names_defined(own)
