"""The statements of a module, one by one, with what each says."""

from __future__ import annotations

import ast
from typing import Any, Iterator, List, NamedTuple, Tuple

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


class Unit(NamedTuple):
    """A statement, or the head of a compound one, with the definitions around it."""

    node: ast.stmt
    siblings: List[ast.stmt]
    around: Tuple[ast.stmt, ...]

    @property
    def scope(self) -> Tuple[str, ...]:
        return tuple(getattr(node, "name", "") for node in self.around)


def units_of(body: List[ast.stmt], around: Tuple[ast.stmt, ...]) -> Iterator[Unit]:
    """The statements of ``body``, those in others after these; no texts that stand alone."""
    for node in body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        yield Unit(node, body, around)
        inner = (*around, node) if isinstance(node, DEFINITIONS) else around
        yield from _inner(node, inner)


def _inner(node: Any, around: Tuple[ast.stmt, ...]) -> Iterator[Unit]:
    for block in BLOCKS:
        items = getattr(node, block, None) or []
        if all(isinstance(item, ast.stmt) for item in items):
            yield from units_of(items, around)
        else:
            for item in items:
                yield from _inner(item, around)  # A handler or a case.


def key_of(unit: Unit) -> Tuple[Any, ...]:
    """What a statement says without the blocks in it, and the definitions that it stands in."""
    head = [
        (name, ast.dump(value) if isinstance(value, ast.AST) else _dumped(value))
        for name, value in ast.iter_fields(unit.node)
        if name not in BLOCKS and name not in ("type_comment", "type_params")
    ]
    return (unit.scope, type(unit.node).__name__, tuple(head))


def _dumped(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(ast.dump(item) if isinstance(item, ast.AST) else item for item in value)
    return value
