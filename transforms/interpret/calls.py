"""Call expressions, and calls of functions, methods and partial functions."""

from __future__ import annotations

import ast
from collections.abc import Hashable

from transforms.interpret import layers
from transforms.interpret.expressions import updated, with_entry
from transforms.interpret.objects import Function, Instance, Method, Scope, Super
from transforms.interpret.openness import opened
from transforms.interpret.registry import (
    Behaviour,
    Call,
    apply,
    behaviour,
    behaviour_of,
    evaluate,
    evaluates,
    iterate,
    known_items,
    not_an_op,
    of_each,
)
from transforms.interpret.state import State
from transforms.interpret.structures import Mapping
from transforms.interpret.summaries import call_function
from transforms.interpret.values import (
    EAGER,
    OPAQUE,
    BoundMethod,
    CompiledFunction,
    Known,
    Partial,
    Unpacked,
    Value,
)


@evaluates(ast.Call)
def _call(state: State, scope: Scope, node: ast.Call) -> Value:
    function = evaluate(state, scope, node.func)
    positional: list[Value] = []
    for argument in node.args:
        value = evaluate(state, scope, argument)
        if not isinstance(argument, ast.Starred):
            positional.append(value)
            continue
        items = known_items(state, scope, value)
        positional.extend([Unpacked(iterate(state, scope, value))] if items is None else items)
    keywords, optional, loose = _keywords(state, scope, node)
    if isinstance(node.func, ast.Name) and node.func.id == "super" and scope.owner is not None:
        return Super(scope.owner, scope.receiver or OPAQUE)
    state.site = node
    call = Call(scope, node, tuple(positional), keywords, optional, loose)
    result = apply(state, call, function)
    return opened(result, function.open) if function.open else result


def _keywords(
    state: State, scope: Scope, node: ast.Call
) -> tuple[dict[str, Value], frozenset[str], Value | None]:
    """What is given by name, the names that are perhaps not given, and what others are given."""
    named: dict[str, Value] = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            return _spread_keywords(state, scope, node, named)
        named[keyword.arg] = evaluate(state, scope, keyword.value)
    return named, frozenset(), None


def _spread_keywords(
    state: State, scope: Scope, node: ast.Call, named: dict[str, Value]
) -> tuple[dict[str, Value], frozenset[str], Value | None]:
    """What is given by name where ``**more`` follows those that are ``named``."""
    entries: dict[Hashable, Value] = dict(named.items())
    given = Mapping(entries)
    for keyword in node.keywords[len(named) :]:
        value = evaluate(state, scope, keyword.value)
        if keyword.arg is not None:
            given = with_entry(given, Known(keyword.arg), value)
        else:
            given = updated(given, value)
    keywords = {name: value for name, value in given.entries.items() if isinstance(name, str)}
    optional = frozenset(name for name in given.optional if isinstance(name, str))
    return keywords, optional, given.rest


@behaviour(Function)
class _Functions(Behaviour):
    def call(self, state: State, call: Call, owner: Value) -> Value:
        assert isinstance(owner, Function)
        not_an_op(state, call)
        return call_function(state, call, owner)

    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        return BoundMethod(owner, name)

    def method(self, state: State, call: Call, owner: Value, name: str) -> Value:
        return apply(state, call, owner) if name == "__call__" else OPAQUE


@behaviour(Method)
class _Methods(Behaviour):
    def call(self, state: State, call: Call, owner: Value) -> Value:
        assert isinstance(owner, Method)
        not_an_op(state, call)
        receiver = owner.receiver
        if isinstance(receiver, Instance) and layers.is_layer_call(
            call.scope, owner.function, receiver
        ):
            # `self.call(x)` for a summary: what it holds runs on batches, as it does in `self(x)`.
            return layers.call_through_keras(state, call._replace(node=None), receiver)
        given = call._replace(positional=(receiver, *call.positional))
        return call_function(state, given, owner.function)


@behaviour(Partial)
class _Partials(Behaviour):
    def call(self, state: State, call: Call, owner: Value) -> Value:
        assert isinstance(owner, Partial)
        if call.node is not None:
            # The op takes arguments that do not stand at the call.
            state.op(call.node).other = True
        merged = {**dict(owner.keywords), **call.keywords}
        positional = (*owner.positional, *call.positional)
        given = call._replace(positional=positional, keywords=merged)
        return apply(state, given, owner.function)


@behaviour(BoundMethod)
class _BoundMethods(Behaviour):
    def call(self, state: State, call: Call, owner: Value) -> Value:
        assert isinstance(owner, BoundMethod)
        flat = call.flat()
        return of_each(
            state,
            owner.owner,
            lambda item: behaviour_of(item).method(state, flat, item, owner.name),
        )


@behaviour(CompiledFunction)
class _CompiledFunctions(Behaviour):
    def call(self, state: State, call: Call, owner: Value) -> Value:
        assert isinstance(owner, CompiledFunction)
        state.escape([owner.function])
        return EAGER

    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        return BoundMethod(owner, name)
