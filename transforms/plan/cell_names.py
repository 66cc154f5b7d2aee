"""Names that cells can rely on: those that cells further down bind are not there yet."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from transforms.syntax.nodes import walk


def names_bound_below(tree: ast.Module, line: int, borders: Sequence[int]) -> frozenset[str]:
    """The names that a script of cells binds below ``line`` only; none where it has no cells."""
    if not borders:
        return frozenset()
    above: set[str] = set()
    below: set[str] = set()
    for statement in tree.body:
        (above if statement.lineno <= line else below).update(_bound_by(statement))
    return frozenset(below - above)


def _bound_by(statement: ast.stmt) -> Iterator[str]:
    for node in walk(statement):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
