"""Parameters that rewritten statements no longer read: no call in sight need show that."""

from __future__ import annotations

import ast
import functools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

IMPLIED = frozenset(["self", "cls"])
Statement = tuple[str, frozenset[str]]
"""A statement without those inside it, as text, and the names that it reads."""


Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True)
class _Function:
    parameters: frozenset[str]
    statements: Counter[Statement]


# All checks of one pair read the same two trees, and change neither.
@functools.lru_cache(maxsize=4)
def parsed(source: bytes) -> ast.Module:
    """The tree of ``source``; errors are those of ``ast.parse``."""
    return ast.parse(source)


def no_longer_read(before: bytes, after: bytes) -> tuple[str, str] | None:
    """The first function of ``after`` whose new statements leave a parameter alone.

    Given with that parameter, which the statements read that they take the place of. Its value is
    left to callers: models that are built with one value cannot tell whether it was written down.
    Functions that only one side has are not compared.
    """
    try:
        old, new = (
            {name: _read_by(function) for name, function in functions_of(parsed(source), "")}
            for source in (before, after)
        )
    except (SyntaxError, ValueError, RecursionError):
        # What Python cannot read fails when it is run.
        return None
    for name, function in old.items():
        if name in new:
            gone = _names(function.statements - new[name].statements)
            come = _names(new[name].statements - function.statements)
            lost = (gone & function.parameters & new[name].parameters) - come
            if lost:
                return name, min(lost)
    return None


def _names(statements: Counter[Statement]) -> frozenset[str]:
    return frozenset().union(*(names for _, names in statements))


def functions_of(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    """The functions below ``node`` with their names, as ``Net.build``."""
    for child in ast.iter_child_nodes(node):
        inside = prefix
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            inside = f"{prefix}{child.name}."
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield inside[:-1], child
        yield from functions_of(child, inside)


def parameters_of(function: Function) -> frozenset[str]:
    """The names of the parameters, without that of the object."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    return frozenset(argument.arg for argument in every) - IMPLIED


def _read_by(function: Function) -> _Function:
    return _Function(
        parameters=parameters_of(function), statements=Counter(_statements(function.body))
    )


def _statements(body: Iterable[ast.AST]) -> Iterator[Statement]:
    for _, text, parts in statements_of(body):
        yield text, frozenset(name for part in parts for name in _names_read(part))


def statements_of(body: Iterable[ast.AST]) -> Iterator[tuple[ast.AST, str, list[ast.AST]]]:
    """Each statement of ``body`` and inside of it: itself, its text, and its parts that read.

    Text and parts are those without the statements inside it.
    """
    for statement in body:
        children = list(ast.iter_child_nodes(statement))
        inner = [child for child in children if isinstance(child, BLOCKS)]
        own = [child for child in children if not isinstance(child, BLOCKS)]
        # An assertion computes nothing.
        parts = [] if isinstance(statement, ast.Assert) else own
        yield statement, "|".join([type(statement).__name__, *map(ast.dump, own)]), parts
        yield from statements_of(inner)


def changed_parts(body: Iterable[ast.AST], other: Iterable[ast.AST]) -> list[ast.AST]:
    """What the statements of ``body`` read with that ``other`` does not have, part by part."""
    return [part for _, parts in changed_statements(body, other) for part in parts]


def changed_statements(
    body: Iterable[ast.AST], other: Iterable[ast.AST]
) -> Iterator[tuple[ast.AST, list[ast.AST]]]:
    """The statements of ``body``, and inside of it, that ``other`` does not have; their parts."""
    counts = Counter(text for _, text, _ in statements_of(other))
    for statement, text, parts in statements_of(body):
        if counts[text]:
            counts[text] -= 1
        else:
            yield statement, parts


def _names_read(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield node.id
    elif not is_name_given(node):
        for child in ast.iter_child_nodes(node):
            yield from _names_read(child)


def is_name_given(node: ast.AST) -> bool:
    """Whether it is ``name=…``: names of layers are part of the frame, those of ops of nothing."""
    return isinstance(node, ast.keyword) and node.arg == "name"


BLOCKS = (ast.stmt, ast.ExceptHandler, ast.match_case)
"""What statements stand in."""
