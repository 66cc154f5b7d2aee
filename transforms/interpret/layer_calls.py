"""Calls of Keras layers and models, and what they say of the values that they are given."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from transforms.interpret import attributes, calls
from transforms.interpret.scopes import Scope, State
from transforms.interpret.value_kinds import holds_symbolic, parameters_in_all, symbolic_parts
from transforms.interpret.values import (
    Eager,
    Function,
    Instance,
    LayerValue,
    Mapping,
    OneOf,
    Opaque,
    Parameter,
    Sequence,
    Symbolic,
    Value,
    VariableValue,
    join_all,
)
from transforms.knowledge import keras_names

Keywords = dict[str, Value]
NESTING_LIMIT = 3


def call_layer(
    state: State,
    scope: Scope,
    node: ast.Call | None,
    layer: LayerValue,
    positional: list[Value],
    keywords: Keywords,
) -> Value:
    """Call a layer or model of Keras."""
    arguments = [*positional[:2], *keywords.values()]
    shown = _is_made_here(scope, node) and not keras_names.is_preprocessing(layer.dotted)
    if shown:
        state.applied_layer(parameters_in_all(arguments))
    if any(holds_symbolic(argument) for argument in arguments):
        return Symbolic(layer.dtype, _is_certain(arguments), layer.structured)
    if state.layer_depth == 0 and any(isinstance(item, Parameter) for item in arguments):
        return Symbolic(layer.dtype, certain=shown, structured=layer.structured)
    if shown and Opaque() in arguments and _may_build_models(state, scope):
        return Symbolic(layer.dtype, certain=False, structured=layer.structured)
    return Eager() if arguments else Opaque()


def _may_build_models(state: State, scope: Scope) -> bool:
    """Whether a function nobody calls may be given KerasTensors: methods of layers are not."""
    inside = scope.owner is not None and scope.owner.role in {"layer", "function"}
    return state.layer_depth == 0 and scope.function is not None and not inside


def _is_certain(arguments: Iterable[Value]) -> bool:
    """Whether a layer given ``arguments`` surely gives a KerasTensor.

    So it does for what an unknown function made of KerasTensors: to a layer it is one.
    """
    return any(
        part.certain or part.structured
        for argument in arguments
        for part in symbolic_parts(argument)
    )


def _is_made_here(scope: Scope, node: ast.Call | None) -> bool:
    """Whether the layer called at ``node`` is one that this function makes.

    Only code that builds a model makes layers as it goes; layers that stand ready are also called
    on batches of data, by code that trains or predicts.
    """
    if node is None:
        return False
    if not isinstance(node.func, ast.Name):
        return not isinstance(node.func, ast.Attribute)
    inner: Scope | None = scope
    while inner is not None and inner.function is not None and inner.function is scope.function:
        if node.func.id in inner.variables:
            return node.func.id not in inner.parameters
        inner = inner.parent
    return False


def call_instance(
    state: State,
    scope: Scope,
    node: ast.Call | None,
    instance: Instance,
    positional: list[Value],
    keywords: Keywords,
) -> Value:
    """Call an instance of an analysed class."""
    method = attributes.class_attribute(instance.cls, "__call__")
    if isinstance(method, Function):
        return calls.call_function(state, node, method, [instance, *positional], keywords)
    if instance.cls.role not in {"layer", "model"}:
        return Opaque()
    return call_through_keras(state, scope, node, instance, positional, keywords)


def call_through_keras(
    state: State,
    scope: Scope,
    node: ast.Call | None,
    instance: Instance,
    positional: list[Value],
    keywords: Keywords,
) -> Value:
    """``Layer.__call__`` on an instance of an analysed layer or model."""
    if _is_made_here(scope, node):
        state.applied_layer(parameters_in_all(positional))
    symbolic = any(holds_symbolic(value) for value in [*positional, *keywords.values()])
    body = attributes.class_attribute(instance.cls, "call")
    if not isinstance(body, Function):
        return Symbolic(structured=True) if symbolic else Eager()
    inside = [eager_counterpart(value) for value in positional]
    named = {name: eager_counterpart(value) for name, value in keywords.items()}
    with state.inside_layer():
        result = calls.call_function(state, None, body, [instance, *inside], named)
    return _symbolic_counterpart(result) if symbolic else result


def eager_counterpart(value: Value, depth: int = 0) -> Value:
    """What a layer's ``call`` sees of an argument."""
    if isinstance(value, (Symbolic, Parameter, Opaque)) or depth > NESTING_LIMIT:
        return Eager()
    if isinstance(value, OneOf):
        return join_all([eager_counterpart(item, depth) for item in value.alternatives])
    if isinstance(value, Sequence):
        items = value.items
        inside = None if items is None else [eager_counterpart(item, depth + 1) for item in items]
        rest = None if value.rest is None else eager_counterpart(value.rest, depth + 1)
        return Sequence(inside, rest, value.kind)
    if isinstance(value, Mapping):
        rest = None if value.rest is None else eager_counterpart(value.rest, depth + 1)
        entries = {key: eager_counterpart(i, depth + 1) for key, i in value.entries.items()}
        return Mapping(entries, rest)
    return value


def _symbolic_counterpart(value: Value, depth: int = 0) -> Value:
    if isinstance(value, Sequence) and depth < 4:
        items = value.items
        if items is not None:
            return Sequence(
                [_symbolic_counterpart(item, depth + 1) for item in items], kind=value.kind
            )
        return Sequence(None, _symbolic_counterpart(value.element(), depth + 1), value.kind)
    if isinstance(value, Mapping) and depth < 4:
        entries = {k: _symbolic_counterpart(v, depth + 1) for k, v in value.entries.items()}
        return Mapping(entries)
    if isinstance(value, (Eager, VariableValue)):
        return Symbolic()
    return Symbolic(structured=True)
