"""Lists and dicts that are made just before an op is given them, such as shapes."""

from __future__ import annotations

import ast

from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind
from transforms.sites.facts import fact_of, is_op
from transforms.syntax.accesses import is_dotted_name, is_literal
from transforms.syntax.liveness import names_read
from transforms.syntax.nodes import children, walk
from transforms.syntax.places import Place

_KEEPING = (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.IfExp, ast.BoolOp, ast.Return, ast.Yield)


def list_behind(analysis: Analysis, name: ast.Name, place: Place) -> ast.expr | None:
    """The display that ``name`` surely holds at the statement at ``place``, None if none is sure.

    It must stand in an assignment of the same suite, and nothing between may change the list or
    a name that its items read.
    """
    value = _value_behind(analysis, name, place)
    return value if value is not None and _is_display(value) else None


def is_plain_dict(analysis: Analysis, node: ast.expr, place: Place) -> bool:
    """Whether ``**node`` at ``place`` surely gives literals and plain values that have names."""
    value = _value_behind(analysis, node, place) if isinstance(node, ast.Name) else None
    match value:
        case ast.Dict(keys=keys, values=values):
            given = values if all(isinstance(key, ast.Constant) for key in keys) else []
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=words):
            given = [word.value for word in words] if all(word.arg for word in words) else []
        case _:
            given = []
    plain = Kind.PLAIN | Kind.NONE
    return bool(given) and all(
        is_literal(one) or (is_dotted_name(one) and not fact_of(analysis, one).kinds & ~plain)
        for one in given
    )


def _value_behind(analysis: Analysis, name: ast.Name, place: Place) -> ast.expr | None:
    """What an assignment of the same suite gave to ``name``, where nothing may have changed it."""
    changed: set[str] = set()
    for statement in reversed(place.block[: place.index]):
        value = _assigned(statement, name.id)
        if value is not None:
            return value if changed.isdisjoint(names_read(value)) else None
        for node in walk(statement):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                changed.add(node.id)
            if _may_change(analysis, node, name.id):
                return None
        if name.id in changed:
            return None
    return None


def _is_display(value: ast.expr) -> bool:
    """Whether ``value`` is a list or tuple as an op takes it; one with None is filtered first."""
    return isinstance(value, (ast.List, ast.Tuple)) and not any(
        isinstance(element, ast.Constant) and element.value is None for element in value.elts
    )


def _assigned(statement: ast.stmt, name: str) -> ast.expr | None:
    """The value where the statement is ``name = value``."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    return statement.value if _is_name(statement.targets[0], name) else None


def _may_change(analysis: Analysis, node: ast.AST, name: str) -> bool:
    """Whether ``node`` may change the list ``name``.

    It may where it calls a method of the list, sets an item, gives the list to a function that is
    no op, or keeps it by another name.
    """
    if isinstance(node, _KEEPING):
        return any(_is_name(child, name) for child in children(node))
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return _is_name(node.value, name) and (
            isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load)
        )
    if isinstance(node, ast.Call):
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        return not is_op(analysis, node) and any(_is_name(argument, name) for argument in given)
    return False


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
