"""Arrays on the disk: ``.npz`` files that any NumPy reads without pickle."""

from __future__ import annotations

from typing import Any, Dict

import numpy as np

from .forward import Output

ADDED = "_%d_added.npz"
"""The end of the name of a file that holds the losses and metrics of one sample."""


def save_output(path: str, output: Output) -> None:
    """Write the structure and the leaves of a forward pass."""
    arrays: Dict[str, Any] = {"structure": np.array(output[0])}
    arrays.update({"leaf%d" % i: storable(leaf) for i, leaf in enumerate(output[1])})
    np.savez(path, **arrays)


def load_output(path: str) -> Output:
    """Read what ``save_output`` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        leaves = [arrays["leaf%d" % i] for i in range(len(arrays.files) - 1)]
        return str(arrays["structure"]), leaves


def save_arrays(path: str, arrays: Dict[str, np.ndarray]) -> None:
    """Write arrays under their names."""
    stored: Dict[str, Any] = {name: storable(array) for name, array in arrays.items()}
    np.savez(path, **stored)


def load_arrays(path: str) -> Dict[str, np.ndarray]:
    """Read what ``save_arrays`` wrote, as ``storable`` made it."""
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def storable(leaf: np.ndarray) -> np.ndarray:
    """bfloat16 goes as its bits: ``.npz`` without pickle does not know it."""
    return leaf.view(np.uint16) if str(leaf.dtype) == "bfloat16" else leaf
