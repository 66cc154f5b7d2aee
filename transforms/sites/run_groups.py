"""Statements that follow each other and that one layer can hold."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from transforms.sites.optional_operands import can_follow, optional_statement
from transforms.sites.plain_values import PlainValues
from transforms.sites.raw_expressions import RawExpression
from transforms.sites.run_statements import RunStatement, names_defined, run_statement
from transforms.syntax.accesses import is_access
from transforms.syntax.liveness import Names, names_read


def borrowed_for(read: Names, statements: Sequence[RunStatement]) -> list[RunStatement]:
    """The borrowed sizes among ``statements`` for who reads ``read``, and what they are made of."""
    found: list[RunStatement] = []
    for one in reversed(statements):
        if one.borrowed and one.defines & read:
            found.insert(0, one)
            read |= names_read(one.node)
    return found


def groups_of(
    plain: PlainValues,
    block: Sequence[ast.stmt],
    by_statement: Mapping[ast.stmt, list[RawExpression]],
    shared: Sequence[RunStatement],
    alone: Collection[ast.stmt],
) -> list[list[RunStatement]]:
    """The longest sequences of statements of ``block`` that one layer can hold.

    Those that stand ``alone`` are in none.
    """
    groups: list[list[RunStatement]] = [[]]
    for statement in block:
        if statement in alone:
            groups.append([])
            continue
        longer = _longer(plain, groups[-1], statement, by_statement, shared)
        if longer is None:
            groups.append([])
            longer = _longer(plain, [], statement, by_statement, shared)
        if longer is None:
            continue
        groups[-1] = longer
        if isinstance(statement, ast.Return):
            groups.append([])
    return [group for group in groups if any(one.expressions for one in group)]


def _longer(
    plain: PlainValues,
    group: Sequence[RunStatement],
    statement: ast.stmt,
    by_statement: Mapping[ast.stmt, list[RawExpression]],
    shared: Sequence[RunStatement],
) -> list[RunStatement] | None:
    """``group`` with ``statement``, where one layer can hold both."""
    known = names_defined(group)
    read = names_read(statement)
    others = [one for one in shared if not one.defines <= known and one.node is not statement]
    borrowed = borrowed_for(read, [replace(one, borrowed=True) for one in others])
    if any(_depends_from_outside(plain, one, group) for one in borrowed):
        return None
    before = [*group, *borrowed]
    passed = names_defined(one for one in before if not one.private)
    if isinstance(statement, ast.If):
        candidate = optional_statement(plain.analysis, statement, by_statement)
    else:
        own = by_statement.get(statement, [])
        candidate = run_statement(
            statement, own, partial(plain.holds, local=names_defined(before)), passed
        )
    if candidate is None or not can_follow(candidate, before):
        return None
    if _depends_from_outside(plain, candidate, before):
        return None
    return [*before, candidate]


def _depends_from_outside(
    plain: PlainValues, candidate: RunStatement, group: Sequence[RunStatement]
) -> bool:
    """Whether a part that is evaluated outside the layer reads what ``group`` defines.

    A layer can access an item or attribute of a name inside and compute plain values, but makes no
    other operand itself. What the source gives a plain value keeps that one from the first
    statement to the last.
    """
    defined = names_defined(group)
    if not defined:
        return False
    by_plain = names_defined(each for each in group if each.private)
    if candidate.defines & by_plain:
        return True
    if candidate.private and any(
        candidate.defines & (each.defines | names_read(each.node)) for each in group
    ):
        return True
    for expression in candidate.expressions:
        # A function that the source chooses is given to the layer when it is made.
        if any(names_read(part) & defined for part in expression.operands.references):
            return True
        for part in expression.operands.captured:
            if names_read(part) & defined and not plain.holds(part, by_plain):
                return True
        for part in expression.operands.symbolic:
            if not is_access(part) and names_read(part) & defined:
                return True
    return False
