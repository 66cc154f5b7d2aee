"""Forward passes and the comparison of their results."""

from __future__ import annotations

from typing import Any, List, Tuple

import numpy as np

from ..limits import ABSOLUTE, RELATIVE
from ..protocol import Difference
from .seeds import reset_states, set_seeds

FLOAT_BITS = {2: np.int16, 4: np.int32, 8: np.int64}
Output = Tuple[str, List[np.ndarray]]


def run_forward(tf: Any, model: Any, inputs: Any, training: bool = False) -> Output:
    """The structure and the leaves of ``model(inputs)``, run eagerly.

    Eager runs are compared with eager runs only: graphs of the same model can differ from them
    by bits (seen with Keras 2.15 and 3.15).
    """
    set_seeds(tf)
    reset_states(model)
    result = model(inputs, training=training)
    leaves = [_dense(tf, leaf) for leaf in tf.nest.flatten(result)]
    for leaf in leaves:
        if not hasattr(leaf, "numpy"):
            raise TypeError("the model returns %s, which is no tensor" % type(leaf).__name__)
    return _structure(result), [_array(leaf) for leaf in leaves]


def _array(leaf: Any) -> np.ndarray:
    """Strings as NumPy's bytes: the bits of arrays of objects are addresses."""
    values = np.asarray(leaf.numpy())
    return values.astype("S") if values.dtype == object else values


def _dense(tf: Any, value: Any) -> Any:
    if isinstance(value, tf.RaggedTensor):
        return value.to_tensor()
    if isinstance(value, tf.sparse.SparseTensor):
        return tf.sparse.to_dense(value)
    return value


def _structure(value: Any) -> str:
    if isinstance(value, dict):
        return "{%s}" % ", ".join("%s: %s" % (k, _structure(v)) for k, v in sorted(value.items()))
    if isinstance(value, (list, tuple)):
        return "(%s)" % ", ".join(_structure(item) for item in value)
    return "tensor"


def difference(original: Output, other: Output, exact: bool) -> Difference:
    """How ``other`` differs: ``tier`` is bitwise, close or different; ``ulp`` the largest gap.

    ``exact`` asks for equal dtypes too, as between two rewrites under one Keras.
    """
    if original[0] != other[0]:
        return _different("the outputs have another structure")
    ulp = 0
    for index, (left, found) in enumerate(zip(original[1], other[1])):
        right = found
        where = "output %d" % index
        if left.shape != right.shape:
            return _different("%s has shape %s, not %s" % (where, right.shape, left.shape))
        if left.dtype != right.dtype:
            if exact:
                return _different("%s is %s, not %s" % (where, right.dtype, left.dtype))
            right = right.astype(left.dtype)
        if left.tobytes() == right.tobytes():
            continue
        if not _is_close(left, right, exact):
            gap = largest_gap(left, right)
            return _different("%s differs by up to %s" % (where, gap))
        ulp = max(ulp, _ulp(left, right))
    return {"tier": "close" if ulp else "bitwise", "ulp": ulp, "reason": ""}


def other_inputs(before: List[str], after: List[str]) -> Difference:
    """The difference of a model that takes other inputs."""
    pairs = [pair for pair in zip(before, after) if pair[0] != pair[1]]
    if not pairs:
        return _different("it has %d inputs, not %d" % (len(after), len(before)))
    return _different("an input is %s, not %s" % (pairs[0][1], pairs[0][0]))


def _different(reason: str) -> Difference:
    return {"tier": "different", "ulp": 0, "reason": reason}


def _is_close(left: np.ndarray, right: np.ndarray, exact: bool) -> bool:
    if left.dtype.kind not in "fc":
        return bool((left == right).all())
    with np.errstate(invalid="ignore", over="ignore"):
        same = (left == right) | (np.isnan(left) & np.isnan(right))
        allowed = ABSOLUTE * (1.0 if exact else _scales(left)) + RELATIVE * np.abs(left)
        near = np.isfinite(left) & np.isfinite(right) & (np.abs(right - left) <= allowed)
    return bool((same | near).all())


def _scales(values: np.ndarray) -> np.ndarray:
    """The largest finite size in each example, at least one.

    Where the terms of a sum are taken in another order, it is off by a part of the largest term,
    however small it is itself.
    """
    sizes = np.abs(values).astype("float64")
    axes = tuple(range(1, values.ndim))
    largest = np.where(np.isfinite(sizes), sizes, 0.0).max(axis=axes, keepdims=True, initial=1.0)
    return np.asarray(largest)


def largest_gap(left: np.ndarray, right: np.ndarray) -> str:
    """The largest absolute difference of two arrays of one shape, in words."""
    if left.dtype.kind not in "fciub":
        return "other values"
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.abs(left.astype("complex128") - right.astype("complex128"))
    finite = gap[np.isfinite(gap)]
    return "%.3g" % finite.max() if finite.size else "NaN or infinity"


def _ulp(left: np.ndarray, right: np.ndarray) -> int:
    integer = FLOAT_BITS.get(left.dtype.itemsize)
    if left.dtype.kind != "f" or integer is None:
        return 1
    pairs = [_ordered(np.ascontiguousarray(side).view(integer)) for side in (left, right)]
    both = np.isfinite(left) & np.isfinite(right)
    gap = np.abs(pairs[0] - pairs[1])[both]
    return max(1, int(gap.max())) if gap.size else 1


def _ordered(bits: np.ndarray) -> np.ndarray:
    """The bits of floats as integers in the order of the floats."""
    wide = bits.astype(np.float64) if bits.dtype == np.int64 else bits.astype(np.int64)
    lowest = np.iinfo(bits.dtype).min
    return np.where(wide < 0, lowest - wide, wide)
