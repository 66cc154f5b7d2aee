"""Sizes that several layers need: each computes them itself, from the tensor that has them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from transforms.sites.dead import SIZES, stands_alone
from transforms.sites.raw_expressions import RawExpression, is_operator
from transforms.sites.run_statements import RunStatement, run_statement
from transforms.sites.runs import Run
from transforms.syntax.liveness import names_read
from transforms.syntax.nodes import walk
from transforms.syntax.places import own_statements
from transforms.syntax.source_text import SourceText

# These read all that they read before they store anything.
SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr)


def find_shared_sizes(
    expressions: Sequence[RawExpression], runs: Sequence[Run], text: SourceText
) -> list[RunStatement]:
    """The statements that give sizes of tensors to names, and whose values leave their layer.

    The names have one value, and so have the tensors from there on: the size is the same wherever
    it is computed.
    """
    by_statement: dict[ast.stmt, list[RawExpression]] = {}
    for expression in expressions:
        by_statement.setdefault(expression.statement, []).append(expression)
    inside = {one.node: run for run in runs for one in run.statements}
    found: list[RunStatement] = []
    for node, own in by_statement.items():
        statement = run_statement(node, own) if isinstance(node, ast.Assign) else None
        if statement is None or statement.private or not _are_sizes(own):
            continue
        run = inside.get(node)
        leaves = run is None or bool(statement.defines & {*run.outputs})
        place = own[0].place
        stands = node in own_statements(place.function) and stands_alone(node, place, text)
        if leaves and stands and _stay_the_same(statement, own, place.function):
            found.append(statement)
    return found


def _are_sizes(expressions: Sequence[RawExpression]) -> bool:
    """Whether they compute sizes of tensors that have names, and of nothing else."""
    keys = [key for raw in expressions for key in raw.keys]
    return (
        all(key in SIZES or is_operator(key) for key in keys)
        and any(key in SIZES for key in keys)
        and all(isinstance(part, ast.Name) for raw in expressions for part in raw.operands.symbolic)
        and not any(raw.operands.captured or raw.operands.inlined for raw in expressions)
    )


def _stay_the_same(
    statement: RunStatement, expressions: Sequence[RawExpression], function: ast.AST | None
) -> bool:
    """Whether names and tensors keep their values up to the last statement that reads the sizes."""
    tensors = {
        part.id
        for raw in expressions
        for part in raw.operands.symbolic
        if isinstance(part, ast.Name)
    }
    body = own_statements(function)
    after = body[body.index(statement.node) + 1 :]
    reading = [one for one in after if names_read(one) & statement.defines]
    if not reading:
        return False
    last = reading[-1]
    between = after[: after.index(last)]
    if not isinstance(last, SIMPLE):
        between.append(last)
    stored = [node for one in between for node in walk(one) if _is_stored(node, tensors)]
    again = [
        node
        for one in body
        if one is not statement.node
        for node in walk(one)
        if _is_stored(node, statement.defines)
    ]
    return not stored and not again


def _is_stored(node: ast.AST, names: AbstractSet[str]) -> bool:
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return True
    if isinstance(node, ast.arg):
        return node.arg in names
    return isinstance(node, ast.Name) and node.id in names and not isinstance(node.ctx, ast.Load)


def is_read_by_layers_only(statement: RunStatement, runs: Sequence[Run]) -> bool:
    """Whether all reads of the sizes stand in runs that compute them."""
    function = statement.expressions[0].place.function
    assert function is not None
    taken = {
        node
        for run in borrowers(statement, runs)
        if all(raw.place.function is function for raw in run.expressions)
        for one in run.statements
        for node in walk(one.node)
    }
    return all(
        node in taken or not (isinstance(node, ast.Name) and node.id in statement.defines)
        for node in walk(function)
        if not (isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load))
    )


def borrowers(statement: RunStatement, runs: Sequence[Run]) -> list[Run]:
    """The runs that compute the sizes of ``statement`` themselves."""
    return [run for run in runs if any(one.node is statement.node for one in run.statements)]
