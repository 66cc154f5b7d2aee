"""Named arrays of both sides compared bit for bit."""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional

import numpy as np

from ..limits import ROUNDING
from .forward import largest_gap

UNSIGNED = ("u1", "u2", "u4", "u8")


class Difference(NamedTuple):
    """``reason`` of the first real difference, if any; ``rounding`` where only last bits differ."""

    reason: Optional[str]
    rounding: Optional[str]


def same_bits(left: np.ndarray, right: np.ndarray) -> bool:
    """Whether both hold the same bytes; large numbers of equal types are not copied for that."""
    bits = "u%d" % left.dtype.itemsize
    if left.dtype != right.dtype or left.shape != right.shape or bits not in UNSIGNED:
        return left.tobytes() == right.tobytes()
    return bool((left.view(bits) == right.view(bits)).all())


def compare_named(
    reference: Dict[str, np.ndarray], found: Dict[str, np.ndarray], what: str
) -> Difference:
    """Compare arrays by name; ``what`` is a template for the name, such as "the gradient of %s".

    An array that one side lacks is a difference. ``rounding`` names the first array whose
    largest gap is below 1e-5 of its largest magnitude: sums of the same terms in another order.
    """
    rounding: Optional[str] = None
    for name in [*reference, *(name for name in found if name not in reference)]:
        subject = what % name
        if name not in found:
            return Difference("%s is gone" % subject, None)
        if name not in reference:
            return Difference("%s is new" % subject, None)
        left, right = reference[name], found[name]
        if left.shape != right.shape:
            text = "%s has shape %s, not %s" % (subject, right.shape, left.shape)
            return Difference(text, None)
        if left.dtype != right.dtype:
            return Difference("%s is %s, not %s" % (subject, right.dtype, left.dtype), None)
        if same_bits(left, right):
            continue
        text = "%s differs by up to %s" % (subject, largest_gap(left, right))
        if not _is_rounding(left, right):
            return Difference(text, None)
        rounding = rounding or text
    return Difference(None, rounding)


def _is_rounding(left: np.ndarray, right: np.ndarray) -> bool:
    if left.dtype.kind not in "fc":
        return False
    with np.errstate(invalid="ignore", over="ignore"):
        largest = np.abs(left[np.isfinite(left)]).max(initial=0.0)
        return bool(np.allclose(right, left, 0.0, ROUNDING * float(largest), equal_nan=True))
