"""Evaluation of names, literals, displays and choices."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Hashable

from transforms.interpret import modules
from transforms.interpret.conditions import known_truth, narrow
from transforms.interpret.fixpoint import perhaps
from transforms.interpret.joins import join, join_all, join_optional
from transforms.interpret.lists import Dict
from transforms.interpret.objects import Function, FunctionNode, Scope
from transforms.interpret.openness import opened
from transforms.interpret.registry import (
    attribute,
    evaluate,
    evaluates,
    iterate,
    known_items,
    one_of,
)
from transforms.interpret.state import State
from transforms.interpret.structures import Mapping, Sequence, alternatives
from transforms.interpret.value_kinds import Openness
from transforms.interpret.values import EAGER, NONE, OPAQUE, PLAIN, External, Known, Value


@evaluates(ast.Constant)
def _constant(state: State, scope: Scope, node: ast.Constant) -> Value:
    known = state.constants.get(node)
    if known is None:
        known = state.constants[node] = Known(node.value)
    return known


@evaluates(ast.Name)
def _name(state: State, scope: Scope, node: ast.Name) -> Value:
    value = scope.lookup(node.id)
    if value is not None:
        return value
    star = modules.star_name(scope.module, node.id)
    if star is not None:
        return External(star)
    return External(f"builtins.{node.id}") if hasattr(builtins, node.id) else OPAQUE


@evaluates(ast.Attribute)
def _attribute(state: State, scope: Scope, node: ast.Attribute) -> Value:
    return attribute(state, scope, node, evaluate(state, scope, node.value), node.attr)


@evaluates(ast.Tuple, ast.List, ast.Set)
def _display(state: State, scope: Scope, node: ast.Tuple | ast.List | ast.Set) -> Value:
    items: list[Value] = []
    rest: Value | None = None
    for element in node.elts:
        known: tuple[Value, ...] | None
        if isinstance(element, ast.Starred):
            value = evaluate(state, scope, element)
            known = known_items(state, scope, value)
            loose = iterate(state, scope, value) if known is None else None
        else:
            loose = None
            known = (evaluate(state, scope, element),)
        if rest is None and known is not None:
            items.extend(known)
        else:
            rest = join_all([v for v in (rest, loose, *(known or ())) if v is not None])
    kind = {ast.Tuple: "tuple", ast.List: "list", ast.Set: "set"}[type(node)]
    if rest is None:
        content = Sequence(tuple(items), kind=kind)
    else:
        content = Sequence(None, join_all([*items, rest]), kind)
    return content if kind == "tuple" else state.new_list(content, node)


@evaluates(ast.Dict)
def _dict(state: State, scope: Scope, node: ast.Dict) -> Value:
    content = Mapping({})
    for key, item in zip(node.keys, node.values):
        if key is None:
            content = updated(content, evaluate(state, scope, item))
            continue
        name = evaluate(state, scope, key)
        content = with_entry(content, name, evaluate(state, scope, item))
    return state.new_dict(content, node)


def with_entry(mapping: Mapping, key: Value, value: Value, certain: bool = True) -> Mapping:
    """``mapping`` with ``value`` under ``key``, or perhaps there where it is not certain."""
    if isinstance(key, Known):
        entries = dict(mapping.entries)
        optional = mapping.optional
        previous = entries.get(key.value, mapping.rest)
        if certain:
            optional -= {key.value}
        elif key.value not in entries:
            optional |= {key.value}
        entries[key.value] = value if certain or previous is None else join(previous, value)
        return Mapping(entries, mapping.rest, optional, mapping.factory)
    # Any of the entries may be the one that is set.
    entries = {name: join(previous, value) for name, previous in mapping.entries.items()}
    return Mapping(entries, join_optional(mapping.rest, value), mapping.optional, mapping.factory)


def updated(mapping: Mapping, other: Value, certain: bool = True) -> Mapping:
    """``mapping`` with the entries of ``other``, each alternative of which may be it."""
    choices = alternatives(other)
    certain = certain and len(choices) == 1
    for choice in choices:
        if not isinstance(choice, Dict):
            if choice != NONE and not isinstance(choice, Known):
                rest = join_optional(mapping.rest, OPAQUE)
                mapping = Mapping(mapping.entries, rest, mapping.optional, mapping.factory)
            continue
        content = choice.content
        for key, value in content.entries.items():
            surely = certain and key not in content.optional
            mapping = with_entry(mapping, Known(key), value, surely)
        if content.rest is not None:
            mapping = with_entry(mapping, PLAIN, content.rest, False)
    return mapping


@evaluates(ast.IfExp)
def _conditional(state: State, scope: Scope, node: ast.IfExp) -> Value:
    test = evaluate(state, scope, node.test)
    truth = known_truth(state, scope, node.test)
    if truth is not None:
        return evaluate(state, scope, node.body if truth else node.orelse)

    def way(outcome: bool) -> Value:
        narrow(state, scope, node.test, outcome)
        return evaluate(state, scope, node.body if outcome else node.orelse)

    chosen = one_of(state, [lambda: way(True), lambda: way(False)])
    return opened(chosen, Openness.CHOSEN) if test.open else chosen


@evaluates(ast.BoolOp)
def _boolean(state: State, scope: Scope, node: ast.BoolOp) -> Value:
    values = [evaluate(state, scope, node.values[0])]
    outcome = isinstance(node.op, ast.And)

    def following() -> None:
        narrow(state, scope, node.values[0], outcome)
        values.extend(evaluate(state, scope, value) for value in node.values[1:])

    perhaps(state, following)
    if isinstance(node.op, ast.Or):
        values[:-1] = [part for value in values[:-1] for part in _truthy(value)]
    return join_all(values)


def _truthy(value: Value) -> list[Value]:
    """The alternatives that ``or`` may return for their truth."""
    return [
        item
        for item in alternatives(value)
        if not isinstance(item, Known) or bool(item.value) or item.value is ...
    ]


@evaluates(ast.Lambda)
def make_function(state: State, scope: Scope, node: FunctionNode) -> Function:
    """The function that a definition makes, its defaults evaluated here and now."""
    defaults = tuple(evaluate(state, scope, default) for default in node.args.defaults)
    keyword_defaults = tuple(
        None if default is None else evaluate(state, scope, default)
        for default in node.args.kw_defaults
    )
    return Function(node, scope, defaults, keyword_defaults, owner=scope.owner)


@evaluates(ast.NamedExpr)
def _named(state: State, scope: Scope, node: ast.NamedExpr) -> Value:
    value = evaluate(state, scope, node.value)
    scope.home.bind(node.target.id, value)
    return value


@evaluates(ast.Starred, ast.Await)
def _inner(state: State, scope: Scope, node: ast.Starred | ast.Await) -> Value:
    return evaluate(state, scope, node.value)


@evaluates(ast.JoinedStr)
def _formatted(state: State, scope: Scope, node: ast.JoinedStr) -> Value:
    openness = Openness.CLOSED
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            openness = max(openness, evaluate(state, scope, part.value).open)
    return opened(PLAIN, openness)


@evaluates(ast.Yield)
def _yield(state: State, scope: Scope, node: ast.Yield) -> Value:
    value = NONE if node.value is None else evaluate(state, scope, node.value)
    scope.home.yielded.append(value)
    return OPAQUE


@evaluates(ast.YieldFrom)
def _yield_from(state: State, scope: Scope, node: ast.YieldFrom) -> Value:
    value = evaluate(state, scope, node.value)
    scope.home.yielded.append(iterate(state, scope, value))
    return OPAQUE


@evaluates(ast.Slice)
def _slice(state: State, scope: Scope, node: ast.Slice) -> Value:
    parts = [part for part in (node.lower, node.upper, node.step) if part is not None]
    return Sequence(tuple(evaluate(state, scope, part) for part in parts), kind="slice")


def keys_of(mapping: Mapping) -> list[Hashable]:
    """The keys that are known."""
    return list(mapping.entries)


__all__ = ["EAGER", "make_function", "updated", "with_entry"]
