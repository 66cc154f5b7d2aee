"""Calls: of functions and classes in the sources, of layers, models and external functions."""

from __future__ import annotations

import ast
from collections.abc import Hashable

from transforms.interpret import (
    builtin_calls,
    expressions,
    external_calls,
    instances,
    layer_calls,
    statements,
)
from transforms.interpret.scopes import CALL_DEPTH_LIMIT, CONTEXTS_LIMIT, Scope, State
from transforms.interpret.value_kinds import holds_symbolic, kind_of
from transforms.interpret.values import (
    BoundMethod,
    Class,
    Eager,
    External,
    ExternalObject,
    Function,
    Instance,
    Known,
    LayerValue,
    Mapping,
    Method,
    OneOf,
    Opaque,
    Parameter,
    Partial,
    Plain,
    Sequence,
    Super,
    Symbolic,
    Unpacked,
    Value,
    alternatives,
    join,
    join_all,
    mapping_of,
)

Keywords = dict[str, Value]
NESTING_LIMIT = 3
SUMMARY_LIMIT = 60


def call(state: State, scope: Scope, node: ast.Call) -> Value:
    """A call expression."""
    function = expressions.evaluate(state, scope, node.func)
    positional: list[Value] = []
    for argument in node.args:
        value = expressions.evaluate(state, scope, argument)
        if isinstance(argument, ast.Starred):
            items = expressions.known_items(value)
            loose = Unpacked(expressions.iterate(value))
            positional.extend([loose] if items is None else items)
        else:
            positional.append(value)
    keywords: Keywords = {}
    for keyword in node.keywords:
        value = expressions.evaluate(state, scope, keyword.value)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
        else:
            for item in alternatives(value):
                if isinstance(item, Mapping):
                    keywords |= {k: v for k, v in item.entries.items() if isinstance(k, str)}
    if isinstance(node.func, ast.Name) and node.func.id == "super" and scope.owner is not None:
        return Super(scope.owner, scope.receiver or Opaque())
    results = [
        apply(state, scope, node, alternative, positional, keywords)
        for alternative in alternatives(function)
    ]
    return join_all(results)


def apply(
    state: State,
    scope: Scope,
    node: ast.Call | None,
    function: Value,
    positional: list[Value],
    keywords: Keywords,
) -> Value:
    """Call ``function``, at ``node`` where the call stands in the sources."""
    state.step()
    if isinstance(function, Function):
        _not_an_op(state, node)
        return call_function(state, node, function, positional, keywords)
    if isinstance(function, Method):
        _not_an_op(state, node)
        return call_function(
            state, node, function.function, [function.receiver, *positional], keywords
        )
    if isinstance(function, Partial):
        merged = {**dict(function.keywords), **keywords}
        if node is not None:
            # The op takes arguments that do not stand at the call.
            state.op(node).other = True
        return apply(
            state, scope, node, function.function, [*function.positional, *positional], merged
        )
    if isinstance(function, Class):
        return instances.instantiate(state, node, function, positional, keywords)
    if isinstance(function, Instance):
        _not_an_op(state, node)
        return layer_calls.call_instance(state, scope, node, function, positional, keywords)
    positional = [item.item if isinstance(item, Unpacked) else item for item in positional]
    if isinstance(function, LayerValue):
        _not_an_op(state, node)
        return layer_calls.call_layer(state, scope, node, function, positional, keywords)
    if isinstance(function, BoundMethod):
        return builtin_calls.call_method(state, scope, node, function, positional, keywords)
    if isinstance(function, External):
        if function.dotted.startswith(("builtins.", "functools.", "itertools.", "copy.")):
            return builtin_calls.call_builtin(
                state, scope, node, function.dotted, positional, keywords
            )
        return external_calls.call_external(
            state, scope, node, function.dotted, positional, keywords
        )
    if isinstance(function, ExternalObject):
        return external_calls.call_object(state, function, positional, keywords)
    arguments = [*positional, *keywords.values()]
    if any(holds_symbolic(argument) for argument in arguments):
        _not_an_op(state, node)
        return Symbolic("unknown", certain=False, structured=True)
    return Opaque()


def _not_an_op(state: State, node: ast.Call | None) -> None:
    if (node is not None and node in state.ops) or (
        node is not None and isinstance(node.func, ast.Name)
    ):
        state.op(node).other = True


def call_function(
    state: State,
    node: ast.Call | None,
    function: Function,
    positional: list[Value],
    keywords: Keywords,
) -> Value:
    """Run an analysed function on abstract arguments; equal calls are run once."""
    definition = function.node
    if node is not None:
        state.callers.setdefault(definition, set()).add(node)
    if function.opaque:
        return Eager()
    count = state.contexts.get(definition, 0)
    if count >= CONTEXTS_LIMIT:
        positional = [_generalised(value) for value in positional]
        keywords = {name: _generalised(value) for name, value in keywords.items()}
    key: object = (
        definition,
        function.scope,
        state.layer_depth > 0,
        tuple(_summary(value) for value in positional),
        tuple((name, _summary(keywords[name])) for name in sorted(keywords)),
    )
    if key in state.memo:
        return state.memo[key]
    if len(state.running) >= CALL_DEPTH_LIMIT or key in state.running:
        state.recursive.add(definition)
        return state.results.get(definition, Opaque())
    if count >= CONTEXTS_LIMIT * 4 and definition in state.results:
        return state.results[definition]
    state.contexts[definition] = count + 1
    state.evaluated.add(definition)
    state.running.append(key)
    branch_depth, state.branch_depth = state.branch_depth, 0
    module, state.module = state.module, function.scope.module
    try:
        result = _run(state, function, positional, keywords)
        if definition in state.recursive:
            state.recursive.discard(definition)
            state.results[definition] = result
            result = join(result, _run(state, function, positional, keywords))
    finally:
        state.running.pop()
        state.branch_depth = branch_depth
        state.module = module
    state.memo[key] = result
    previous = state.results.get(definition)
    state.results[definition] = result if previous is None else join(previous, result)
    return result


def _generalised(value: Value) -> Value:
    if isinstance(value, Known) and not isinstance(value.value, (bool, type(None))):
        return Plain()
    return value


def _run(state: State, function: Function, positional: list[Value], keywords: Keywords) -> Value:
    definition = function.node
    scope = Scope(function.scope.module, function.scope, definition, owner=function.owner)
    if function.owner is not None and positional and not function.static:
        scope.receiver = positional[0]
    elif function.owner is None:
        scope.owner, scope.receiver = function.scope.owner, function.scope.receiver
    bind_arguments(scope, function, positional, keywords)
    scope.parameters = frozenset(scope.variables)
    for argument in _argument_nodes(definition.args):
        state.note(argument, scope.variables.get(argument.arg, Opaque()))
    if isinstance(definition, ast.Lambda):
        return expressions.evaluate(state, scope, definition.body)
    statements.execute_block(state, scope, definition.body)
    if scope.yielded:
        return Sequence(None, join_all(scope.yielded), "generator")
    return join_all(scope.returned) if scope.returned else Known(None)


def _argument_nodes(arguments: ast.arguments) -> list[ast.arg]:
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def bind_arguments(
    scope: Scope, function: Function, positional: list[Value], keywords: Keywords
) -> None:
    """Bind the parameters of ``function`` as Python does; what is missing is not known."""
    arguments = function.node.args
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    remaining = dict(keywords)
    defaults = dict(zip(names[len(names) - len(function.defaults) :], function.defaults))
    loose = next((item for item in positional if isinstance(item, Unpacked)), None)
    if loose is not None:
        positional = positional[: positional.index(loose)]
    for index, name in enumerate(names):
        if index < len(positional):
            scope.variables[name] = positional[index]
        elif loose is not None and name not in remaining:
            scope.variables[name] = loose.item
        elif name in remaining:
            scope.variables[name] = remaining.pop(name)
        else:
            scope.variables[name] = defaults.get(name, Parameter(function.node, name))
    for argument, default in zip(arguments.kwonlyargs, function.keyword_defaults):
        if argument.arg in remaining:
            scope.variables[argument.arg] = remaining.pop(argument.arg)
        else:
            scope.variables[argument.arg] = (
                Parameter(function.node, argument.arg) if default is None else default
            )
    if arguments.vararg is not None:
        extra = positional[len(names) :]
        scope.variables[arguments.vararg.arg] = (
            Sequence(extra, kind="tuple")
            if loose is None
            else Sequence(None, join_all([*extra, loose.item]), "tuple")
        )
    if arguments.kwarg is not None:
        scope.variables[arguments.kwarg.arg] = mapping_of(remaining)


def _summary(value: Value) -> Hashable:
    """A hashable stand-in for ``value``: equal ones make a function do the same.

    Only the outer parts of what is large or deeply nested are told apart.
    """
    left = SUMMARY_LIMIT

    def part(value: Value, depth: int) -> Hashable:
        nonlocal left
        left -= 1
        if isinstance(value, Instance):
            return (value, value.version)
        if isinstance(value, Method):
            return (value.function, part(value.receiver, depth + 1))
        if not isinstance(value, (OneOf, Sequence, Mapping)):
            return value
        if depth > NESTING_LIMIT or left < 0:
            return (type(value), kind_of(value))
        if isinstance(value, OneOf):
            return frozenset(part(item, depth + 1) for item in value.alternatives)
        rest = None if value.rest is None else part(value.rest, depth + 1)
        if isinstance(value, Mapping):
            entries = [(key, part(item, depth + 1)) for key, item in value.entries.items()]
            return ("mapping", tuple(entries), rest)
        items = value.items
        parts = None if items is None else tuple(part(item, depth + 1) for item in items)
        return (value.kind, parts, rest)

    return part(value, 0)
