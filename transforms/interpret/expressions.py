"""Evaluation of expressions to abstract values, recording what stands at each node."""

from __future__ import annotations

import ast
from collections.abc import Callable

from transforms.interpret import attributes, calls, conditions, modules, operators
from transforms.interpret.scopes import Scope, State
from transforms.interpret.values import (
    External,
    Function,
    Known,
    Mapping,
    Opaque,
    Parameter,
    Plain,
    Sequence,
    Symbolic,
    Value,
    alternatives,
    join,
    join_all,
)

UNROLL_LIMIT = 8


def evaluate(state: State, scope: Scope, node: ast.expr) -> Value:
    """The abstract value of ``node`` in ``scope``."""
    state.step()
    handler = _HANDLERS.get(type(node))
    value = handler(state, scope, node) if handler else Plain()
    return state.note(node, value)


def _constant(state: State, scope: Scope, node: ast.Constant) -> Value:
    return Known(node.value)


def _name(state: State, scope: Scope, node: ast.Name) -> Value:
    value = scope.lookup(node.id)
    if value is not None:
        return value
    star = modules.star_name(scope.module, node.id)
    return attributes.builtin(node.id) if star is None else External(star)


def _attribute(state: State, scope: Scope, node: ast.Attribute) -> Value:
    return attributes.get_attribute(state, scope, node, evaluate(state, scope, node.value))


def _sequence(state: State, scope: Scope, node: ast.Tuple | ast.List | ast.Set) -> Value:
    items: list[Value] = []
    rest: Value | None = None
    for element in node.elts:
        if isinstance(element, ast.Starred):
            starred = evaluate(state, scope, element.value)
            state.note(element, starred)
            known = known_items(starred)
            if known is None or rest is not None:
                loose = iterate(starred)
                rest = loose if rest is None else join(rest, loose)
            else:
                items.extend(known)
            continue
        value = evaluate(state, scope, element)
        if rest is None:
            items.append(value)
        else:
            rest = join(rest, value)
    kind = {ast.Tuple: "tuple", ast.List: "list", ast.Set: "set"}[type(node)]
    if rest is not None:
        return Sequence(None, join_all([*items, rest]), kind)
    return Sequence(items, kind=kind)


def _dict(state: State, scope: Scope, node: ast.Dict) -> Value:
    mapping = Mapping({})
    for key, item in zip(node.keys, node.values):
        value = evaluate(state, scope, item)
        if key is None:
            for other in alternatives(value):
                if isinstance(other, Mapping):
                    mapping.entries.update(other.entries)
                    mapping.rest = _join_optional(mapping.rest, other.rest)
            continue
        name = evaluate(state, scope, key)
        if isinstance(name, Known):
            mapping.entries[name.value] = value
        else:
            mapping.rest = _join_optional(mapping.rest, value)
    return mapping


def _join_optional(left: Value | None, right: Value | None) -> Value | None:
    if left is None or right is None:
        return right if left is None else left
    return join(left, right)


def _conditional(state: State, scope: Scope, node: ast.IfExp) -> Value:
    evaluate(state, scope, node.test)
    truth = conditions.known_truth(state, scope, node.test)
    if truth is True:
        return evaluate(state, scope, node.body)
    if truth is False:
        return evaluate(state, scope, node.orelse)
    return join(evaluate(state, scope, node.body), evaluate(state, scope, node.orelse))


def _boolean(state: State, scope: Scope, node: ast.BoolOp) -> Value:
    values = [evaluate(state, scope, value) for value in node.values]
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


def _comprehension(
    state: State,
    scope: Scope,
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
) -> Value:
    inner = Scope(scope.module, scope, scope.function, owner=scope.owner, receiver=scope.receiver)
    collected: list[Value] = []
    keys: list[Value] = []
    exact = _generate(state, inner, node.generators, node, collected, keys)
    if isinstance(node, ast.DictComp):
        if exact and all(isinstance(key, Known) for key in keys):
            known = {
                key.value: item for key, item in zip(keys, collected) if isinstance(key, Known)
            }
            return Mapping(dict(known))
        return Mapping({}, join_all(collected) if collected else None)
    kind = {ast.ListComp: "list", ast.SetComp: "set"}.get(type(node), "generator")
    if exact:
        return Sequence(collected, kind=kind)
    return Sequence(None, join_all(collected) if collected else None, kind)


def _generate(
    state: State,
    scope: Scope,
    generators: list[ast.comprehension],
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
    collected: list[Value],
    keys: list[Value],
) -> bool:
    if not generators:
        if isinstance(node, ast.DictComp):
            keys.append(evaluate(state, scope, node.key))
            collected.append(evaluate(state, scope, node.value))
        else:
            collected.append(evaluate(state, scope, node.elt))
        return True
    first, *others = generators
    iterable = evaluate(state, scope, first.iter)
    items = known_items(iterable)
    exact = items is not None and len(items) <= UNROLL_LIMIT and not first.ifs
    for item in items if exact and items is not None else [iterate(iterable)]:
        assign(state, scope, first.target, item)
        for condition in first.ifs:
            evaluate(state, scope, condition)
        exact = _generate(state, scope, others, node, collected, keys) and exact
    return exact


def _lambda(state: State, scope: Scope, node: ast.Lambda) -> Value:
    return make_function(state, scope, node)


def make_function(
    state: State, scope: Scope, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
) -> Function:
    """The function that a definition makes, its defaults evaluated here and now."""
    defaults = tuple(evaluate(state, scope, default) for default in node.args.defaults)
    keyword_defaults = tuple(
        None if default is None else evaluate(state, scope, default)
        for default in node.args.kw_defaults
    )
    return Function(node, scope, defaults, keyword_defaults, owner=scope.owner)


def _named(state: State, scope: Scope, node: ast.NamedExpr) -> Value:
    value = evaluate(state, scope, node.value)
    scope.bind(node.target.id, value)
    return value


def _starred(state: State, scope: Scope, node: ast.Starred) -> Value:
    return evaluate(state, scope, node.value)


def _formatted(state: State, scope: Scope, node: ast.JoinedStr) -> Value:
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            evaluate(state, scope, part.value)
    return Plain()


def _yield(state: State, scope: Scope, node: ast.Yield) -> Value:
    if node.value is not None:
        scope.yielded.append(evaluate(state, scope, node.value))
    return Opaque()


def _yield_from(state: State, scope: Scope, node: ast.YieldFrom) -> Value:
    scope.yielded.append(iterate(evaluate(state, scope, node.value)))
    return Opaque()


def _await(state: State, scope: Scope, node: ast.Await) -> Value:
    return evaluate(state, scope, node.value)


def _slice(state: State, scope: Scope, node: ast.Slice) -> Value:
    parts = [part for part in (node.lower, node.upper, node.step) if part is not None]
    return Sequence([evaluate(state, scope, part) for part in parts], kind="slice")


def known_items(value: Value) -> list[Value] | None:
    """The items of ``value`` where their number is known."""
    if isinstance(value, Sequence) and value.items is not None:
        return list(value.items)
    if isinstance(value, Mapping) and value.rest is None:
        return [Known(key) for key in value.entries]
    return None


def iterate(value: Value) -> Value:
    """What iterating over ``value`` yields, joined."""
    results: list[Value] = []
    for alternative in alternatives(value):
        if isinstance(alternative, Sequence):
            results.append(alternative.element())
        elif isinstance(alternative, Mapping):
            results.extend(Known(key) for key in alternative.entries)
            if alternative.rest is not None or not alternative.entries:
                results.append(Plain())
        elif isinstance(alternative, Symbolic):
            results.append(alternative)
        elif isinstance(alternative, (Plain, Known)):
            results.append(Plain())
        elif isinstance(alternative, Parameter):
            results.append(Parameter(alternative.function, alternative.name, True))
        else:
            results.append(Opaque())
    return join_all(results)


def assign(state: State, scope: Scope, target: ast.expr, value: Value) -> None:
    """Bind ``value`` to an assignment target."""
    state.step()
    if isinstance(target, ast.Name):
        scope.bind(target.id, value)
        state.note(target, value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        state.note(target, value)
        _unpack(state, scope, target, value)
    elif isinstance(target, ast.Starred):
        assign(state, scope, target.value, value)
    elif isinstance(target, ast.Attribute):
        owner = evaluate(state, scope, target.value)
        state.note(target, value)
        attributes.set_attribute(state, owner, target.attr, value)
    elif isinstance(target, ast.Subscript):
        owner = evaluate(state, scope, target.value)
        key = evaluate(state, scope, target.slice)
        attributes.set_item(state, owner, key, value)


def _unpack(state: State, scope: Scope, target: ast.Tuple | ast.List, value: Value) -> None:
    width = len(target.elts)
    columns: list[list[Value]] = [[] for _ in target.elts]
    starred = next((i for i, e in enumerate(target.elts) if isinstance(e, ast.Starred)), None)
    choices = tuple(alternatives(value))
    fits = any(len(known_items(choice) or ()) == width for choice in choices)
    for alternative in choices:
        items = known_items(alternative)
        # A function that returns a tuple or a tensor: where it is unpacked, it was the tuple.
        if isinstance(alternative, Symbolic) and not alternative.structured and not fits:
            operators.record_op(state, target, ("operator.getitem",), True, alternative.certain)
        if items is not None and starred is None and len(items) == width:
            for column, item in zip(columns, items):
                column.append(item)
        elif items is not None and starred is not None and len(items) >= width - 1:
            after = width - starred - 1
            middle = items[starred : len(items) - after]
            parts = [*items[:starred], Sequence(middle), *items[len(items) - after :]]
            for column, item in zip(columns, parts):
                column.append(item)
        else:
            loose = iterate(alternative)
            for index, column in enumerate(columns):
                column.append(Sequence(None, loose) if index == starred else loose)
    for element, column in zip(target.elts, columns):
        assign(state, scope, element, join_all(column))


_HANDLERS: dict[type[ast.expr], Callable[..., Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Tuple: _sequence,
    ast.List: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dict,
    ast.IfExp: _conditional,
    ast.BoolOp: _boolean,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.Lambda: _lambda,
    ast.NamedExpr: _named,
    ast.Starred: _starred,
    ast.JoinedStr: _formatted,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
    ast.Await: _await,
    ast.Slice: _slice,
    ast.BinOp: lambda state, scope, node: operators.binary(state, scope, node),
    ast.UnaryOp: lambda state, scope, node: operators.unary(state, scope, node),
    ast.Compare: lambda state, scope, node: operators.compare(state, scope, node),
    ast.Subscript: lambda state, scope, node: operators.subscript(state, scope, node),
    ast.Call: lambda state, scope, node: calls.call(state, scope, node),
}
