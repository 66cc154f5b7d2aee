"""Whether a model's outputs for one example depend on the others in its batch."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from .forward import run_forward
from .stored import storable

TOLERANCE = 1e-3


def mixes_examples(tf: Any, model: Any, inputs: Any, once: Sequence[np.ndarray]) -> bool:
    """Whether the outputs for a batch change when as many examples stand behind it in one call.

    Those are copies of the first one: a second copy of the batch would have the same mean.

    ``once`` are its outputs for ``inputs``. Only outputs whose first size is that of the batch
    are looked at, and only models whose inputs are all dense and free in their first size.
    """
    leaves = tf.nest.flatten(inputs)
    free = all(tensor.shape[0] is None for tensor in model.inputs)
    if not free or not all(isinstance(leaf, tf.Tensor) for leaf in leaves):
        return False
    batch = int(leaves[0].shape[0])
    doubled = tf.nest.map_structure(
        lambda leaf: tf.concat([leaf, tf.repeat(leaf[:1], batch, 0)], 0), inputs
    )
    try:
        _, twice = run_forward(tf, model, doubled)
    except Exception:
        # A model made for some sizes of batches only; nothing is claimed about it.
        return False
    for left, right in zip(once, twice):
        if not left.ndim or left.shape[0] != batch or right.shape[0] != 2 * batch:
            continue
        first = storable(right[:batch])
        # Scores of each example with each other one are as wide as the batch is large.
        if left.shape != first.shape or not _are_close(left, first):
            return True
    return False


def _are_close(left: np.ndarray, right: np.ndarray) -> bool:
    """Larger batches may be summed in another order: the tolerance is of the largest value.

    Half precision is too coarse to tell, and bfloat16 comes as integers.
    """
    if left.dtype.itemsize == 2:
        return True
    if left.dtype.kind not in "fc":
        return bool((left == right).all())
    with np.errstate(invalid="ignore", over="ignore"):
        largest = float(np.abs(left[np.isfinite(left)]).max(initial=0.0))
        return bool(np.allclose(left, right, 0.0, TOLERANCE * largest, equal_nan=True))
