"""Places of statements and calls: the suites, definitions and loops around them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from transforms.syntax.handlers import catches_others
from transforms.syntax.nodes import children, walk

Definition = ast.FunctionDef | ast.AsyncFunctionDef
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_SIMPLE = frozenset({ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return})
_REPEATING = frozenset({*COMPREHENSIONS, ast.Lambda})
LOOPS = (ast.For, ast.AsyncFor, ast.While)


@dataclass(frozen=True, eq=False, kw_only=True)
class Place:
    """Where a statement stands: its suite, and the definitions and loops around it.

    It is ``handled`` where the function handles exceptions of it that a layer passes on as others.
    """

    block: tuple[ast.stmt, ...]
    index: int
    definitions: tuple[Definition | ast.ClassDef | ast.Lambda, ...] = ()
    loops: tuple[ast.AST, ...] = ()
    handled: bool = False

    @property
    def statement(self) -> ast.stmt:
        """The statement itself."""
        return self.block[self.index]

    @property
    def function(self) -> Definition | ast.Lambda | None:
        """The function around the statement, None at module level."""
        for node in reversed(self.definitions):
            if not isinstance(node, ast.ClassDef):
                return node
        return None

    @property
    def builder(self) -> str:
        """The qualified name of the function, ``<module>`` at module level."""
        names = [getattr(node, "name", "<lambda>") for node in self.definitions]
        return ".".join(names) or "<module>"


def statements_of(tree: ast.Module) -> list[tuple[ast.stmt, Place]]:
    """Every statement with its place, outer ones first."""
    found: list[tuple[ast.stmt, Place]] = []
    _add_block(found, tree.body, (), ())
    return found


def _add_block(
    found: list[tuple[ast.stmt, Place]],
    block: list[ast.stmt],
    definitions: tuple[Definition | ast.ClassDef | ast.Lambda, ...],
    loops: tuple[ast.AST, ...],
    handled: bool = False,
) -> None:
    body = tuple(block)
    for index, statement in enumerate(block):
        place = Place(
            block=body, index=index, definitions=definitions, loops=loops, handled=handled
        )
        found.append((statement, place))
        if type(statement) in _SIMPLE:
            continue
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            _add_block(found, statement.body, (*definitions, statement), ())
            continue
        for suite in suites(statement):
            # The `else` of a loop runs once, behind it, and perhaps without its counter.
            is_repeated = isinstance(statement, LOOPS) and suite is statement.body
            inner = (*loops, statement) if is_repeated else loops
            is_tried = suite is getattr(statement, "body", None)
            _add_block(
                found,
                suite,
                definitions,
                inner,
                handled or (is_tried and catches_others(statement)),
            )


def own_statements(function: ast.AST | None) -> list[ast.stmt]:
    """The statements of a function that do something: its docstring is left out."""
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return []
    return function.body[1:] if ast.get_docstring(function) is not None else function.body


def suites(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The suites of a compound statement."""
    if type(statement) in _SIMPLE:
        return
    for name in ("body", "orelse", "finalbody"):
        suite = getattr(statement, name, None)
        if isinstance(suite, list):
            yield suite
    for handler in getattr(statement, "handlers", ()):
        yield handler.body
    for case in getattr(statement, "cases", ()):
        yield case.body


def own_expressions(statement: ast.stmt) -> Iterator[ast.expr]:
    """The expressions of a statement that are not in its suites."""
    for part in children(statement):
        if isinstance(part, ast.expr):
            yield part
        elif isinstance(part, (ast.withitem, ast.keyword, ast.arguments)):
            yield from (child for child in children(part) if isinstance(child, ast.expr))


CallPlaces = Mapping[ast.AST, tuple[Place, bool]]


class Expression(NamedTuple):
    """An expression that is no part of another one, and the place of its statement."""

    place: Place
    node: ast.expr


def expressions_with(
    nodes: Collection[ast.AST], statements: Iterable[tuple[ast.stmt, Place]]
) -> Iterator[Expression]:
    """The topmost expressions on whose lines one of ``nodes`` stands; others have none of them."""
    lines = {line for line in (getattr(node, "lineno", None) for node in nodes) if line}

    def is_near(node: ast.stmt | ast.expr) -> bool:
        first, last = node.lineno, node.end_lineno or node.lineno
        return first in lines or (last > first and not lines.isdisjoint(range(first, last + 1)))

    for statement, place in statements:
        # What decorates a definition stands outside its lines.
        if type(statement) not in _SIMPLE or is_near(statement):
            for node in own_expressions(statement):
                if is_near(node):
                    yield Expression(place, node)


def call_places(
    calls: Collection[ast.AST], statements: Iterable[tuple[ast.stmt, Place]]
) -> CallPlaces:
    """The place of each of ``calls``, and whether it stands in a comprehension or lambda."""
    places: dict[ast.AST, tuple[Place, bool]] = {}
    for one in expressions_with(calls, statements):
        nodes = walk(one.node)
        places.update((node, (one.place, False)) for node in nodes if node in calls)
        for outer in nodes:
            if type(outer) in _REPEATING:
                inside = (node for node in walk(outer) if node in calls)
                places.update(dict.fromkeys(inside, (one.place, True)))
    return places
