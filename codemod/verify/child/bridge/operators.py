"""Whether Keras 3 means an operator as TensorFlow does, for the tensors at hand.

It need not: of integers ``x & y`` is logical there and ``x / y`` is float32, float64 arrays
promote, and ``1.0 < x`` does not build (Keras 3.15).
"""

from __future__ import annotations

from typing import Any, List

import numpy as np

from .bridged_op import RecordedCall, called_with

FREE_SIZE = 3
EQUALITY = ("__eq__", "__ne__")
"""Refused wherever they stand: Keras 3 compares identity."""


def key_of(recorded: RecordedCall) -> object:
    """What tells calls apart that may differ in their meaning."""
    specs = [(str(tensor.dtype), tuple(tensor.shape)) for tensor in recorded.tensors]
    return recorded.operator, tuple(specs), repr(recorded.arguments)


def other_meaning(tf: Any, keras: Any, recorded: RecordedCall) -> str:
    """How Keras 3 means a call otherwise; empty where it is the same, or no operator.

    To be called when the bridge is removed.
    """
    if not recorded.operator or recorded.operator in EQUALITY:
        return ""
    values = [_values(tf, tensor, recorded.operator) for tensor in recorded.tensors]
    try:
        expected = called_with(recorded.function, recorded, values)
    except Exception:
        # What TensorFlow does not compute either for such values is not judged by them.
        return ""
    try:
        inputs = [keras.Input(batch_shape=value.shape, dtype=value.dtype.name) for value in values]
        method = getattr(keras.KerasTensor, recorded.operator)
        result = called_with(method, recorded, inputs)
        if not isinstance(result, keras.KerasTensor):
            return "Keras 3 gives a %s" % type(result).__name__
        found = keras.Function(inputs, result)(values)
    except Exception as error:
        return "Keras 3 raises %s" % type(error).__name__
    return _difference(np.asarray(expected), np.asarray(found), recorded.tensors)


def _difference(expected: np.ndarray, found: np.ndarray, tensors: List[Any]) -> str:
    if expected.dtype != found.dtype:
        return "Keras 3 gives %s, not %s" % (found.dtype, expected.dtype)
    if expected.shape != found.shape:
        return "Keras 3 gives the shape %s, not %s" % (found.shape, expected.shape)
    if expected.tobytes() != found.tobytes():
        names = " and ".join(dict.fromkeys(str(tensor.dtype) for tensor in tensors))
        return "Keras 3 gives other values for %s" % names
    return ""


def _values(tf: Any, tensor: Any, operator: str) -> Any:
    """Numbers of both signs, none of them zero, so that integers can be divided by them."""
    shape = [FREE_SIZE if size is None else int(size) for size in tensor.shape]
    random = np.random.RandomState(7)
    dtype = str(tensor.dtype)
    if dtype == "bool":
        return tf.constant(random.uniform(size=shape) < 0.5)
    values = random.choice([-7, -3, -2, -1, 1, 2, 3, 5, 6], shape)
    if dtype.startswith("uint") or operator in ("__pow__", "__rpow__"):
        values = np.abs(values)
    if "float" in dtype or dtype.startswith("complex"):
        values = values * 0.37
    return tf.cast(tf.constant(values), dtype)
