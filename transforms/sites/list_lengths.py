"""How many items a list surely has, whatever callers give."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from transforms.sites.origins import Origins, Parameter
from transforms.syntax.nodes import walk
from transforms.syntax.places import Place

_AS_LONG_AS_THEIRS = frozenset({"enumerate", "list", "reversed", "tuple", "zip"})
_TAKING = frozenset({"clear", "pop", "remove"})
_BY_ONE = frozenset({"append", "insert"})


def least_items(name: str, place: Place, origins: Origins) -> int:
    """The least number of items that the list ``name`` has at ``place``, as far as is certain."""
    if _may_shrink(name, place):
        return 0
    values = origins.of(name, place) or ()
    found = [
        0 if isinstance(value, Parameter) else _length(value[0]) + _growth(name, value[1], place)
        for value in values
    ]
    return min(found, default=0)


def _may_shrink(name: str, place: Place) -> bool:
    """Whether the function around ``place`` takes items from the list ``name``, now or later."""
    for node in walk(place.function) if place.function is not None else ():
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=method):
                taken = method in _TAKING
            case ast.Subscript(value=ast.Name(id=owner), ctx=ast.Del()):
                taken = True
            case ast.Subscript(value=ast.Name(id=owner), slice=ast.Slice(), ctx=ast.Store()):
                taken = True
            case _:
                continue
        if taken and owner == name:
            return True
    return False


def _length(node: ast.AST) -> int:
    """The least number of items of what is written out."""
    match node:
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return sum(not isinstance(item, ast.Starred) for item in items)
        case ast.ListComp(generators=[ast.comprehension(iter=source, ifs=[])]):
            return _length(source)
        case ast.Call(func=ast.Name(id="range"), args=arguments, keywords=[]):
            numbers = [item.value for item in arguments if isinstance(item, ast.Constant)]
            whole = [number for number in numbers if isinstance(number, int)]
            return len(range(*whole)) if 0 < len(whole) == len(arguments) < 3 else 0
        case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]):
            lengths = map(_length, arguments) if function in _AS_LONG_AS_THEIRS else ()
            return min(lengths, default=0)
    return 0


def _growth(name: str, made: Place, place: Place) -> int:
    """What surely comes to the list that was made at ``made``, until ``place``."""
    if set(made.loops) - set(place.loops):
        return 0
    return _appended(name, made.block[made.index + 1 :], place.statement.lineno)


def _appended(name: str, statements: Iterable[ast.stmt], end: int) -> int:
    count = 0
    for statement in statements:
        if (statement.end_lineno or statement.lineno) >= end:
            break
        match statement:
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=method))
            ) if owner == name and method in _BY_ONE:
                count += 1
            case ast.For(iter=source, body=body) if not _may_end_early(statement):
                count += _length(source) * _appended(name, body, end)
    return count


def _may_end_early(loop: ast.For) -> bool:
    ends = (ast.Break, ast.Continue, ast.Return)
    return any(isinstance(node, ends) for node in walk(loop))
