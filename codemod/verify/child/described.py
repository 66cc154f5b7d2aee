"""What is told of a model as it was built."""

from __future__ import annotations

import contextlib
import math
import re
from typing import Any

from .capture.captured import Capture, CapturedModel
from .capture.raw_ops import is_op_layer
from .layer_graph import layer_graph
from .layers import leaf_layers, weights_of
from .numbers.weights import weight_order
from .protocol import DescribedModel, Job

# Keras 3 counts all tensors of a process.
NUMBERED = re.compile(r"keras_tensor_\d+")
NO_LOSSES = (
    "Keras 3 takes no symbolic losses and metrics, so what the model is given is not compared"
)
GRAPHS = "_graphs.json"
"""The end of the name of a file that holds the graphs of one model."""


def describe(captured: CapturedModel, job: Job) -> DescribedModel:
    """Names, places, inputs, weights and raw ops of a model, and its layers for who draws them."""
    model = captured.model
    described: DescribedModel = {
        "name": captured.name,
        "line": captured.line,
        "builder": captured.builder,
        "variant": captured.variant,
        "call": captured.call,
        "place": [[path, line] for path, line in captured.place],
        "statement": captured.frames[0][1] if captured.frames else 0,
        "inputs": [_signature(tensor) for tensor in model.inputs],
        "order": weight_order(model),
        "raw_ops_left": sum(is_op_layer(layer) for layer in leaf_layers(model)),
        "parameters": _parameters(model),
    }
    if job.get("draws"):
        # A picture decides nothing.
        with contextlib.suppress(Exception):
            described["layers"] = layer_graph(model)
    return described


def _parameters(model: Any) -> int:
    """How many numbers the weights hold; a shared layer counts once."""
    weights = {id(w): w for layer in leaf_layers(model) for w in weights_of(layer)}
    return sum(math.prod(int(size) for size in weight.shape) for weight in weights.values())


def _signature(tensor: Any) -> str:
    """Name, dtype and sizes of an input; Keras 3 gives other names."""
    dtype = tensor.dtype if isinstance(tensor.dtype, str) else tensor.dtype.name
    name = NUMBERED.sub("keras_tensor", str(getattr(tensor, "name", "")))
    return "`%s` of %s %s" % (name, dtype, tensor.shape)


def missing_parts(captured: CapturedModel, capture: Capture) -> str:
    """What a model should have and this Keras has refused; empty where there is no such thing."""
    if any(model is captured.model for model in capture.without_losses):
        return NO_LOSSES
    return ""


def is_repeated(captured: CapturedModel, capture: Capture) -> bool:
    """Whether it is a variant of an earlier model, of which gradients and saving are checked."""
    earlier = capture.models[: capture.models.index(captured)]
    return bool(captured.variant) and any(one.builder == captured.builder for one in earlier)
