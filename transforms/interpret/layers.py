"""Calls of Keras layers and models, and what they say of the values that they are given."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from transforms.interpret import limits
from transforms.interpret.contexts import Context
from transforms.interpret.data_functions import is_on_data
from transforms.interpret.heap import Heap
from transforms.interpret.joins import join, join_all
from transforms.interpret.leaves import (
    any_symbolic,
    may_lack_symbolic,
    parameters_in,
    symbolic_parts,
)
from transforms.interpret.lists import Dict, List
from transforms.interpret.objects import Function, Instance, Scope, method_of
from transforms.interpret.registry import Behaviour, Call, apply, behaviour, not_an_op
from transforms.interpret.state import State
from transforms.interpret.structures import Mapping, OneOf, Sequence, alternatives, holds_symbolic
from transforms.interpret.summaries import call_function
from transforms.interpret.values import (
    EAGER,
    OPAQUE,
    PLAIN,
    WEIGHT,
    BoundMethod,
    Eager,
    LayerValue,
    Opaque,
    Parameter,
    Symbolic,
    Value,
    VariableValue,
    keras_tensor,
)
from transforms.knowledge import keras_names

MODEL_TENSORS = frozenset({"output", "input"})
MODEL_TENSOR_LISTS = frozenset({"outputs", "inputs"})
WEIGHT_LISTS = frozenset({"weights", "trainable_weights", "variables", "trainable_variables"})
TELLING_SHAPES = ("compute_output_shape", "compute_output_spec")
"""Methods without which Keras 3 runs ``call`` to know what comes out."""
WEIGHTS = frozenset({"kernel", "bias", "embeddings", "gamma", "beta"})
PYTHON_ATTRIBUTES = frozenset(
    {"output_shape", "input_shape", "name", "trainable", "dtype", "compute_dtype"}
)


def layer_attribute(owner: LayerValue, name: str) -> Value:
    """``owner.name``."""
    if name in MODEL_TENSORS:
        return Symbolic(structured=owner.is_model and owner.structured)
    if name in MODEL_TENSOR_LISTS:
        return Sequence(None, Symbolic())
    if name == "layers":
        return Sequence(None, LayerValue("keras.layers.Layer", structured=True))
    if name in WEIGHT_LISTS:
        return Sequence(None, WEIGHT)
    if name in WEIGHTS:
        return WEIGHT
    return PLAIN if name in PYTHON_ATTRIBUTES else BoundMethod(owner, name)


@behaviour(LayerValue)
class _Layers(Behaviour):
    def call(self, state: State, call: Call, owner: Value) -> Value:
        assert isinstance(owner, LayerValue)
        not_an_op(state, call)
        return call_layer(state, call.flat(), owner)

    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        assert isinstance(owner, LayerValue)
        return layer_attribute(owner, name)

    def method(self, state: State, call: Call, owner: Value, name: str) -> Value:
        assert isinstance(owner, LayerValue)
        if name == "__call__":
            return apply(state, call._replace(node=None), owner)
        if name == "get_layer":
            return LayerValue("keras.layers.Layer", structured=True)
        if name in {"get_output_at", "get_input_at"}:
            return Symbolic(structured=True)
        state.escape(call.arguments)
        if name == "compute_mask" and any(map(holds_symbolic, call.arguments)):
            # It may be None, too.
            return keras_tensor("bool", certain=False, structured=False)
        return OPAQUE


def call_layer(state: State, call: Call, layer: LayerValue) -> Value:
    """Call a layer or model of Keras."""
    arguments = [*call.positional[:2], *call.keywords.values()]
    if keras_names.last_part(layer.dotted) == "Lambda":
        _note_scalings(state, arguments)
    if len(arguments) == 1 and all(map(_is_tensor, alternatives(arguments[0]))):
        return _given_tensors(layer, arguments)
    inside = _is_inside_layer(call.scope)
    # A model that was saved is as often given data.
    is_of_data = keras_names.is_preprocessing(layer.dotted) or keras_names.is_saved(layer.dotted)
    shown = is_made_here(call) and not is_of_data and not inside
    if shown:
        state.applied_layer(parameters_in(arguments))
    tensors = [value for value in arguments if holds_symbolic(value)]
    if tensors:
        made = _given_tensors(layer, tensors)
        return join(made, EAGER) if may_lack_symbolic(tensors) else made
    is_given = any(isinstance(item, Parameter) for item in arguments)
    if state.layer_depth == 0 and is_given and not inside:
        return Symbolic(layer.dtype, certain=shown, structured=layer.structured)
    if shown and OPAQUE in arguments and _may_build_models(state, call.scope):
        return Symbolic(layer.dtype, certain=False, structured=layer.structured)
    return EAGER if arguments else OPAQUE


def _given_tensors(layer: LayerValue, tensors: Iterable[Value]) -> Value:
    """What a layer makes of ``tensors``."""
    certain = _is_certain(tensors)
    if layer.gives is not None and certain:
        return layer.gives
    return keras_tensor(layer.dtype, certain, layer.structured)


def _is_tensor(value: Value) -> bool:
    return type(value) is Symbolic


def _is_inside_layer(scope: Scope) -> bool:
    """Whether Keras calls the function: it is given no KerasTensors, whoever runs it in sight."""
    is_layer = scope.owner is not None and scope.owner.role == "layer"
    # Keras gives its own ``__call__`` KerasTensors, and so it does one that overrides it.
    return is_layer and getattr(scope.function, "name", "") != "__call__"


def _may_build_models(state: State, scope: Scope) -> bool:
    """Whether a function nobody calls may be given KerasTensors.

    Methods of layers are not, nor what asks for numbers.
    """
    inside = scope.owner is not None and scope.owner.role in {"layer", "function"}
    if state.layer_depth > 0 or scope.function is None or inside:
        return False
    return not is_on_data(scope.function)


def _is_certain(arguments: Iterable[Value]) -> bool:
    """Whether a layer given ``arguments`` surely gives a KerasTensor.

    So it does for what an unknown function made of KerasTensors: to a layer it is one.
    """
    return any(
        part.certain or part.structured
        for argument in arguments
        for part in symbolic_parts(argument)
    )


def is_made_here(call: Call) -> bool:
    """Whether the layer that is called is one that this function makes.

    Only code that builds a model makes layers as it goes; layers that stand ready are also called
    on batches of data, by code that trains or predicts.
    """
    if call.node is None:
        return False
    function = call.node.func
    if not isinstance(function, ast.Name):
        return not isinstance(function, ast.Attribute)
    inner: Scope | None = call.scope
    while inner is not None and inner.function is not None:
        if inner.function is not call.scope.function:
            return False
        if inner.heap.read(inner, function.id) is not None:
            return function.id not in inner.parameters
        inner = inner.parent
    return False


def is_layer_call(scope: Scope, function: Function, receiver: Instance) -> bool:
    """Whether ``function`` is what an analysed layer or model runs when it is called.

    A ``__call__`` of its own that runs it gives it KerasTensors: Keras is not between them.
    """
    is_called = receiver.cls.role in {"layer", "model"}
    by_hand = getattr(scope.function, "name", "") == "__call__" and scope.owner is not None
    return is_called and not by_hand and function is method_of(receiver.cls, "call")


def call_through_keras(state: State, call: Call, instance: Instance) -> Value:
    """``Layer.__call__`` on an instance of an analysed layer or model."""
    not_an_op(state, call)
    if is_made_here(call):
        state.applied_layer(parameters_in(list(call.positional)))
    symbolic = any_symbolic(call.arguments)
    body = method_of(instance.cls, "call")
    if body is None:
        return Symbolic(structured=True) if symbolic else EAGER
    if not any(method_of(instance.cls, name) for name in TELLING_SHAPES):
        _note_scalings(state, call.arguments)
    inside = call._replace(
        positional=(instance, *(eager_counterpart(state, value) for value in call.positional)),
        keywords={name: eager_counterpart(state, v) for name, v in call.keywords.items()},
    )
    with state.inside_layer():
        result = call_function(state, inside, body)
    return symbolic_counterpart(state, result) if symbolic else result


def _note_scalings(state: State, arguments: Iterable[Value]) -> None:
    """Keras 3 runs the layer's ``call`` on a sparse tensor where it is given a product."""
    for argument in arguments:
        for part in symbolic_parts(argument):
            for scaling in part.scalings:
                state.op(scaling).native = False


def eager_counterpart(state: State, value: Value) -> Value:
    """What a layer's ``call`` sees of an argument."""
    return _eager(state, value, 0, {})


def _eager(state: State, value: Value, depth: int, seen: dict[tuple[Value, int], Value]) -> Value:
    """``seen`` are those already made: lists that hold one another have ever more paths."""
    if isinstance(value, (Symbolic, Parameter, Opaque)) or depth > limits.NESTING:
        return EAGER
    made = seen.get((value, depth))
    if made is not None:
        return made
    if isinstance(value, OneOf):
        made = join_all(_eager(state, item, depth, seen) for item in value.alternatives)
    elif isinstance(value, Sequence):
        made = _mapped(value, lambda item: _eager(state, item, depth + 1, seen))
    elif isinstance(value, List):
        content = _mapped(value.content, lambda item: _eager(state, item, depth + 1, seen))
        made = state.new_list(content, value, "eager")
    elif isinstance(value, Dict):
        entries = _entries(value.content, lambda item: _eager(state, item, depth + 1, seen))
        made = state.new_dict(entries, value, "eager")
    else:
        return value
    seen[value, depth] = made
    return made


def symbolic_counterpart(state: State, value: Value, depth: int = 0) -> Value:
    """What Keras makes of the result of a layer's ``call`` on KerasTensors."""
    if isinstance(value, (Eager, VariableValue)):
        return Symbolic()
    if depth > limits.NESTING:
        return Symbolic(structured=True)
    if isinstance(value, OneOf):
        parts = [symbolic_counterpart(state, item, depth) for item in value.alternatives]
        tensors = [part for part in parts if isinstance(part, Symbolic)]
        # One tensor or another: the same to those who take it.
        return Symbolic(structured=True) if len(tensors) == len(parts) else join_all(parts)
    if isinstance(value, Sequence):
        return _mapped(value, lambda item: symbolic_counterpart(state, item, depth + 1))
    if isinstance(value, List):
        content = _mapped(value.content, lambda i: symbolic_counterpart(state, i, depth + 1))
        return state.new_list(content, value, "symbolic")
    if isinstance(value, Dict):
        entries = _entries(value.content, lambda i: symbolic_counterpart(state, i, depth + 1))
        return state.new_dict(entries, value, "symbolic")
    if isinstance(value, Instance) and value.cls.role == "plain":
        return _symbolic_record(state, value, depth)
    return Symbolic(structured=True)


def _symbolic_record(state: State, value: Instance, depth: int) -> Value:
    """A dataclass that a layer returns, its tensors as Keras gives them back."""

    def make(heap: Heap, context: Context) -> Instance:
        return Instance(heap, context, value.cls)

    made = state.place((value, "symbolic"), make)
    cells = {
        name: symbolic_counterpart(state, cell, depth + 1)
        if isinstance(cell, (Eager, VariableValue, Sequence, List, Dict, OneOf))
        else cell
        for name in value.heap.names(value)
        if (cell := state.heap.read(value, name)) is not None
    }
    state.heap.allocate(made, cells.items())
    return made


def _mapped(content: Sequence, change: object) -> Sequence:
    assert callable(change)
    items = None if content.items is None else tuple(change(item) for item in content.items)
    rest = None if content.rest is None else change(content.rest)
    return Sequence(items, rest, content.kind, content.fields)


def _entries(content: Mapping, change: object) -> Mapping:
    assert callable(change)
    rest = None if content.rest is None else change(content.rest)
    entries = {key: change(item) for key, item in content.entries.items()}
    return Mapping(entries, rest, content.optional)
