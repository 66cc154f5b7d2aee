"""Calls of functions and classes that are not in the analysed sources."""

from __future__ import annotations

import ast

from transforms.interpret import calls, operators
from transforms.interpret.scopes import Scope, State
from transforms.interpret.value_kinds import (
    Kind,
    holds_symbolic,
    kind_of,
    parameters_in_all,
    symbolic_parts,
)
from transforms.interpret.values import (
    BoundMethod,
    Eager,
    External,
    ExternalObject,
    Function,
    Known,
    LayerValue,
    Opaque,
    Parameter,
    Plain,
    Sequence,
    Symbolic,
    Value,
    VariableValue,
    alternatives,
    join_all,
)
from transforms.knowledge import keras_names, tf_catalog

Keywords = dict[str, Value]
NAMEDTUPLE = "collections.namedtuple:"
ARRAY_PACKAGES = ("numpy.", "scipy.", "jax.numpy.")
COPYING_FUNCTIONS = frozenset({"tensorflow.nest.map_structure"})


def call_external(
    state: State,
    scope: Scope,
    node: ast.Call | None,
    dotted: str,
    positional: list[Value],
    keywords: Keywords,
) -> Value:
    """Call what ``dotted`` names."""
    _note_escapes(state, dotted, [*positional, *keywords.values()])
    if dotted == "dataclasses.field":
        factory = keywords.get("default_factory")
        if factory is not None:
            return calls.apply(state, scope, None, factory, [], {})
        return keywords.get("default", Opaque())
    if dotted == "collections.namedtuple":
        return _namedtuple(positional)
    if dotted.startswith("operator.") and any(holds_symbolic(value) for value in positional):
        if node is not None:
            operators.record_op(state, node, (dotted,), True, True)
        return operators.result_of(positional, dotted)
    if keras_names.is_input(dotted):
        return Symbolic(_literal_dtype(keywords.get("dtype"), "floatx"))
    if keras_names.makes_model(dotted):
        return _model(dotted, positional, keywords)
    if keras_names.is_layer_class(dotted):
        return _layer(dotted, positional, keywords)
    if keras_names.is_functional_layer(dotted):
        return _apply_functional_layer(state, positional, keywords)
    if keras_names.keras_path(dotted) == "activations.get":
        return _activation(positional[0] if positional else Opaque())
    if dotted in COPYING_FUNCTIONS and len(positional) > 1:
        return calls.apply(state, scope, None, positional[0], positional[1:], {})
    arguments = [*positional, *keywords.values()]
    symbolic = any(holds_symbolic(argument) for argument in arguments)
    if (
        keras_names.is_tensorflow(dotted)
        or keras_names.is_backend(dotted)
        or keras_names.is_keras_function(dotted)
    ):
        return _tensorflow(state, node, dotted, positional, keywords, symbolic)
    if keras_names.is_keras_op(dotted):
        return Symbolic("unknown", structured=True) if symbolic else Eager()
    if dotted.startswith(ARRAY_PACKAGES):
        return Plain(array=True)
    if node is not None and symbolic and keras_names.keras_path(dotted) is not None:
        return _library(state, node, dotted)
    if keras_names.is_class_name(keras_names.last_part(dotted)):
        return ExternalObject(dotted)
    if symbolic:
        certain = keras_names.gives_tensors(dotted)
        return Symbolic("unknown", certain, structured=not certain)
    return ExternalObject(dotted)


def _namedtuple(positional: list[Value]) -> Value:
    """The class that ``collections.namedtuple`` makes, with its field names in ``dotted``."""
    fields = positional[1] if len(positional) > 1 else Opaque()
    names: list[str] = []
    if isinstance(fields, Known) and isinstance(fields.value, str):
        names = fields.value.replace(",", " ").split()
    elif isinstance(fields, Sequence):
        items = [item.value for item in fields.items or () if isinstance(item, Known)]
        names = [item for item in items if isinstance(item, str)]
    return ExternalObject(NAMEDTUPLE + ",".join(names))


def _note_escapes(state: State, dotted: str, arguments: list[Value]) -> None:
    for argument in arguments:
        for value in alternatives(argument):
            if isinstance(value, Function):
                state.escaped.add(value.node)


def _literal_dtype(value: Value | None, default: str) -> str:
    if value is None or value == Known(None):
        return default
    if isinstance(value, Known) and isinstance(value.value, str):
        return value.value
    if isinstance(value, External):
        return keras_names.last_part(value.dotted)
    return "unknown"


def _is_off(value: Value | None) -> bool:
    return value is None or value in {Known(False), Known(None)}


def _layer(dotted: str, positional: list[Value], keywords: Keywords) -> Value:
    name = keras_names.last_part(dotted)
    known = keras_names.keras_path(dotted) is not None
    structured = not known or name == "Layer"
    if name in keras_names.RECURRENT:
        inner = positional[0] if positional else None
        structured = not _is_off(keywords.get("return_state")) or (
            name == "Bidirectional" and isinstance(inner, LayerValue) and inner.structured
        )
    elif name in {
        "MultiHeadAttention",
        "Attention",
        "AdditiveAttention",
    } or name in keras_names.WRAPPERS | {"Lambda"}:
        structured = True
    default = "unknown" if name == "Lambda" else "policy"
    if name in {"IntegerLookup", "StringLookup", "Hashing", "CategoryEncoding", "Discretization"}:
        default = "unknown"
    return LayerValue(dotted, _literal_dtype(keywords.get("dtype"), default), structured)


def _model(dotted: str, positional: list[Value], keywords: Keywords) -> Value:
    outputs = keywords.get("outputs", positional[1] if len(positional) > 1 else None)
    single = keras_names.is_application(dotted) or (
        outputs is not None and kind_of(outputs) == Kind.SYMBOLIC
    )
    single = single or keras_names.last_part(dotted) == "Sequential"
    return LayerValue(dotted, "policy", structured=not single, is_model=True)


def _apply_functional_layer(state: State, positional: list[Value], keywords: Keywords) -> Value:
    arguments = [*positional, *keywords.values()]
    state.applied_layer(parameters_in_all(arguments))
    if any(holds_symbolic(argument) for argument in arguments):
        return Symbolic()
    return Eager()


def _activation(name: Value) -> Value:
    results: list[Value] = []
    for item in alternatives(name):
        if isinstance(item, Known) and isinstance(item.value, str):
            results.append(External(f"keras.activations.{item.value}"))
        elif item == Known(None):
            results.append(External("keras.activations.linear"))
        elif isinstance(item, (External, Function, LayerValue)):
            results.append(item)
        else:
            results.append(External("keras.activations.unknown"))
    return join_all(results)


def _library(state: State, node: ast.Call, dotted: str) -> Value:
    operators.record_op(state, node, (dotted,), False, True)
    state.op(node).library = True
    return Symbolic("unknown", structured=True)


def _tensorflow(
    state: State,
    node: ast.Call | None,
    dotted: str,
    positional: list[Value],
    keywords: Keywords,
    symbolic: bool,
) -> Value:
    if keras_names.last_part(dotted) == "Variable":
        return VariableValue()
    key = tf_catalog.canonical(dotted)
    activation = keras_names.keras_path(dotted)
    if activation == "activations.linear":
        return positional[0] if positional else Opaque()
    is_op = tf_catalog.is_op(key) or keras_names.is_keras_function(dotted)
    if not is_op:
        return _python_function(dotted, positional)
    if not symbolic:
        unknown = _unknown([*positional, *keywords.values()])
        if unknown is not None:
            return unknown
        if node is not None:
            state.op(node).eager = True
        return _restructure(key, Eager())
    arguments = [*positional, *keywords.values()]
    parts = [part for argument in arguments for part in symbolic_parts(argument)]
    certain = any(part.certain for part in parts)
    if node is not None:
        native = activation is not None and activation.startswith("activations.")
        operators.record_op(state, node, (key,), native, certain)
    if activation is not None and activation.startswith("activations."):
        return Symbolic(parts[0].dtype, certain)
    dtype = _result_dtype(key, positional, keywords, parts)
    return _restructure(key, Symbolic(dtype, certain))


def _unknown(arguments: list[Value]) -> Value | None:
    """An argument that may be a symbolic tensor which the analysis does not see.

    An op on a parameter counts as that parameter, so that a layer applied to it tells of it.
    """
    found = [item for argument in arguments for item in alternatives(argument)]
    for item in found:
        if isinstance(item, Parameter):
            return item
    return next((item for item in found if isinstance(item, (Opaque, ExternalObject))), None)


def _python_function(dotted: str, positional: list[Value]) -> Value:
    name = keras_names.last_part(dotted)
    if name == "function" and positional:
        return _opaque_function(positional[0])
    if keras_names.is_backend(dotted):
        return Plain()
    if keras_names.is_class_name(name):
        return ExternalObject(dotted)
    return ExternalObject(dotted)


def _opaque_function(value: Value) -> Value:
    return BoundMethod(value, "__tf_function__")


def _result_dtype(
    key: str, positional: list[Value], keywords: Keywords, parts: list[Symbolic]
) -> str:
    arguments = {**dict(zip(tf_catalog.signature(key), positional)), **keywords}
    source = parts
    for name in tf_catalog.dtype_parameters(key):
        found = list(symbolic_parts(arguments[name])) if name in arguments else []
        if found:
            source = found
            break
    own = source[0].dtype
    known = own not in {"policy", "floatx", "unknown"}
    rule = tf_catalog.result_dtype(key, own if known else None)
    if rule.startswith("argument:"):
        _, name, *default = rule.split(":")
        value = arguments.get(name)
        if value is None or value == Known(None):
            rule = default[0] if default else "unknown"
        else:
            return _literal_dtype(value, "unknown")
    return own if rule == "same" else rule


def _restructure(key: str, tensor: Value) -> Value:
    structure = tf_catalog.result(key)
    kind, _, detail = structure.partition(":")
    if kind == "list":
        return Sequence(None, tensor)
    if kind == "tuple":
        return Sequence([tensor] * int(detail), kind="tuple")
    if kind == "namedtuple":
        fields = tuple(detail.split(","))
        return Sequence([tensor] * len(fields), kind="namedtuple", fields=fields)
    if kind == "none":
        return Known(None)
    if kind == "same" and isinstance(tensor, Symbolic):
        return Symbolic(tensor.dtype, tensor.certain, structured=True)
    return tensor


def call_object(
    state: State, function: ExternalObject, positional: list[Value], keywords: Keywords
) -> Value:
    """Call an instance of an external class: with symbolic tensors it can only be a layer."""
    if function.dotted.startswith(NAMEDTUPLE):
        fields = tuple(function.dotted.removeprefix(NAMEDTUPLE).split(","))
        values = {**dict(zip(fields, positional)), **keywords}
        return Sequence(
            [values.get(name, Opaque()) for name in fields], kind="namedtuple", fields=fields
        )
    arguments = [*positional, *keywords.values()]
    if any(holds_symbolic(argument) for argument in arguments):
        certain = keras_names.is_class_name(keras_names.last_part(function.dotted))
        return Symbolic("unknown", certain, structured=True)
    if any(isinstance(argument, Parameter) for argument in arguments):
        return Opaque()
    return Opaque()
