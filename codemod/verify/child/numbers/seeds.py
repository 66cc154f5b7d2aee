"""Randomness and states that are equal in every run."""

from __future__ import annotations

import random
from typing import Any, List

import numpy as np

from ..layers import leaf_layers

SEED = 20_024


def make_deterministic(tf: Any) -> None:
    """Deterministic ops, seeds, and a seed for each NumPy generator that is made without one."""
    if hasattr(tf.config.experimental, "enable_op_determinism"):
        tf.config.experimental.enable_op_determinism()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    make = np.random.default_rng

    def default_rng(seed: Any = None) -> np.random.Generator:
        return make(np.random.randint(1 << 30) if seed is None else seed)

    np.random.default_rng = default_rng
    _keep_kernels_without_state()
    set_seeds(tf)


def _keep_kernels_without_state() -> None:
    """Let a seed throw the kernels of eager ops away only once an op has asked for a seed.

    Random ops hold their state in their kernels, so ``tf.random.set_seed`` throws all kernels away
    (TensorFlow 2.21), and a model that draws nothing would make its own again for each sample.
    """
    from tensorflow.python.eager import context  # type: ignore[import-untyped,unused-ignore]
    from tensorflow.python.framework import (  # type: ignore[import-untyped,unused-ignore]
        random_seed,
    )

    get_seed = random_seed.get_seed
    set_seed = context.Context._set_global_seed
    asked: List[Any] = []

    def noting_get_seed(op_seed: Any) -> Any:
        asked[:] = [op_seed]
        return get_seed(op_seed)

    def set_seed_of_context(self: Any, seed: Any) -> None:
        if asked:
            set_seed(self, seed)
        else:
            self._seed = seed
            self._rng = random.Random(seed)

    random_seed.get_seed = noting_get_seed
    context.Context._set_global_seed = set_seed_of_context


def seed_python() -> None:
    """Seed Python and NumPy, from which ``K.random_normal`` draws the seed of its op."""
    random.seed(SEED)
    np.random.seed(SEED)


def set_seeds(tf: Any) -> None:
    """Seed Python, NumPy, TensorFlow and Keras."""
    seed_python()
    tf.random.set_seed(SEED)
    if hasattr(tf.keras.utils, "set_random_seed"):
        tf.keras.utils.set_random_seed(SEED)


def reset_states(model: Any) -> None:
    """Let stateful layers and metrics forget what they have seen."""
    stateful = [layer for layer in leaf_layers(model) if getattr(layer, "stateful", False)]
    for part in (*stateful, *getattr(model, "metrics", ())):
        # Keras 2 and 3 have other names; metrics of Keras are stateful too.
        reset = getattr(part, "reset_states", None) or getattr(part, "reset_state", None)
        if reset is not None:
            reset()
