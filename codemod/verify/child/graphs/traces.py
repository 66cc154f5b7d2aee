"""Tracing a Keras model to the keys of its graphs."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from ..capture.keras_generation import is_keras_3
from ..numbers.gradients import loss_of
from ..numbers.inputs import Sample, inputs_in_order, pack_inputs, sizes_of_input
from ..numbers.seeds import seed_python
from ..numbers.weights import Key, weights_by_key
from .flags import asks_for_training, can_tell_training
from .keys import GraphKeys, Tables, keys_of_graph
from .nodes import GRADIENT
from .rules import shape_of
from .sources import NotUnderstood, Source, capture_sources, metric_sources, weight_sources

FORWARD, TRAINING, GRADIENTS = "forward", "training", "gradients"
# A model is a layer, too: whoever gives it what an Embedding made gives it a mask.
MASKED = "masked"
# How Keras 3 runs a model that is called without the argument; a layer that is given one keeps it
# then, and not in the other graphs.
BY_DEFAULT = "training not given"
SEQUENCES = 3
"""The rank of a batch of sequences of vectors."""
Structure = Dict[str, str]
"""What a graph returns by name, such as "output 0", and of which kind it is."""


@dataclass
class Mode:
    """One graph of a model, with TensorFlow's own."""

    name: str
    keys: GraphKeys
    structure: Structure
    graph: Any

    def as_json(self) -> Dict[str, Any]:
        """What another process needs of it."""
        keys = [self.keys.outputs, self.keys.effects]
        return {"name": self.name, "keys": keys, "structure": self.structure}


@dataclass
class Trace:
    """The graphs of one model without and with training, under Keras 3 also with neither said.

    And with masks, where inputs are sequences of vectors. Where an op has a gradient of its own,
    the gradients are one more. Those of TensorFlow's ops follow from the op: equal graphs have
    equal ones.
    """

    modes: List[Mode] = field(default_factory=list)
    tables: Tables = field(default_factory=Tables)
    assumptions: List[str] = field(default_factory=list)


def trace_model(
    tf: Any, model: Any, names: Dict[Key, Key], sample: Optional[Sample] = None
) -> Trace:
    """Trace ``model``, for the sizes of ``sample`` or for all that its inputs allow.

    ``names`` gives the key of the other model for each weight. Losses that layers add and the
    masks of outputs are part of what a model returns here. Raises what the model raises, and
    ``NotUnderstood``.
    """
    inputs = inputs_in_order(model)
    specs = [_spec(tf, tensor, index, sample) for index, tensor in enumerate(inputs)]
    own = weights_by_key(model)
    weights = {**metric_sources(model), **weight_sources(own, names)}
    trace = Trace()
    _add_mode(tf, FORWARD, _forward(tf, model, False), specs, weights, trace)
    for name, training in _other_ways():
        if _tells_apart(model, name):
            _add_mode(tf, name, _forward(tf, model, training), specs, weights, trace)
        else:
            forward = trace.modes[0]
            trace.modes.append(Mode(name, forward.keys, forward.structure, forward.graph))
    if any(map(_may_have_mask, specs)):
        _add_masked(tf, model, specs, weights, trace)
    if any(GRADIENT in attributes for attributes in trace.tables.attributes.values()):
        backward = _backward(tf, model, own, names)
        _add_mode(tf, GRADIENTS, backward, specs, weights, trace)
    return trace


def _may_have_mask(spec: Any) -> bool:
    """Whether an input is sequences of vectors: those that an Embedding makes."""
    shape = getattr(spec, "shape", None)
    return getattr(shape, "rank", None) == SEQUENCES and spec.dtype.is_floating


def _add_masked(
    tf: Any, model: Any, specs: Sequence[Any], weights: Dict[int, Source], trace: Trace
) -> None:
    """Add the graph of the model where those inputs have masks that may have them."""
    masks = [
        (index, tf.TensorSpec(spec.shape[:-1], tf.bool, "mask_%d" % index))
        for index, spec in enumerate(specs)
        if _may_have_mask(spec)
    ]
    forward = _forward(tf, model, False)

    def call(values: List[Any], structure: Structure) -> Any:
        tensors, given = values[: len(specs)], values[len(specs) :]
        for (index, _), mask in zip(masks, given):
            tensors[index] = tf.identity(tensors[index])
            tensors[index]._keras_mask = mask
        return forward(tensors, structure)

    try:
        _add_mode(tf, MASKED, call, [*specs, *(mask for _, mask in masks)], weights, trace)
    except NotUnderstood:
        raise
    except Exception as error:
        # That it takes no mask is as good as what it does with one.
        structure = {"the model with masks": "an error (%s)" % type(error).__name__}
        trace.modes.append(Mode(MASKED, GraphKeys([], []), structure, None))


def _other_ways() -> List[Tuple[str, Optional[bool]]]:
    """How a model is traced beside without training."""
    ways: List[Tuple[str, Optional[bool]]] = [(TRAINING, True)]
    return [*ways, (BY_DEFAULT, None)] if is_keras_3() else ways


def _tells_apart(model: Any, way: str) -> bool:
    if not is_keras_3():
        return True
    return asks_for_training(model) if way == BY_DEFAULT else can_tell_training(model)


Call = Callable[[List[Any], Structure], Any]


def _forward(tf: Any, model: Any, training: Optional[bool]) -> Call:
    def call(values: List[Any], structure: Structure) -> Any:
        result = model(pack_inputs(tf, model, values), training=training)
        losses = list(model.losses)
        masks = [getattr(leaf, "_keras_mask", None) for leaf in tf.nest.flatten(result)]
        structure["the structure of the outputs"] = _structure(tf, result)
        structure["the number of losses"] = str(len(losses))
        for index, mask in enumerate(masks):
            structure["the mask of output %d" % index] = "None" if mask is None else "a mask"
        return result, losses, masks

    return call


def _backward(tf: Any, model: Any, weights: Dict[Key, Any], names: Dict[Key, Key]) -> Call:
    by_id = {id(weight): (names[key], weight) for key, weight in reversed(list(weights.items()))}
    trainable = {id(weight) for weight in model.trainable_weights}
    sources = sorted(pair for identity, pair in by_id.items() if identity in trainable)

    def call(values: List[Any], structure: Structure) -> Any:
        named = [
            ("input %d" % index, leaf)
            for index, leaf in enumerate(tf.nest.flatten(values, expand_composites=True))
            if leaf.dtype.is_floating or leaf.dtype.is_complex
        ]
        with tf.GradientTape() as tape:
            tape.watch([leaf for _, leaf in named])
            loss = loss_of(tf, model(pack_inputs(tf, model, values), training=True), model.losses)
        named += [("weight %d of `%s` (%d)" % (k[2], k[0], k[1]), weight) for k, weight in sources]
        if loss is None:
            return []
        found = tape.gradient(loss, [source for _, source in named])
        for (name, _), gradient in zip(named, found):
            kind = "None" if gradient is None else _structure(tf, gradient)
            structure["the gradient of %s" % name] = kind
        return [gradient for gradient in found if gradient is not None]

    return call


def _add_mode(
    tf: Any,
    name: str,
    call: Call,
    specs: Sequence[Any],
    weights: Dict[int, Source],
    trace: Trace,
) -> None:
    structure: Structure = {}
    seed_python()

    def traced(*values: Any) -> Any:
        with _converting():
            return call(list(values), structure)

    concrete = tf.function(traced, autograph=False).get_concrete_function(*specs)
    captured = len(concrete.captured_inputs)
    placeholders = concrete.inputs[: len(concrete.inputs) - captured]
    graph = concrete.graph
    graph_def = graph.as_graph_def()
    sources = capture_sources(tf, concrete, graph_def, weights, trace.assumptions)
    for index, tensor in enumerate(placeholders):
        text = "%d of %s %s" % (index, tensor.dtype.name, tensor.shape)
        sources[tensor.op.name] = Source("input", text)
    keys = keys_of_graph(
        graph_def,
        sources,
        [tensor.name for tensor in concrete.outputs],
        [operation.name for operation in graph.control_outputs],
        trace.tables,
        lambda name: shape_of(graph, name),
    )
    trace.modes.append(Mode(name, keys, structure, graph))


def _converting() -> Any:
    """Let Keras convert the code of layers as it does in ``fit`` and ``predict``.

    It asks the function around, whose own code is ours and not to be converted.
    """
    try:
        from tensorflow.python.autograph.core import (  # type: ignore[import-untyped,unused-ignore]
            ag_ctx,
        )
    except ImportError:
        return contextlib.ExitStack()
    return ag_ctx.ControlStatusCtx(status=ag_ctx.Status.ENABLED)


def _spec(tf: Any, tensor: Any, index: int, sample: Optional[Sample]) -> Any:
    shape = tensor.shape if sample is None else sizes_of_input(tensor, sample)
    spec = getattr(tensor, "type_spec", None)
    name = "input_%d" % index
    if spec is None or type(spec).__name__ == "TensorSpec":
        return tf.TensorSpec(shape, tensor.dtype, name)
    return spec


def _structure(tf: Any, value: Any) -> str:
    if isinstance(value, dict):
        parts = ["%s: %s" % (key, _structure(tf, item)) for key, item in sorted(value.items())]
        return "{%s}" % ", ".join(parts)
    if isinstance(value, (list, tuple)):
        parts = [_structure(tf, item) for item in value]
        return ("[%s]" if isinstance(value, list) else "(%s)") % ", ".join(parts)
    if value is None:
        return "None"
    kind = type(value).__name__
    return kind if kind in ("RaggedTensor", "SparseTensor", "IndexedSlices") else "tensor"
