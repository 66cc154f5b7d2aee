"""Randomness that is equal in every run."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

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
    set_seeds(tf)


def set_seeds(tf: Any) -> None:
    """Seed Python, NumPy, TensorFlow and Keras."""
    random.seed(SEED)
    np.random.seed(SEED)
    tf.random.set_seed(SEED)
    if hasattr(tf.keras.utils, "set_random_seed"):
        tf.keras.utils.set_random_seed(SEED)
