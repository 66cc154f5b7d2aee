"""Where a scope binds a name, and whether code inside it may see that name bound again."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transforms.syntax.nodes import children
from transforms.syntax.places import COMPREHENSIONS, LOOPS

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_OTHER_SCOPES = (*_FUNCTIONS, ast.Lambda, ast.ClassDef, *COMPREHENSIONS)
_NAMED = (*_FUNCTIONS, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
Branch = tuple[ast.AST, str]


@dataclass(frozen=True, eq=False)
class NameBinding:
    """One place that binds a name: ``node`` there, in the scope's loops and branches around it."""

    node: ast.AST
    loops: frozenset[ast.AST] = frozenset()
    branches: frozenset[Branch] = frozenset()


Bindings = dict[str, list[NameBinding]]


def bindings_of(scope: ast.AST) -> Bindings:
    """All bindings of a module, function, lambda or comprehension, by name."""
    found: Bindings = {}
    for name, binding in _of_scope(scope):
        found.setdefault(name, []).append(binding)
    return found


def _of_scope(scope: ast.AST) -> Iterator[tuple[str, NameBinding]]:
    if isinstance(scope, (*_FUNCTIONS, ast.Lambda)):
        for argument in children(scope.args):
            if isinstance(argument, ast.arg):
                yield argument.arg, NameBinding(argument)
    if isinstance(scope, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        for generator in scope.generators:
            for name, node in _names_bound_by(generator.target):
                yield name, NameBinding(node, frozenset({scope}))
    elif not isinstance(scope, ast.Lambda):
        for statement in getattr(scope, "body", ()):
            yield from _inside(statement, frozenset(), frozenset())


def _inside(
    node: ast.AST, loops: frozenset[ast.AST], branches: frozenset[Branch]
) -> Iterator[tuple[str, NameBinding]]:
    for name in _own_names(node):
        yield name, NameBinding(node, loops, branches)
    if isinstance(node, _OTHER_SCOPES):
        return
    if isinstance(node, LOOPS):
        loops = loops | {node}
    for field, value in ast.iter_fields(node):
        own = branches | {(node, field)} if isinstance(node, (ast.If, ast.IfExp)) else branches
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST):
                yield from _inside(part, loops, own)


def _own_names(node: ast.AST) -> Iterator[str]:
    name: str | None = getattr(node, "name", None)
    if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
        yield node.id
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, _NAMED) and name:
        yield name


def _names_bound_by(target: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for name in _own_names(target):
        yield name, target
    for child in children(target):
        yield from _names_bound_by(child)


def declared_elsewhere(scope: ast.AST) -> frozenset[str]:
    """The names that a function itself says to be those of a scope around it."""
    found: set[str] = set()
    pending: list[ast.AST] = [*scope.body] if isinstance(scope, _FUNCTIONS) else []
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            found.update(node.names)
        elif not isinstance(node, _OTHER_SCOPES):
            pending += children(node)
    return frozenset(found)


def hidden_names(scopes: Sequence[ast.AST], tree: ast.Module) -> frozenset[str]:
    """The names that stand for something else in ``scopes`` than in the module ``tree``.

    They are the functions, lambdas, comprehensions and classes around some code, the outermost
    first. What they only import is what the module imports, unless it binds the name otherwise.
    """
    found: set[str] = set()
    outer = bindings_of(tree) if scopes else {}
    for scope in scopes:
        if isinstance(scope, ast.ClassDef) and scope is not scopes[-1]:
            continue
        own = {
            name
            for name, bindings in bindings_of(scope).items()
            if not all(isinstance(one.node, (ast.Import, ast.ImportFrom)) for one in bindings)
            or not _imported(name, bindings) <= _imported(name, outer.get(name, bindings))
        }
        found |= own - declared_elsewhere(scope)
    return frozenset(found)


def _imported(name: str, bindings: Sequence[NameBinding]) -> set[str]:
    """The dotted names that imports give to ``name``."""
    found: set[str] = set()
    for binding in bindings:
        node = binding.node
        if isinstance(node, ast.Import):
            every = [(one.asname, one.name) for one in node.names]
            found.update(dotted for alias, dotted in every if alias == name)
            tops = [dotted.partition(".")[0] for alias, dotted in every if alias is None]
            found.update(top for top in tops if top == name)
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + f"{node.module or ''}."
            found.update(start + one.name for one in node.names if (one.asname or one.name) == name)
    return found


def is_bound_again(bindings: Sequence[NameBinding], around: Sequence[ast.AST]) -> bool:
    """Whether a name can have another value after the code at the end of ``around`` has run.

    ``around`` are the nodes from the scope that binds the name down to that code.
    """
    last = around[-1]
    end = getattr(last, "end_lineno", 0), getattr(last, "end_col_offset", 0)
    here = {*around}
    branches: set[Branch] = {
        (outer, field)
        for outer, inner in itertools.pairwise(around)
        if isinstance(outer, (ast.If, ast.IfExp))
        for field in _fields_with(outer, inner)
    }
    for binding in bindings:
        if not here.isdisjoint(binding.loops):
            return True
        start = getattr(binding.node, "lineno", 0), getattr(binding.node, "col_offset", 0)
        if start >= end and not _exclude_each_other(binding.branches, branches):
            return True
    return False


def _fields_with(outer: ast.AST, inner: ast.AST) -> Iterator[str]:
    for field, value in ast.iter_fields(outer):
        if value is inner or (isinstance(value, list) and inner in value):
            yield field


def _exclude_each_other(one: frozenset[Branch], other: set[Branch]) -> bool:
    ways = {("body", "orelse"), ("orelse", "body")}
    return any(
        node is another and (way, its) in ways for node, way in one for another, its in other
    )
