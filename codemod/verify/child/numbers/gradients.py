"""Gradients with respect to inputs and weights."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from .seeds import reset_states, set_seeds
from .weight_state import Pairs, label


def gradients(tf: Any, model: Any, inputs: Any, pairs: Pairs) -> Dict[str, np.ndarray]:
    """The gradient of the squares of all float outputs and of the model's losses, summed.

    Without training, with respect to the float inputs and the trainable weights, by name; what
    no output depends on is left out. Squares, since the sum of a softmax is constant.
    """
    named = [
        ("input %d" % index, leaf)
        for index, leaf in enumerate(tf.nest.flatten(inputs, expand_composites=True))
        if isinstance(leaf, tf.Tensor) and leaf.dtype.is_floating
    ]
    trainable = {id(weight) for weight in model.trainable_weights}
    weights = [(label(key), weight) for key, weight in pairs if id(weight) in trainable]
    set_seeds(tf)
    reset_states(model)
    with tf.GradientTape() as tape:
        tape.watch([leaf for _, leaf in named])
        loss = loss_of(tf, model(inputs, training=False), model.losses)
    if loss is None:
        return {}
    named += _distinct(weights)
    found = tape.gradient(loss, [source for _, source in named])
    return {
        name: np.asarray(tf.convert_to_tensor(gradient).numpy())
        for (name, _), gradient in zip(named, found)
        if gradient is not None
    }


def loss_of(tf: Any, result: Any, losses: Sequence[Any]) -> Any:
    """The squares of the float outputs and the losses, summed; None where there are none."""
    leaves = [
        leaf
        for leaf in tf.nest.flatten(result, expand_composites=True)
        if hasattr(leaf, "dtype") and (leaf.dtype.is_floating or leaf.dtype.is_complex)
    ]
    if not leaves and not losses:
        return None
    # float64: squares of float16 overflow early.
    reals = [tf.abs(leaf) if leaf.dtype.is_complex else leaf for leaf in leaves]
    terms = [tf.reduce_sum(tf.square(tf.cast(leaf, tf.float64))) for leaf in reals]
    return tf.add_n([*terms, *(tf.reduce_sum(tf.cast(loss, tf.float64)) for loss in losses)])


def _distinct(weights: List[Tuple[str, Any]]) -> List[Tuple[str, Any]]:
    """Each weight once: a shared layer lists its weights at each of its places."""
    return list({id(weight): (name, weight) for name, weight in reversed(weights)}.values())[::-1]
