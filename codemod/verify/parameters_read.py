"""Parameters that a rewritten function no longer reads: no call in sight need show that."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class _Function:
    """What a function takes, and what of that its body reads."""

    parameters: frozenset[str]
    read: frozenset[str]


def no_longer_read(before: bytes, after: bytes) -> tuple[str, str] | None:
    """The first function of ``after`` that leaves a parameter alone which it read in ``before``.

    Given with that parameter. Its value is left to callers: models that are built with one value
    cannot tell whether it was written down. Functions that only one side has are not compared.
    """
    try:
        old, new = (dict(_functions(ast.parse(source), "")) for source in (before, after))
    except (SyntaxError, ValueError, RecursionError):
        # What Python cannot read fails when it is run.
        return None
    for name, function in old.items():
        if name in new:
            lost = (function.read & new[name].parameters) - new[name].read
            if lost:
                return name, min(lost)
    return None


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, _Function]]:
    for child in ast.iter_child_nodes(node):
        inside = prefix
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            inside = f"{prefix}{child.name}."
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            arguments = child.args
            every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
            parameters = frozenset(argument.arg for argument in every)
            names = {
                inner.id
                for statement in child.body
                for inner in ast.walk(statement)
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load)
            }
            yield inside[:-1], _Function(parameters=parameters, read=parameters & names)
        yield from _functions(child, inside)
