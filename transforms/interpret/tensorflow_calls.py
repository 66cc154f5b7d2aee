"""Calls of TensorFlow and Keras: raw ops, layers, models and inputs."""

from __future__ import annotations

import ast
from functools import cache

from transforms.interpret.binding import hands_on_keywords
from transforms.interpret.joins import join, join_all
from transforms.interpret.leaves import (
    any_symbolic,
    contents,
    leaves,
    may_lack,
    may_lack_symbolic,
    parameters_in,
    symbolic_parts,
)
from transforms.interpret.objects import Function
from transforms.interpret.openness import opened
from transforms.interpret.ops import record_op
from transforms.interpret.registry import Call, apply
from transforms.interpret.results import structured
from transforms.interpret.state import State
from transforms.interpret.structures import Sequence, alternatives
from transforms.interpret.value_kinds import Kind
from transforms.interpret.values import (
    EAGER,
    NONE,
    OF_OPTIONS,
    OPAQUE,
    PLAIN,
    VARIABLE,
    CompiledFunction,
    Eager,
    External,
    ExternalObject,
    Known,
    LayerValue,
    Opaque,
    Parameter,
    Symbolic,
    Value,
    keras_layer,
)
from transforms.knowledge import keras_names, tf_catalog, tf_names
from transforms.knowledge.result_rules import Structure, dtype_rule
from transforms.knowledge.result_rules import structure as structure_of

NOT_IN_TF = frozenset({"policy", "floatx", "unknown", OF_OPTIONS})
"""Names of dtypes that only the analysis knows."""
RETURNING_LISTS = frozenset({"MultiHeadAttention", "Attention", "AdditiveAttention", "Lambda"})
TABLES = frozenset(
    {"IntegerLookup", "StringLookup", "Hashing", "CategoryEncoding", "Discretization"}
)
_OFF = (Known(False), NONE)
# Arguments of ``Input`` beside ``dtype`` that bring a dtype.
_SAYING_DTYPES = frozenset({"tensor", "input_tensor", "type_spec"})


def call_keras(state: State, call: Call, function: External) -> Value | None:
    """Call a class or function of Keras that builds models; None where ``function`` is none."""
    dotted = function.dotted
    kind = _kind(dotted)
    if kind is None:
        return None
    if kind == "input":
        return Symbolic(_input_dtype(call))
    if kind == "model":
        return _model(dotted, call)
    if kind == "layer":
        return _layer(state, dotted, call)
    if kind == "functional":
        state.applied_layer(parameters_in(call.arguments))
        return Symbolic() if any_symbolic(call.arguments) else EAGER
    return _activation(call.first or OPAQUE)


@cache
def _kind(dotted: str) -> str | None:
    """What of Keras ``dotted`` names that builds models."""
    if keras_names.is_input(dotted):
        return "input"
    if keras_names.makes_model(dotted):
        return "model"
    if keras_names.is_layer_class(dotted):
        return "layer"
    if keras_names.is_functional_layer(dotted):
        return "functional"
    return "activation" if keras_names.keras_path(dotted) == "activations.get" else None


@cache
def _is_tensorflow(dotted: str) -> bool:
    return (
        keras_names.is_tensorflow(dotted)
        or keras_names.is_backend(dotted)
        or keras_names.is_keras_function(dotted)
    )


def _input_dtype(call: Call) -> str:
    """The dtype of an ``Input``; by place it stands elsewhere in each generation."""
    is_given_else = len(call.positional) > 2 or not _SAYING_DTYPES.isdisjoint(call.keywords)
    return "unknown" if is_given_else else _dtype_of(call, "floatx")


def _dtype_of(call: Call, default: str) -> str:
    """The dtype that a call is given by name."""
    value = call.keywords.get("dtype")
    if "dtype" in call.optional:
        return "unknown"
    if value is None and call.loose is not None:
        return "unknown"
    if value is None and hands_on_keywords(call):
        return OF_OPTIONS if default == "policy" else "unknown"
    return _literal_dtype(value, default)


def _literal_dtype(value: Value | None, default: str) -> str:
    if value is not None and value.open:
        # Callers may give another one.
        return "unknown"
    if value is None or value == NONE:
        return default
    if isinstance(value, Known) and isinstance(value.value, str):
        return value.value
    if isinstance(value, External):
        return keras_names.last_part(value.dotted)
    return "unknown"


def _layer(state: State, dotted: str, call: Call) -> Value:
    name = keras_names.last_part(dotted)
    structured = keras_names.keras_path(dotted) is None or name == "Layer"
    if name in keras_names.RECURRENT:
        returned = call.keywords.get("return_state")
        inner = call.first
        structured = (returned is not None and returned not in _OFF) or (
            name == "Bidirectional" and isinstance(inner, LayerValue) and inner.structured
        )
    elif name in RETURNING_LISTS | keras_names.WRAPPERS:
        structured = True
    gives = _several(_given_by_lambda(state, call), Eager) if name == "Lambda" else None
    default = "unknown" if name in TABLES | {"Lambda"} else "policy"
    dtype = _dtype_of(call, default)
    if gives is None:
        return keras_layer(dotted, dtype, structured)
    return LayerValue(dotted, dtype, structured, gives=gives)


def _given_by_lambda(state: State, call: Call) -> Value:
    """What the function of a Lambda layer makes of a tensor."""
    function = call.argument(0, "function")
    if not isinstance(function, (Function, External)) or "arguments" in call.keywords:
        return OPAQUE
    with state.inside_layer():
        return apply(state, call.given(EAGER), function)


def _several(value: Value, kind: type[Value]) -> Value | None:
    """The KerasTensors of a model or layer that gives ``value``, where it gives several of them."""
    content = contents(value)
    if not isinstance(content, Sequence) or not content.parts:
        return None
    if not all(isinstance(item, kind) for part in content.parts for item in alternatives(part)):
        return None
    if content.items is None:
        return Sequence(None, Symbolic("unknown"))
    # One output in a list comes out as it is.
    items = tuple(Symbolic("unknown") for _ in content.items)
    return Sequence(items) if len(items) > 1 else None


def _model(dotted: str, call: Call) -> Value:
    outputs = call.argument(1, "outputs")
    single = (
        keras_names.is_application(dotted)
        or (outputs is not None and outputs.kinds == Kind.SYMBOLIC)
        or keras_names.last_part(dotted) == "Sequential"
    )
    several = None if single or outputs is None else _several(outputs, Symbolic)
    return LayerValue(dotted, "policy", structured=not single, is_model=True, gives=several)


def _activation(name: Value) -> Value:
    results: list[Value] = []
    for item in alternatives(name):
        if isinstance(item, Known) and isinstance(item.value, str):
            results.append(External(f"keras.activations.{item.value}"))
        elif item == NONE:
            results.append(External("keras.activations.linear"))
        elif isinstance(item, (External, Function, LayerValue)):
            results.append(item)
        else:
            results.append(External(tf_catalog.UNKNOWN_ACTIVATION))
    return opened(join_all(results), name.open)


def call_tensorflow(state: State, call: Call, function: External) -> Value | None:
    """Call a function of TensorFlow; None where ``function`` is none of it."""
    dotted = function.dotted
    if not _is_tensorflow(dotted):
        return None
    is_function = keras_names.is_keras_function(dotted)
    if keras_names.last_part(dotted) == "Variable":
        return VARIABLE
    path = keras_names.keras_path(dotted)
    if path == "activations.linear":
        return call.first or OPAQUE
    key = tf_catalog.canonical(dotted)
    parts = [part for argument in call.arguments for part in symbolic_parts(argument)]
    if key in tf_names.VARIABLES and not parts:
        return VARIABLE
    if not (tf_catalog.is_op(key) or is_function):
        return _python_function(dotted, call)
    if not parts:
        return _on_other_values(state, call, key)
    certain = any(part.certain for part in parts)
    is_activation = path is not None and path.startswith("activations.")
    if call.node is not None:
        record_op(state, call.node, (key,), is_activation, certain, function.open)
    dtype = parts[0].dtype if is_activation else _result_dtype(key, call, parts)
    structure = Structure(kind="tensor") if is_activation else structure_of(key)
    made = structured(structure, Symbolic(dtype, certain))
    return join(made, structured(structure, EAGER)) if may_lack_symbolic(call.arguments) else made


def _on_other_values(state: State, call: Call, key: str) -> Value:
    """What an op gives without a KerasTensor in sight.

    An op on a parameter counts as that parameter, so that a layer applied to it tells of it. What
    an op makes of a shape or of a file tells nothing: neither is a tensor.
    """
    made = structured(structure_of(key), EAGER)
    if key in tf_names.MADE_OF_SHAPES or key.startswith(tf_names.MADE_OF_FILES):
        return made
    given = [item for argument in call.arguments for item in leaves(argument)]
    kinds: tuple[tuple[type[Value], ...], ...] = ((Parameter,), (Opaque, ExternalObject))
    for unknown in kinds:
        found = next((item for item in given if isinstance(item, unknown)), None)
        if found is not None:
            return join(found, made) if may_lack(call.arguments, unknown) else found
    if call.node is not None:
        state.runs_eagerly(call.node)
    return made


def _python_function(dotted: str, call: Call) -> Value:
    name = keras_names.last_part(dotted)
    if name == "function":
        # Given its options alone it makes the decorator.
        return External(dotted) if call.first is None else CompiledFunction(call.first)
    return PLAIN if keras_names.is_backend(dotted) else ExternalObject(dotted)


def _result_dtype(key: str, call: Call, parts: list[Symbolic]) -> str:
    arguments = {**dict(zip(tf_catalog.signature(key), call.positional)), **call.keywords}
    source = parts
    for name in tf_catalog.dtype_parameters(key):
        found = symbolic_parts(arguments[name]) if name in arguments else []
        if found:
            source = found
            break
    own = _common_dtype(source)
    rule = dtype_rule(key, None if own in NOT_IN_TF else own)
    if rule.parameter is not None:
        given = arguments.get(rule.parameter)
        if given is not None and given != NONE:
            return _literal_dtype(given, "unknown")
    return own if rule.otherwise == "same" else rule.otherwise


def _common_dtype(tensors: list[Symbolic]) -> str:
    """The dtype of tensors that an op takes together, which TensorFlow makes one."""
    dtypes = {tensor.dtype for tensor in tensors}
    if dtypes == {"policy", "floatx"}:
        return "floatx"
    return dtypes.pop() if len(dtypes) == 1 else "unknown"


def call_library(state: State, node: ast.Call, dotted: str) -> Value:
    """Call a function of Keras whose own code applies raw ops."""
    record_op(state, node, (dotted,), False, True)
    state.op(node).library = True
    return Symbolic("unknown", structured=True)
