"""Runs that compute several things which only meet in one op: each of them is an idea."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from transforms.sites.raw_expressions import is_operator
from transforms.sites.run_statements import RunStatement, names_defined
from transforms.syntax.limits import MOST_IDEAS_IN_A_LAYER
from transforms.syntax.liveness import NO_NAMES, Names, names_read
from transforms.syntax.naming import op_name

JOINING = frozenset({"concat", "concatenate", "stack"})


def ideas_of(statements: Sequence[RunStatement], read_later: Names) -> list[list[RunStatement]]:
    """The parts of ``statements``, each of them one idea; none where they are one together.

    They are several where more different things than one layer should hold are made of different
    tensors, and an op does nothing but join them. A part is what goes into that op, what is
    ``read_later`` or by several parts, with all that is made for it alone. Each stands in a row.
    """
    if any(one.private or one.borrowed or one.optional for one in statements):
        return []
    made_by, readers = _flow(statements)
    ends = {
        index
        for index, one in enumerate(statements)
        if _is_read_later(index, statements, read_later)
    }
    joins = [index for index, one in enumerate(statements) if _joins(one)]
    joined = {source for join in joins for source in made_by[join]}
    part_of: dict[int, int] = {}
    for index in reversed(range(len(statements))):
        of_readers = {part_of[reader] for reader in readers[index]}
        is_end = index in ends or index in joins or index in joined
        part_of[index] = index if is_end or len(of_readers) != 1 else of_readers.pop()
    parts: dict[int, list[RunStatement]] = {}
    for index, one in enumerate(statements):
        parts.setdefault(part_of[index], []).append(one)
    if [one for part in parts.values() for one in part] != [*statements]:
        return []
    for join in joins:
        sources = [part for end, part in parts.items() if end in made_by[join]]
        if len({_operands(part) for part in sources if _computes(part)}) > MOST_IDEAS_IN_A_LAYER:
            return list(parts.values())
    return []


def _flow(statements: Sequence[RunStatement]) -> tuple[list[set[int]], list[set[int]]]:
    """For each statement those that make what it reads, and those that read what it makes."""
    made_by: list[set[int]] = []
    readers: list[set[int]] = [set() for _ in statements]
    maker: dict[str, int] = {}
    for index, one in enumerate(statements):
        made_by.append({maker[name] for name in names_read(one.node) if name in maker})
        if isinstance(one.node, ast.AugAssign):
            made_by[-1] |= {maker[name] for name in one.defines if name in maker}
        for source in made_by[-1]:
            readers[source].add(index)
        maker.update(dict.fromkeys(one.defines, index))
    return made_by, readers


def _is_read_later(index: int, statements: Sequence[RunStatement], read_later: Names) -> bool:
    return bool(statements[index].defines & read_later - names_defined(statements[index + 1 :]))


def _joins(statement: RunStatement) -> bool:
    """Whether all that ``statement`` makes is one op that puts tensors beside one another."""
    if len(statement.expressions) != 1:
        return False
    (expression,) = statement.expressions
    root = expression.root
    if not isinstance(root, ast.Call) or not root.args:
        return False
    is_list = isinstance(root.args[0], (ast.List, ast.Tuple))
    return is_list and op_name(expression.keys[0]) in JOINING


def _operands(group: Sequence[RunStatement]) -> Names:
    """The names of the tensors that a part is made of."""
    own: Names = NO_NAMES
    read: Names = NO_NAMES
    for one in group:
        for expression in one.expressions:
            read |= NO_NAMES.union(*map(names_read, expression.operands.symbolic)) - own
        own |= one.defines
    return read


def _computes(group: Sequence[RunStatement]) -> bool:
    """Whether a part is more than operators and slices."""
    return any(not is_operator(key) for one in group for raw in one.expressions for key in raw.keys)
