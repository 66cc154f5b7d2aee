"""Weights that do not fit are told by the layer that has other ones."""

from __future__ import annotations

import numpy as np
import pytest

from codemod.verify.child.numbers.weights import first_mismatch


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ([("conv", 0, 0)], "`anchors` has 0 weights, and had 1"),
        ([("anchors", 0, 0)], "`conv` has 0 weights, and had 1"),
        (
            [("conv_1", 0, 0)],
            "weight 0 of `conv_1` has shape (3,), that of `anchors` had (2, 4)",
        ),
    ],
)
def test_a_layer_without_its_weights_is_named(own: list[tuple[str, int, int]], told: str) -> None:
    shapes = {"anchors": (2, 4), "conv": (3,), "conv_1": (3,)}
    weights = {key: np.zeros(shapes[key[0]]) for key in own}
    expected = [((name, 0, 0), shapes[name]) for name in ("anchors", "conv")]
    assert first_mismatch(weights, expected) == told
