"""The values of a model's weights: taken, put back, taken away, compared."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from .array_difference import same_bits
from .weights import Key

Pairs = Sequence[Tuple[Key, Any]]


def label(key: Key) -> str:
    """How a weight is called in reports; labels of one model differ."""
    name, occurrence, index = key
    text = "weight %d of `%s`" % (index, name)
    return text if not occurrence else "%s (number %d of that name)" % (text, occurrence + 1)


def values_of(pairs: Pairs) -> List[np.ndarray]:
    """A copy of each weight."""
    return [np.array(weight.numpy()) for _, weight in pairs]


def restore(pairs: Pairs, values: Sequence[np.ndarray]) -> None:
    """Put numeric weights back to ``values``."""
    for (_, weight), value in zip(pairs, values):
        if _is_number(value):
            weight.assign(value)


def clear(pairs: Pairs, values: Sequence[np.ndarray]) -> None:
    """Set numeric weights to zero, which the seeded ``values`` never are."""
    for (_, weight), value in zip(pairs, values):
        if _is_number(value):
            weight.assign(np.zeros_like(value))


def first_changed(pairs: Pairs, values: Sequence[np.ndarray]) -> Optional[str]:
    """The label of the first weight that is not bit for bit its value in ``values``."""
    for (key, weight), value in zip(pairs, values):
        if not same_bits(np.asarray(weight.numpy()), value):
            return label(key)
    return None


def _is_number(value: np.ndarray) -> bool:
    return value.dtype.kind in "fiu" or "float" in str(value.dtype)
