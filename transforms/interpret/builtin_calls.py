"""Calls of Python's builtins, of ``functools`` and ``itertools``, and of methods of values."""

from __future__ import annotations

import ast

from transforms.interpret import attributes, calls, expressions, layer_calls, operators
from transforms.interpret.scopes import Scope, State
from transforms.interpret.value_kinds import holds_symbolic
from transforms.interpret.values import (
    BoundMethod,
    Eager,
    External,
    ExternalObject,
    Function,
    Instance,
    Known,
    LayerValue,
    Mapping,
    Opaque,
    Partial,
    Plain,
    Sequence,
    Super,
    Symbolic,
    Value,
    VariableValue,
    alternatives,
    join,
    join_all,
    mapping_of,
)
from transforms.knowledge import keras_names

Keywords = dict[str, Value]
CONTAINERS = {"list": "list", "tuple": "tuple", "set": "set", "sorted": "list", "reversed": "list"}
UNROLL_LIMIT = 16


def call_builtin(
    state: State,
    scope: Scope,
    node: ast.Call | None,
    dotted: str,
    positional: list[Value],
    keywords: Keywords,
) -> Value:
    """Call a builtin or a function of ``functools``, ``itertools`` or ``copy``."""
    name = keras_names.last_part(dotted)
    first = positional[0] if positional else None
    if name in CONTAINERS:
        if node is not None and node.args:
            _move_lazy_op(state, node.args[0], node)
        return _container(first, CONTAINERS[name], ordered=name != "reversed")
    if name in {"locals", "vars"} and first is None:
        return mapping_of(dict(scope.variables))
    if name == "dict":
        return _dict(first, keywords)
    if name in {"partial", "partialmethod"} and first is not None:
        return Partial(first, tuple(positional[1:]), tuple(keywords.items()))
    if name == "getattr" and len(positional) >= 2:
        return _getattr(state, positional)
    if name == "setattr" and len(positional) == 3:
        if isinstance(positional[1], Known) and isinstance(positional[1].value, str):
            attributes.set_attribute(state, positional[0], positional[1].value, positional[2])
        return Known(None)
    if name in {"zip", "enumerate", "map", "filter", "reduce", "chain", "product", "islice"}:
        return _iteration(state, scope, node, name, positional)
    if name in {"next", "iter"} and first is not None:
        return expressions.iterate(first) if name == "next" else first
    if name == "sum" and first is not None:
        return _sum(state, node, first)
    if name in {"deepcopy", "copy"} and first is not None:
        return first
    if name == "abs" and first is not None and _is_tensor(first):
        if node is not None:
            operators.record_op(state, node, ("operator.abs",), True, True)
        return first
    if name == "super":
        return Super(scope.owner, scope.receiver or Opaque()) if scope.owner else Opaque()
    if name in {"wraps", "lru_cache", "cache", "property", "staticmethod", "classmethod"}:
        return Opaque()
    return Plain()


def _move_lazy_op(state: State, lazy: ast.expr, consumer: ast.Call) -> None:
    """An op that ``map`` applies runs where its results are taken: there Keras sees it."""
    is_map = isinstance(lazy, ast.Call) and getattr(lazy.func, "id", "") == "map"
    if is_map and lazy in state.ops:
        state.op(consumer).include(state.ops.pop(lazy))


def _is_tensor(value: Value) -> bool:
    return any(isinstance(item, Symbolic) for item in alternatives(value))


def _container(first: Value | None, kind: str, ordered: bool) -> Value:
    if first is None:
        return Sequence([], kind=kind)
    items = expressions.known_items(first)
    if items is not None:
        return Sequence(items if ordered else items[::-1], kind=kind)
    return Sequence(None, expressions.iterate(first), kind)


def _dict(first: Value | None, keywords: Keywords) -> Value:
    mapping = mapping_of(keywords)
    for item in alternatives(first) if first is not None else ():
        if isinstance(item, Mapping):
            mapping.entries.update(item.entries)
            mapping.rest = item.rest
        else:
            element = expressions.iterate(item)
            pair = expressions.known_items(element)
            mapping.rest = pair[1] if pair is not None and len(pair) == 2 else Opaque()
    return mapping


def _getattr(state: State, positional: list[Value]) -> Value:
    owner, name = positional[0], positional[1]
    results: list[Value] = []
    for item in alternatives(name):
        if isinstance(item, Known) and isinstance(item.value, str):
            node = ast.Attribute(ast.Name("_", ast.Load()), item.value, ast.Load())
            results.extend(
                attributes.attribute_of(state, node, alternative)
                for alternative in alternatives(owner)
            )
            if len(positional) > 2:
                results.append(positional[2])
        else:
            results.append(Opaque())
    return join_all(results)


def _iteration(
    state: State, scope: Scope, node: ast.Call | None, name: str, positional: list[Value]
) -> Value:
    if name == "zip":
        columns = [expressions.known_items(value) for value in positional]
        known = [column for column in columns if column is not None]
        if known and len(known) == len(columns):
            return Sequence([Sequence(list(row), kind="tuple") for row in zip(*known)])
        row: list[Value] = [expressions.iterate(value) for value in positional]
        return Sequence(None, Sequence(row, kind="tuple"), "generator")
    if name == "enumerate" and positional:
        items = expressions.known_items(positional[0])
        if items is not None:
            rows: list[Value] = [Sequence([Plain(), item], kind="tuple") for item in items]
            return Sequence(rows)
        element = expressions.iterate(positional[0])
        return Sequence(None, Sequence([Plain(), element], kind="tuple"), "generator")
    if name == "map" and len(positional) >= 2:
        arguments = [expressions.iterate(value) for value in positional[1:]]
        place = node if isinstance(positional[0], External) else None
        result = calls.apply(state, scope, place, positional[0], arguments, {})
        if place is not None and place in state.ops:
            state.op(place).other = True
        return Sequence(None, result, "generator")
    if name == "reduce" and len(positional) >= 2:
        element = expressions.iterate(positional[1])
        start = positional[2] if len(positional) > 2 else element
        # Keras sees an op that ``reduce`` applies at the call of ``reduce``.
        place = node if isinstance(positional[0], External) else None
        once = calls.apply(state, scope, place, positional[0], [start, element], {})
        again = calls.apply(state, scope, place, positional[0], [once, element], {})
        if place is not None and place in state.ops:
            state.op(place).other = True
        return join(once, again)
    if name == "filter" and len(positional) >= 2:
        return Sequence(None, expressions.iterate(positional[1]), "generator")
    elements: list[Value] = [expressions.iterate(value) for value in positional]
    return Sequence(None, join_all(elements), "generator")


def _sum(state: State, node: ast.Call | None, first: Value) -> Value:
    element = expressions.iterate(first)
    if _is_tensor(element):
        if node is not None:
            operators.record_op(state, node, ("operator.add",), True, True)
        return Symbolic()
    return element if isinstance(element, (Eager, Opaque)) else Plain()


def call_method(
    state: State,
    scope: Scope,
    node: ast.Call | None,
    method: BoundMethod,
    positional: list[Value],
    keywords: Keywords,
) -> Value:
    """Call a method of a container, a tensor, a layer, a model or something external."""
    owner = method.owner
    if isinstance(owner, Sequence):
        return _sequence_method(state, owner, method.name, positional)
    if isinstance(owner, Mapping):
        return _mapping_method(owner, method.name, positional)
    if isinstance(owner, Symbolic):
        return _tensor_method(state, node, owner, method.name)
    if isinstance(owner, LayerValue):
        return _layer_method(state, scope, owner, method.name, positional, keywords)
    if isinstance(owner, Super):
        return _super_method(state, scope, owner, method.name, positional, keywords)
    if isinstance(owner, (Eager, VariableValue)) or method.name == "__tf_function__":
        return Eager()
    for value in [*positional, *keywords.values()]:
        for item in alternatives(value):
            if isinstance(item, Function):
                state.escaped.add(item.node)
    if isinstance(owner, (Known, Plain)):
        return Plain(array=isinstance(owner, Plain) and owner.array)
    if any(holds_symbolic(value) for value in [*positional, *keywords.values()]):
        return Symbolic("unknown", certain=False, structured=True)
    return ExternalObject(owner.dotted) if isinstance(owner, ExternalObject) else Opaque()


def _sequence_method(state: State, owner: Sequence, name: str, positional: list[Value]) -> Value:
    if name in {"append", "add", "insert"} and positional:
        value = positional[-1]
        if owner.items is not None and len(owner.items) < UNROLL_LIMIT and name != "insert":
            owner.items.append(value)
        elif owner.items is not None and name == "insert" and positional[0] == Known(0):
            owner.items.insert(0, value)
        else:
            owner.rest = join_all([owner.element(), value]) if owner.items or owner.rest else value
            owner.items = None
        return Known(None)
    if name in {"extend", "update"} and positional:
        items = expressions.known_items(positional[0])
        if (
            owner.items is not None
            and items is not None
            and len(owner.items) + len(items) <= UNROLL_LIMIT
        ):
            owner.items.extend(items)
        else:
            loose = expressions.iterate(positional[0])
            known = owner.items or owner.rest is not None
            owner.rest = join(owner.element(), loose) if known else loose
            owner.items = None
        return Known(None)
    if name == "pop":
        if owner.items and state.branch_depth == 0 and positional in ([], [Known(-1)]):
            return owner.items.pop()
        element = owner.element()
        owner.rest, owner.items = element, None
        return element
    if name == "reverse" and owner.items is not None:
        owner.items.reverse()
        return Known(None)
    if name == "copy":
        return Sequence(None if owner.items is None else list(owner.items), owner.rest, owner.kind)
    return Plain()


def _mapping_method(owner: Mapping, name: str, positional: list[Value]) -> Value:
    key = positional[0] if positional else None
    if name in {"get", "pop", "setdefault"}:
        default = positional[1] if len(positional) > 1 else Known(None)
        if isinstance(key, Known) and key.value in owner.entries:
            return owner.entries[key.value]
        if owner.entries or owner.rest is not None:
            return join(owner.element(), default)
        return default
    if name == "values":
        if owner.rest is None:
            return Sequence(list(owner.entries.values()))
        return Sequence(None, owner.element())
    if name == "items":
        rows: list[Value] = [
            Sequence([Known(known), value], kind="tuple") for known, value in owner.entries.items()
        ]
        if owner.rest is None:
            return Sequence(rows)
        return Sequence(None, Sequence([Plain(), owner.element()], kind="tuple"))
    if name == "keys":
        return Sequence([Known(known) for known in owner.entries])
    if name == "update" and positional:
        for item in alternatives(positional[0]):
            if isinstance(item, Mapping):
                owner.entries.update(item.entries)
    if name == "copy":
        return Mapping(dict(owner.entries), owner.rest)
    return Plain()


def _tensor_method(state: State, node: ast.Call | None, owner: Symbolic, name: str) -> Value:
    if name == "get_shape":
        return Plain()
    if name in attributes.TENSOR_METHODS:
        return Known(None)
    if name in attributes.RAGGED_METHODS:
        if node is not None:
            operators.record_op(state, node, (f"method.{name}",), False, owner.certain)
        return Symbolic("unknown", owner.certain, structured=True)
    part = owner.part()
    if name == "items":
        return Sequence(None, Sequence([Plain(), part], kind="tuple"))
    return Sequence(None, part) if name in {"values", "copy"} else Plain(array=True)


def _layer_method(
    state: State,
    scope: Scope,
    owner: LayerValue,
    name: str,
    positional: list[Value],
    keywords: Keywords,
) -> Value:
    if name == "__call__":
        return calls.apply(state, scope, None, owner, positional, keywords)
    if name == "get_layer":
        return LayerValue("keras.layers.Layer", structured=True)
    if name in {"get_output_at", "get_input_at"}:
        return Symbolic(structured=True)
    for value in [*positional, *keywords.values()]:
        for item in alternatives(value):
            if isinstance(item, Function):
                state.escaped.add(item.node)
    return Opaque()


def _super_method(
    state: State,
    scope: Scope,
    owner: Super,
    name: str,
    positional: list[Value],
    keywords: Keywords,
) -> Value:
    receiver = owner.receiver
    if name == "__init__" and isinstance(receiver, Instance):
        outputs = keywords.get("outputs", positional[1] if len(positional) > 1 else None)
        if outputs is not None and holds_symbolic(outputs):
            receiver.attributes["output"] = outputs
        return Known(None)
    if name == "__call__" and isinstance(receiver, Instance):
        return layer_calls.call_through_keras(state, scope, None, receiver, positional, keywords)
    if name in {"call", "__call__"}:
        values = [*positional, *keywords.values()]
        return Symbolic() if any(holds_symbolic(value) for value in values) else Eager()
    return Mapping({}, Plain()) if name == "get_config" else Opaque()
