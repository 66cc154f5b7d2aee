"""Where the values of names come from, over branches, loops and lists of one function."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from transforms.syntax.limits import STEPS_BACK_FROM_A_TENSOR
from transforms.syntax.liveness import names_bound_at
from transforms.syntax.nodes import children, walk
from transforms.syntax.places import Place, suites

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
LOOPS = (ast.For, ast.While)
# They may run in parts, or not at all: what was there before may be there after.
BRANCHES = (*LOOPS, ast.If, ast.With, ast.Try)
GROWING = frozenset({"append", "extend", "insert"})
# They only read the lists that they are given.
READERS = frozenset({"len", "enumerate", "zip", "reversed", "list", "tuple", "range", "print"})

Value = tuple[ast.AST, Place]
End = TypeVar("End", bound=Hashable)


@dataclass(frozen=True)
class Parameter:
    """The parameter of the function that a name is, if nothing else gave it a value."""

    name: str


@dataclass(frozen=True, kw_only=True)
class _Change:
    """What a statement puts into a list; None where it lets something else change it."""

    place: Place
    values: list[ast.expr] | None


@dataclass(kw_only=True)
class Origins:
    """Finds the values that a name may have at a place; None where that is not known.

    ``places`` are those of all statements of a module, ``around`` the statements around them,
    ``is_external`` says whether a called name is that of a library.
    """

    places: Mapping[ast.stmt, Place]
    around: Mapping[ast.stmt, ast.stmt]
    is_external: Callable[[ast.AST], bool]
    _stores: dict[ast.AST, frozenset[str]] = field(default_factory=dict)
    _changed: dict[tuple[ast.AST | None, str], list[_Change]] = field(default_factory=dict)

    def of(self, name: str, place: Place) -> list[Value | Parameter] | None:
        """All that gives ``name`` its value before ``place``, in the same function."""
        found: list[Value | Parameter] = []
        while True:
            for index in range(place.index - 1, -1, -1):
                statement = place.block[index]
                if not self._binds(statement, name):
                    continue
                values = self._values(statement, name)
                if values is None:
                    return None
                found += values
                if not isinstance(statement, BRANCHES):
                    return found
            outer = self.around.get(place.statement)
            if outer is None or isinstance(outer, DEFINITIONS):
                if name in _parameters(place.function) and outer is place.function:
                    return [*found, Parameter(name)]
                # What a function binds is no name from outside: without a value it cannot be read.
                return None if isinstance(outer, ast.ClassDef) else found or None
            if not isinstance(outer, BRANCHES):
                return None
            if isinstance(outer, (*LOOPS, ast.Try)):
                # An earlier turn, or the part that was left.
                values = self._values(outer, name)
                if values is None:
                    return None
                found += values
            elif any(self._binds(part, name) for part in _heads(outer)):
                return None
            place = self.places[outer]

    def _values(self, statement: ast.stmt, name: str) -> list[Value] | None:
        """The values that ``statement``, or one inside it, gives to ``name``."""
        if not self._binds(statement, name):
            return []
        if isinstance(statement, BRANCHES):
            found = self._values_of_head(statement, name)
            for suite in suites(statement):
                for inner in suite:
                    more = self._values(inner, name)
                    if found is None or more is None:
                        return None
                    found += more
            return found
        place = self.places[statement]
        if isinstance(statement, ast.AugAssign):
            return [(statement, place)]
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            return None if statement.value is None else [(statement.value, place)]
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            return None
        # Of several names each may be any part of the value.
        is_plain = isinstance(statement.targets[0], (ast.Name, ast.Tuple, ast.List))
        if not is_plain or self._binds(statement.value, name):
            return None
        return [(statement.value, place)]

    def _values_of_head(self, statement: ast.stmt, name: str) -> list[Value] | None:
        if isinstance(statement, ast.For) and self._binds(statement.target, name):
            return (
                None
                if self._binds(statement.iter, name)
                else [(statement.iter, self.places[statement])]
            )
        handlers = getattr(statement, "handlers", ())
        if any(name in names_bound_at(handler) for handler in handlers):
            return None
        return None if any(self._binds(part, name) for part in _heads(statement)) else []

    def _binds(self, node: ast.AST, name: str) -> bool:
        if node not in self._stores:
            self._stores[node] = stores(node)
        return not self._stores[node].isdisjoint((name, "*"))

    def items_of(self, name: str, place: Place) -> list[Value] | None:
        """What a list called ``name`` may hold beside what it was made of, as it is at ``place``.

        None where something else may have changed it.
        """
        function = place.function
        key = (function, name)
        if key not in self._changed:
            self._changed[key] = [*self._changes_in(function, name)]
        found: list[Value] = []
        for change in self._changed[key]:
            if _is_before(change.place, place):
                if change.values is None:
                    return None
                found += [(value, change.place) for value in change.values]
        return found

    def _changes_in(self, function: ast.AST | None, name: str) -> Iterator[_Change]:
        """All that may change the list ``name`` in ``function`` and in what stands inside it."""
        for statement, place in self.places.items():
            if place.function is not function and function not in place.definitions:
                continue
            for node in own_nodes(statement):
                values = _changes(node, name, self.is_external)
                if values is None or values:
                    yield _Change(place=place, values=values)


def all_behind(
    node: ast.AST, place: Place, parts_of: Callable[[ast.AST, Place], list[Value | End] | None]
) -> set[End] | None:
    """Where all that leads to ``node`` ends, as far as ``parts_of`` tells what leads to each.

    That gives values, which are followed, and ends, or None where it is not known.
    """
    ends: set[End] = set()
    seen: set[ast.AST] = set()
    pending: list[Value] = [(node, place)]
    while pending:
        current = pending.pop()
        if current[0] in seen:
            continue
        seen.add(current[0])
        parts = parts_of(*current) if len(seen) <= STEPS_BACK_FROM_A_TENSOR else None
        if parts is None:
            return None
        for part in parts:
            if isinstance(part, tuple):
                pending.append(part)
            else:
                ends.add(part)
    return ends


def _is_before(one: Place, other: Place) -> bool:
    """Whether the statement at ``one`` may have run before that at ``other``."""
    again = any(loop in other.loops or loop is other.statement for loop in one.loops)
    return again or one.statement.lineno < other.statement.lineno


def _changes(
    node: ast.AST, name: str, is_external: Callable[[ast.AST], bool]
) -> list[ast.expr] | None:
    """What ``node`` puts into the list ``name``; None where it lets something else change it."""
    if isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Attribute) and _is_name(function.value, name):
            return [*node.args] if function.attr in GROWING else None
        if (isinstance(function, ast.Name) and function.id in READERS) or is_external(function):
            return []
        given = [*node.args, *(word.value for word in node.keywords)]
        return None if any(_hands_on(item, name) for item in given) else []
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if isinstance(node, ast.AugAssign) and _is_name(node.target, name):
            return [node.value]
        if _hands_on(node.value, name):
            return None
        changed = [target for target in targets if isinstance(target, ast.Subscript)]
        return [node.value for target in changed if _is_name(target.value, name)]
    return []


def _hands_on(node: ast.AST, name: str) -> bool:
    """Whether the value of ``node`` may be the list ``name`` itself, or hold it."""
    pending = [node]
    while pending:
        current = pending.pop()
        if _is_name(current, name):
            return True
        if not isinstance(current, (ast.Call, ast.Subscript, ast.comprehension, ast.Compare)):
            pending += children(current)
    return False


def own_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """``statement`` and the nodes in it that are in no suite of it."""
    yield statement
    if isinstance(statement, DEFINITIONS):
        return
    for part in _heads(statement):
        yield from walk(part)


def _heads(statement: ast.stmt) -> Iterator[ast.AST]:
    """The parts of a statement that are in none of its suites."""
    for _, value in ast.iter_fields(statement):
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, (ast.expr, ast.withitem)):
                yield part


def _parameters(function: ast.AST | None) -> frozenset[str]:
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return frozenset()
    own = function.args
    return frozenset(item.arg for item in (*own.posonlyargs, *own.args, *own.kwonlyargs))


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def stores(node: ast.AST) -> frozenset[str]:
    """The names that ``node`` may bind in the function that it stands in; ``*`` for any."""
    found: set[str] = set()
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, DEFINITIONS):
            # Of what stands inside, only what is handed out is bound around it.
            found.add(current.name)
            found |= {name for each in walk(current) for name in _handed_out(each)}
            continue
        found |= names_bound_at(current) | _handed_out(current)
        if isinstance(current, ast.Lambda):
            continue
        if isinstance(current, ast.comprehension):
            # Its variables are its own.
            pending += [current.iter, *current.ifs]
            continue
        pending += children(current)
    return frozenset(found)


def _handed_out(node: ast.AST) -> frozenset[str]:
    """The names that ``node`` lets other functions, or a module, bind."""
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return frozenset(node.names)
    return frozenset({"*"} if isinstance(node, ast.alias) and node.name == "*" else ())
