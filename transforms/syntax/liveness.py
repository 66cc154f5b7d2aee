"""Which names of a function or module are still read after a statement."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from transforms.syntax.limits import LIVENESS_PASSES
from transforms.syntax.nodes import walk

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
Names = frozenset[str]
NO_NAMES: Names = frozenset()
READING_ALL = frozenset({"locals", "vars", "eval", "exec"})
"""Functions that read variables without their names."""


def live_after(body: Sequence[ast.stmt]) -> dict[ast.stmt, Names]:
    """For each statement of a function or module body the names that may be read after it.

    Names that inner functions read, or that are global or nonlocal, count as always read, and so
    do those of which a generator may ask later.
    """
    always = _read_by_inner_functions(body)
    if any(names_read(statement) & READING_ALL for statement in body):
        always |= NO_NAMES.union(*map(names_may_bind, body))
    result: dict[ast.stmt, Names] = {}
    _block(body, NO_NAMES, NO_NAMES, NO_NAMES, result)
    for statement in [one for one in result if _is_try(one)]:
        _keep_for_handlers(statement, result)
    return {statement: names | always for statement, names in result.items()}


def names_read(node: ast.AST) -> Names:
    """The names that are read at or below ``node``, inner functions included."""
    return frozenset(
        inner.id
        for inner in walk(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load)
    )


def names_bound(node: ast.AST) -> Names:
    """The names that the statement or target ``node`` surely binds."""
    if isinstance(node, ast.Name):
        return frozenset({node.id})
    if isinstance(node, (ast.Tuple, ast.List)):
        return frozenset().union(*(names_bound(element) for element in node.elts))
    if isinstance(node, ast.Starred):
        return names_bound(node.value)
    if isinstance(node, ast.Assign):
        return frozenset().union(*(names_bound(target) for target in node.targets))
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return names_bound(node.target)
    return NO_NAMES


def names_may_bind(statement: ast.stmt) -> Names:
    """The names that ``statement`` may bind or delete, at any depth; too many rather than few."""
    return NO_NAMES.union(*map(names_bound_at, walk(statement)))


def bound_inside(nodes: Iterable[ast.AST]) -> Names:
    """The names that ``nodes``, functions, classes or comprehensions, bind anywhere in them."""
    inner = (node for outer in nodes for node in walk(outer) if node is not outer)
    return NO_NAMES.union(*map(names_bound_at, inner))


def names_bound_at(node: ast.AST) -> Names:
    """The names that ``node`` itself binds or deletes, whatever stands below it."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            return frozenset({name})
        case ast.alias():
            return frozenset({(node.asname or node.name).partition(".")[0]})
        case (
            ast.FunctionDef(name=str(name))
            | ast.AsyncFunctionDef(name=str(name))
            | ast.ClassDef(name=str(name))
            | ast.ExceptHandler(name=str(name))
            | ast.MatchAs(name=str(name))
            | ast.MatchStar(name=str(name))
        ):
            return frozenset({name})
    return NO_NAMES


def _read_by_inner_functions(body: Iterable[ast.stmt]) -> Names:
    """The names that code reads which may run at any time after ``body`` defines it."""
    names: set[str] = set()
    for statement in body:
        for node in walk(statement):
            if isinstance(node, (ast.Global, ast.Nonlocal)):
                names.update(node.names)
            elif isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.GeneratorExp)):
                names |= names_read(node)
    return frozenset(names)


def _block(
    body: Sequence[ast.stmt],
    after: Names,
    on_break: Names,
    on_continue: Names,
    result: dict[ast.stmt, Names],
) -> Names:
    """The names that are live before ``body``; ``result`` gets those live after each statement.

    ``after``, ``on_break`` and ``on_continue`` are the names that are live where control goes at
    the end of ``body``, on ``break`` and on ``continue``.
    """
    live = after
    for statement in reversed(body):
        leaves = isinstance(statement, (ast.Return, ast.Raise))
        result[statement] = result.get(statement, NO_NAMES) | (NO_NAMES if leaves else live)
        live = _before(statement, live, on_break, on_continue, result)
    return live


def _before(
    statement: ast.stmt,
    after: Names,
    on_break: Names,
    on_continue: Names,
    result: dict[ast.stmt, Names],
) -> Names:
    if isinstance(statement, ast.If):
        body = _block(statement.body, after, on_break, on_continue, result)
        orelse = _block(statement.orelse, after, on_break, on_continue, result)
        return body | orelse | names_read(statement.test)
    if isinstance(statement, (ast.For, ast.AsyncFor, ast.While)):
        return _before_loop(statement, after, on_break, on_continue, result)
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        body = _block(statement.body, after, on_break, on_continue, result)
        return body.union(*(names_read(item) for item in statement.items))
    if _is_try(statement):
        return _before_try(statement, after, on_break, on_continue, result)
    if isinstance(statement, ast.Match):
        suites = [_block(c.body, after, on_break, on_continue, result) for c in statement.cases]
        asked = [names_read(part) for c in statement.cases for part in (c.pattern, c.guard) if part]
        return after.union(names_read(statement.subject), *asked, *suites)
    if isinstance(statement, (ast.Return, ast.Raise)):
        return names_read(statement)
    if isinstance(statement, ast.Break):
        return on_break
    if isinstance(statement, ast.Continue):
        return on_continue
    if isinstance(statement, ast.Delete):
        # What is deleted must be there.
        return after.union(
            *(names_bound(target) | names_read(target) for target in statement.targets)
        )
    if isinstance(statement, ast.AugAssign):
        # ``x += 1`` reads x, although ``ast`` marks the target as stored only.
        return after | names_read(statement) | names_bound(statement.target)
    return (after - names_bound(statement)) | names_read(statement)


def _before_loop(
    statement: ast.For | ast.AsyncFor | ast.While,
    after: Names,
    on_break: Names,
    on_continue: Names,
    result: dict[ast.stmt, Names],
) -> Names:
    header = names_read(statement.test if isinstance(statement, ast.While) else statement.iter)
    orelse = _block(statement.orelse, after, on_break, on_continue, result) | after
    head = orelse | header
    for _ in range(LIVENESS_PASSES):
        head = head | _block(statement.body, head, after, head, result) | header
    return head


def _before_try(
    statement: ast.stmt,
    after: Names,
    on_break: Names,
    on_continue: Names,
    result: dict[ast.stmt, Names],
) -> Names:
    suites: dict[str, list[ast.stmt]] = {
        name: getattr(statement, name) for name in ("body", "orelse", "finalbody")
    }
    final = _block(suites["finalbody"], after, on_break, on_continue, result)
    caught = final
    for handler in getattr(statement, "handlers", ()):
        caught = caught | _block(handler.body, final, on_break, on_continue, result)
        if handler.type is not None:
            caught = caught | names_read(handler.type)
    orelse = _block(suites["orelse"], final, on_break, on_continue, result)
    every_name = frozenset().union(*(names_read(node) for node in suites["body"]))
    body = _block(suites["body"], orelse | caught, on_break, on_continue, result)
    return body | caught | every_name


def _is_try(statement: ast.stmt) -> bool:
    # ``ast.TryStar`` is there from Python 3.11 on.
    return isinstance(statement, ast.Try) or type(statement).__name__ == "TryStar"


def _keep_for_handlers(statement: ast.stmt, result: dict[ast.stmt, Names]) -> None:
    """Add what handlers and ``finally`` read to all statements from which they may run next.

    Any statement of the body may be the last one before a handler runs, however deep it stands;
    and ``return``, ``break`` and ``continue`` leave every suite through ``finally``.
    """
    suites = {name: getattr(statement, name) for name in ("body", "handlers", "orelse")}
    final = _read_in(getattr(statement, "finalbody"))  # noqa: B009
    caught = final | _read_in(suites["handlers"])
    for name, suite in suites.items():
        for inner in (node for outer in suite for node in walk(outer)):
            if isinstance(inner, ast.stmt) and inner in result:
                result[inner] = result[inner] | (caught if name == "body" else final)


def _read_in(suite: Iterable[ast.AST]) -> Names:
    return NO_NAMES.union(*(names_read(node) for node in suite))
