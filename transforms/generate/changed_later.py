"""Values that a function changes in place after an op has taken them: ``sizes[0] = 3``.

Keras keeps the array that an op is given, and copies a list, also those inside of it. A layer keeps
either as it is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from transforms.interpret.scopes import Module
from transforms.syntax.accesses import is_dotted_name
from transforms.syntax.nodes import walk
from transforms.syntax.places import LOOPS
from transforms.syntax.scope_bindings import NameBinding, bindings_of

CHANGING = frozenset({"append", "extend", "insert", "reverse", "sort", "clear", "pop", "remove"})
_LISTS = (ast.List, ast.ListComp)
_MAKING = frozenset({"list", "sorted", "as_list", "tolist"})


@dataclass(frozen=True, kw_only=True)
class Change:
    """A statement that changes a value in place.

    ``lines`` are those of its function, ``loops`` those of loops that do not make the value anew.
    It is ``copyable`` where the value surely is a list, and none inside of it is changed.
    """

    lines: range
    place: tuple[int, int]
    loops: tuple[range, ...]
    copyable: bool

    def is_after(self, node: ast.expr) -> bool:
        """Whether it can run after ``node`` has been evaluated, in the same function."""
        if node.lineno not in self.lines:
            return False
        is_repeated = any(node.lineno in loop for loop in self.loops)
        return is_repeated or self.place > _place(node)


Changes = Mapping[str, Sequence[Change]]


def changes_in_place(module: Module) -> Changes:
    """The changes in functions, and at module level, of values that are bound there, by name.

    Attributes count where they are changed.
    """
    found: dict[str, list[Change]] = {}
    functions = [*module.all_of(ast.FunctionDef), *module.all_of(ast.AsyncFunctionDef)]
    bindings: dict[ast.AST, Mapping[str, list[NameBinding]]] = {}
    made: dict[ast.AST, ast.expr] = {
        target: assignment.value
        for assignment in module.all_of(ast.Assign)
        for target in assignment.targets
    }
    added = {one.target for one in module.all_of(ast.AugAssign)}
    for name, is_nested in _changed(module):
        around = [one for one in functions if name.lineno in _lines_of(one)]
        scope = min(around, key=lambda one: len(_lines_of(one))) if around else module.tree
        own: list[NameBinding] = []
        if isinstance(name, ast.Name):
            own = bindings.setdefault(scope, bindings_of(scope)).get(name.id, [])
        bound = [one.node for one in own if one.node not in added]
        meant = _meant([one for one in own if one.node not in added], name)
        values = [made[one] for one in meant if one in made]
        are_made = bool(values) and len(values) == len(meant)
        if own or isinstance(name, ast.Attribute):
            found.setdefault(ast.unparse(name), []).append(
                Change(
                    lines=_lines_of(scope),
                    place=_place(name),
                    loops=tuple(_loops_around(scope, name, bound)),
                    copyable=are_made and not is_nested and all(map(_is_list, values)),
                )
            )
    return found


def _meant(own: Sequence[NameBinding], change: ast.expr) -> list[ast.AST]:
    """What may have bound the name at a change: from the last that surely did before it."""
    placed = sorted(own, key=lambda one: _place(one.node))
    sure = [
        index
        for index, one in enumerate(placed)
        if not one.branches and not one.loops and _place(one.node) < _place(change)
    ]
    return [one.node for one in placed[sure[-1] if sure else 0 :]]


def _place(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _changed(module: Module) -> Iterator[tuple[ast.expr, bool]]:
    """The names and attributes of what is changed, and whether that is something inside of it."""
    for one in module.all_of(ast.Attribute):
        if one.attr in CHANGING:
            yield from _root(one.value, False)
    for item in module.all_of(ast.Subscript):
        if not isinstance(item.ctx, ast.Load):
            yield from _root(item.value, False)
    for added in module.all_of(ast.AugAssign):
        # A number is another one then.
        if isinstance(added.target, ast.Name) and isinstance(added.value, _LISTS):
            yield added.target, False


def _root(node: ast.expr, is_nested: bool) -> Iterator[tuple[ast.expr, bool]]:
    if isinstance(node, ast.Subscript):
        yield from _root(node.value, True)
    elif is_dotted_name(node):
        yield node, is_nested


def _is_list(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        function = value.func
        name = function.attr if isinstance(function, ast.Attribute) else ""
        return (function.id if isinstance(function, ast.Name) else name) in _MAKING
    return isinstance(value, _LISTS)


def _loops_around(scope: ast.AST, change: ast.expr, bound: Sequence[ast.AST]) -> Iterator[range]:
    for loop in walk(scope):
        lines = _lines_of(loop) if isinstance(loop, LOOPS) else range(0)
        is_anew = any(getattr(one, "lineno", 0) in lines for one in bound)
        if change.lineno in lines and not is_anew:
            yield lines


def _lines_of(scope: ast.AST) -> range:
    last = getattr(scope, "end_lineno", None)
    return range(getattr(scope, "lineno", 0), last + 1 if last is not None else 1 << 31)
