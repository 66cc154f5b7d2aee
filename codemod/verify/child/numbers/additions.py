"""Losses and metrics that a model has beside its outputs."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

import numpy as np

from .forward import Output, run_forward

Arrays = Dict[str, np.ndarray]


def run_with_additions(
    tf: Any, model: Any, inputs: Any, training: bool = False
) -> Tuple[Output, Arrays]:
    """What ``run_forward`` gives, and beside it losses and metrics by name, as Keras has them.

    Losses are neither summed nor reduced; those of regularizers are among them, in Keras's order.
    """
    metrics = _reset_metrics(model)
    output = run_forward(tf, model, inputs, training)
    found = {"loss %d" % index: _array(loss) for index, loss in enumerate(model.losses)}
    for index, metric in enumerate(metrics):
        try:
            found["metric %d" % index] = _array(metric.result())
        except Exception:
            # One of the user's may have no result yet, or another one than a tensor.
            continue
    return output, found


def _array(value: Any) -> np.ndarray:
    return np.asarray(value.numpy())


def _reset_metrics(model: Any) -> List[Any]:
    """The metrics of ``model`` that are in use, as new."""
    metrics = [metric for metric in model.metrics if getattr(metric, "built", True)]
    for metric in metrics:
        # Up to TensorFlow 2.4 it has another name.
        (metric.reset_state if hasattr(metric, "reset_state") else metric.reset_states)()
    return metrics
