"""What of a run goes into its layer, and what goes before it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from transforms.sites.plain_values import tensors_of_shapes
from transforms.sites.run_statements import RunStatement, names_defined
from transforms.syntax.liveness import NO_NAMES, Names, names_read


@dataclass(frozen=True, kw_only=True)
class Sorting:
    """The statements of a run that go into its layer, and those that go before it."""

    inside: list[RunStatement]
    hoisted: list[RunStatement]


def sort_statements(
    statements: Sequence[RunStatement], read_later: Names
) -> Sorting | RunStatement:
    """Where the ``statements`` go; one that can go nowhere is given back.

    A layer gives no plain values back and reads the static shapes of its operands alone; what does
    not need the layer can be computed before it.
    """
    operands: set[str] = set()
    local: Names = NO_NAMES
    for statement in statements:
        for expression in statement.expressions:
            names = {each.id for each in expression.operands.symbolic if isinstance(each, ast.Name)}
            operands |= names - local
        local |= statement.defines
    inside: list[RunStatement] = []
    hoisted: list[RunStatement] = []
    for index, statement in enumerate(statements):
        local = names_defined(inside)
        tensors = NO_NAMES.union(*map(tensors_of_shapes, statement.plain))
        read_inside = NO_NAMES.union(*(names_read(one.node) for one in statements[index + 1 :]))
        is_own = tensors <= local | operands and not statement.defines & read_later
        if not statement.private or (is_own and statement.defines & read_inside):
            inside.append(statement)
        elif not statement.expressions and not names_read(statement.node) & local:
            hoisted.append(statement)
        else:
            return statement
    return Sorting(inside=inside, hoisted=hoisted)
