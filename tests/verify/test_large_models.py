"""Models of many parameters: what is left out for them, and how their weights are compared."""

from __future__ import annotations

import numpy as np
import pytest

from codemod.verify.child.numbers.array_difference import same_bits
from codemod.verify.child.tiers import too_large

GIB = 1 << 30


def test_what_is_left_out_is_told_with_the_reason() -> None:
    assert too_large(100_000_000, None) == ""
    assert too_large(100_000_001, None) == "the model has more than 100 million parameters"
    assert too_large(30_000_000, GIB) == ""
    assert too_large(50_000_000, GIB) == (
        "the model has more than 44 million parameters, for which the memory is too small"
    )


NAN = np.array([np.nan, 1.0], np.float32)


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (NAN, NAN.copy(), True),
        (np.zeros(2, np.float32), -np.zeros(2, np.float32), False),
        (np.zeros(2, np.float64), np.zeros(2, np.int64), True),
        (np.zeros((2, 3)), np.ones((2, 3)), False),
        (np.arange(6).reshape(2, 3).T, np.arange(6).reshape(2, 3).T.copy(), True),
        (np.array(1.0), np.array(1.0), True),
        (np.zeros(0), np.zeros(0), True),
        (np.array(["a", "b"]), np.array(["a", "c"]), False),
        (np.array([1 + 1j]), np.array([1 + 2j]), False),
    ],
)
def test_bits_are_compared(left: np.ndarray, right: np.ndarray, equal: bool) -> None:
    assert same_bits(left, right) is equal
