"""Recording the frame of a model as plain data, for another process to compare."""

from __future__ import annotations

import sys
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from ..capture.assigned import Values
from ..capture.automatic_names import AutomaticNames
from ..capture.raw_ops import is_op_layer
from ..layers import leaf_layers, weights_of
from ..numbers.vocabularies import vocabularies
from ..numbers.weights import weights_by_key
from ..protocol import Frame, LayerFrame, TensorFrame, WeightFrame
from .plain import config_of, function_digest, is_plain, shown
from .positions import made_by, places, sources
from .shapes_said import wrong_shape
from .training import given_to_training

STEPS = (
    "train_step test_step predict_step compute_loss compute_metrics make_train_function "
    "make_test_function make_predict_function compile fit call"
).split()
REGISTERED = "the registered name"
LIBRARIES = ("keras", "tf_keras", "tensorflow")
# What Keras itself keeps in a model (tf-keras 2.21, compiled).
OF_KERAS = frozenset(
    "built compiled_loss compiled_metrics history input_names inputs input_spec loss optimizer "
    "output_names outputs stateful steps_per_execution stop_training supports_masking".split()
)


def models_by_weight(models: Sequence[Any]) -> Dict[int, List[str]]:
    """The names of the ``models`` that hold each weight: training one changes the others."""
    found: Dict[int, List[str]] = {}
    for model in models:
        for held in {id(weight) for layer in leaf_layers(model) for weight in weights_of(layer)}:
            found.setdefault(held, []).append(str(model.name))
    return found


def frame_of(
    model: Any, values: Values, automatic: AutomaticNames, holders: Dict[int, List[str]]
) -> Frame:
    """What the user sees of ``model``: names, kinds, structure, configurations, ``trainable``.

    ``values`` says where weights got theirs from, ``automatic`` which names are Keras's,
    ``holders`` which models hold a weight.
    """
    layers = _all_layers(model)
    return {
        "name": str(model.name),
        "kind": type(model).__name__,
        "trainable": bool(model.trainable),
        "steps": _own_steps(model),
        "input_structure": structure_of(_nested(model, "inputs")),
        "output_structure": structure_of(_nested(model, "outputs")),
        "inputs": _tensors(model.inputs, _input_names(model), layers),
        "outputs": _tensors(model.outputs, model.output_names, layers),
        "layers": _layers(model, layers, automatic),
        "weights": _weights(model, values, holders),
        "vocabularies": vocabularies(model),
        "metrics": [str(metric.name) for metric in model.metrics],
        "training": given_to_training(model),
        "all_layers": [str(layer.name) for layer in model.layers],
        "raw_layers": [str(layer.name) for layer in model.layers if is_op_layer(layer)],
    }


def _nested(model: Any, word: str) -> Any:
    """The inputs or outputs in their structure; Keras 3 has it under another name."""
    return getattr(model, "_nested_" + word, getattr(model, "_%s_struct" % word, None))


def structure_of(value: Any) -> str:
    """The structure of nested tensors: ``[_, {a: _}]``."""
    if isinstance(value, dict):
        return "{%s}" % ", ".join("%s: %s" % (k, structure_of(v)) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        parts = ", ".join(map(structure_of, value))
        return ("[%s]" if isinstance(value, list) else "(%s)") % parts
    return "_"


def _input_names(model: Any) -> List[str]:
    """What Keras 2 keeps in a list; Keras 3 calls an input like its layer, or has a number."""
    names = getattr(model, "input_names", None)
    return names or [str(tensor._keras_history.operation.name) for tensor in model.inputs]


def _tensors(tensors: List[Any], names: List[str], layers: List[Any]) -> List[TensorFrame]:
    places_of = places(layers)
    return [_tensor(tensor, str(name), places_of) for tensor, name in zip(tensors, names)]


def _tensor(tensor: Any, name: str, places_of: Dict[int, int]) -> TensorFrame:
    dtype = tensor.dtype if isinstance(tensor.dtype, str) else tensor.dtype.name
    spec = getattr(tensor, "type_spec", None)
    kind = "" if spec is None else type(spec).__name__.replace("Spec", "")
    history = getattr(tensor, "_keras_history", None)
    layer = getattr(history, "layer", getattr(history, "operation", None))
    return {
        "name": name,
        "text": "%s of %s %s" % (kind or "Tensor", dtype, tensor.shape),
        "raw": layer is not None and is_op_layer(layer),
        "first": _first_input(history, layer),
        "made_by": made_by(tensor, places_of),
    }


def _first_input(history: Any, layer: Any) -> str:
    """The name of the layer from which ``layer`` has its first input, ``""`` where it has none."""
    nodes = getattr(layer, "_inbound_nodes", [])
    index = getattr(history, "node_index", 0)
    if index >= len(nodes):
        return ""
    inputs = getattr(nodes[index], "keras_inputs", None) or getattr(
        nodes[index], "input_tensors", None
    )
    if not isinstance(inputs, (list, tuple)) or not inputs:
        return ""
    before = getattr(inputs[0], "_keras_history", None)
    made_by = getattr(before, "layer", getattr(before, "operation", None))
    return str(getattr(made_by, "name", ""))


def _own_steps(model: Any) -> Dict[str, str]:
    """How a class of the user's trains and runs: its methods, and the numbers that it keeps."""
    found: Dict[str, str] = {}
    if _is_of_library(type(model)):
        return found
    for cls in type(model).__mro__:
        if _is_of_library(cls):
            break
        for name in STEPS:
            function = vars(cls).get(name)
            if hasattr(function, "__code__"):
                found.setdefault(name, function_digest(function))
    for name, value in vars(model).items():
        if not name.startswith("_") and name not in OF_KERAS and is_plain(value):
            found[name] = shown(value)
    return found


def _is_of_library(cls: Any) -> bool:
    return cls.__module__.partition(".")[0] in LIBRARIES


def _layers(model: Any, layers: List[Any], automatic: AutomaticNames) -> List[LayerFrame]:
    models = [model, *filter(_is_model, layers)]
    numbers = [automatic.number_of(layer) for layer in layers]
    return [
        {
            "name": str(layer.name),
            "kind": type(layer).__name__,
            # Without weights there is nothing to train, whatever the flag says.
            "trainable": bool(layer.trainable) if weights_of(layer) else None,
            "config": _config(layer, number),
            "numbered": number,
            "sources": inputs_from,
            "wrong_shape": wrong_shape(layer, _is_of_library),
        }
        for layer, number, inputs_from in zip(layers, numbers, sources(layers, models))
    ]


def _config(layer: Any, number: Optional[int]) -> Dict[str, str]:
    """A configuration, without a name that is Keras's; of a model none.

    That of a model is that of its layers, which are compared one by one.
    """
    if any(map(_is_model, [layer, *_held(layer)])):
        return {}
    found = {
        key: value for key, value in config_of(layer).items() if key != "name" or number is None
    }
    registered = _registered_name(type(layer))
    return found if registered is None else {**found, REGISTERED: registered}


def _registered_name(cls: Any) -> Optional[str]:
    """The name under which saved models find a class of the user's."""
    if _is_of_library(cls):
        return None
    roots = (base.__module__.partition(".")[0] for base in cls.__mro__ if _is_of_library(base))
    library = sys.modules[next(roots)]
    keras = getattr(library, "keras", library)
    return str(keras.utils.get_registered_name(cls))


def _all_layers(model: Any) -> List[Any]:
    """All layers but those of raw ops, each once, what holds layers before these."""
    found: Dict[int, Any] = {}

    def add(layer: Any) -> None:
        if id(layer) not in found and not is_op_layer(layer):
            found[id(layer)] = layer
            for inner in _held(layer):
                add(inner)

    for layer in model.layers:
        add(layer)
    return list(found.values())


def _held(layer: Any) -> List[Any]:
    """The layers in a nested model, and those inside a layer of the user's or a wrapper."""
    if _is_model(layer):
        return list(layer.layers)
    flatten = getattr(layer, "_flatten_layers", None)
    return [] if flatten is None else list(flatten(recursive=False, include_self=False))


def _is_model(layer: Any) -> bool:
    return any(cls.__name__ in ("Functional", "Sequential") for cls in type(layer).__mro__)


def _weights(model: Any, values: Values, holders: Dict[int, List[str]]) -> List[WeightFrame]:
    trainable = {id(weight) for weight in model.trainable_weights}
    return [
        {
            "key": list(key),
            "name": str(weight.name),
            "dtype": str(getattr(weight.dtype, "name", weight.dtype)),
            "shape": str(weight.shape),
            "trainable": id(weight) in trainable,
            "constraint": shown(getattr(weight, "constraint", None)),
            "initializer": shown(values.initializers.get(id(weight), (weight, None))[1]),
            "value": _given_value(weight) if id(weight) in values.assigned else "initial",
            "models": holders.get(id(weight), []),
        }
        for key, weight in weights_by_key(model).items()
    ]


def _given_value(weight: Any) -> str:
    return shown(np.asarray(weight.numpy()))
