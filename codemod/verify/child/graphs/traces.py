"""Tracing a Keras model to the keys of its graphs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Sequence

from ..numbers.inputs import Sample, pack_inputs, sizes_of_input
from ..numbers.weights import Key, weights_by_key
from .keys import GraphKeys, Tables, keys_of_graph
from .rules import rank_of
from .sources import Source, capture_sources, weight_sources

TRAINING = (False, True)


@dataclass
class Trace:
    """The graphs of one model without and with training.

    ``structures`` tells what the model returns, ``graphs`` are those of TensorFlow.
    """

    keys: List[GraphKeys] = field(default_factory=list)
    structures: List[str] = field(default_factory=list)
    tables: Tables = field(default_factory=Tables)
    assumptions: List[str] = field(default_factory=list)
    graphs: List[Any] = field(default_factory=list)


def trace_model(
    tf: Any, model: Any, names: Dict[Key, Key], sample: Optional[Sample] = None
) -> Trace:
    """Trace ``model``, for the sizes of ``sample`` or for all that its inputs allow.

    ``names`` gives the key of the other model for each weight. Losses that layers add are part of
    what a model returns here. Raises what the model raises, and ``NotUnderstood``.
    """
    specs = [_spec(tf, tensor, index, sample) for index, tensor in enumerate(model.inputs)]
    weights = weight_sources(weights_by_key(model), names)
    trace = Trace()
    for training in TRAINING:
        _add_mode(tf, model, specs, training, weights, trace)
    return trace


def _add_mode(
    tf: Any,
    model: Any,
    specs: Sequence[Any],
    training: bool,
    weights: Dict[int, Source],
    trace: Trace,
) -> None:
    def call(*values: Any) -> Any:
        result = model(pack_inputs(tf, model, list(values)), training=training)
        return result, list(model.losses)

    # Layers convert their own code, whatever the function around them says.
    concrete = tf.function(call, autograph=False).get_concrete_function(*specs)
    captured = len(concrete.captured_inputs)
    placeholders = concrete.inputs[: len(concrete.inputs) - captured]
    sources = capture_sources(tf, concrete, weights, trace.assumptions)
    for index, tensor in enumerate(placeholders):
        text = "%d of %s %s" % (index, tensor.dtype.name, tensor.shape)
        sources[tensor.op.name] = Source("input", text)
    graph = concrete.graph
    keys = keys_of_graph(
        graph.as_graph_def(),
        sources,
        [tensor.name for tensor in concrete.outputs],
        [operation.name for operation in graph.control_outputs],
        trace.tables,
        lambda name: rank_of(graph, name),
    )
    trace.keys.append(keys)
    trace.structures.append(_structure(tf, concrete.structured_outputs))
    trace.graphs.append(graph)


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
        return "(%s)" % ", ".join(_structure(tf, item) for item in value)
    if value is None:
        return "None"
    kind = type(value).__name__
    return kind if kind in ("RaggedTensor", "SparseTensor", "IndexedSlices") else "tensor"
