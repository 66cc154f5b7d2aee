"""Between Keras generations outputs may differ as sums do whose terms are in another order."""

from __future__ import annotations

import numpy as np
import pytest

from codemod.verify.child.numbers.forward import Output, difference


def output(values: object, dtype: str = "float32") -> Output:
    return "tensor", [np.array(values, dtype)]


def tier(left: Output, right: Output, exact: bool = False) -> str:
    return str(difference(left, right, exact=exact)["tier"])


def test_an_example_with_large_terms_is_compared_by_their_size() -> None:
    before = output([[1e6, 2.0], [1.0, 2.0]])
    assert tier(before, output([[1e6, 2.5], [1.0, 2.0]])) == "close"
    assert tier(before, output([[1e6, 2.0], [1.0, 2.5]])) == "different"
    assert tier(before, output([[1e6, 40.0], [1.0, 2.0]])) == "different"
    assert tier(before, output([[1e6, 2.5], [1.0, 2.0]]), exact=True) == "different"


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64"])
def test_what_is_not_finite_has_to_be_equal(dtype: str) -> None:
    before = output([[np.nan, np.inf, -np.inf, 1.0]], dtype)
    assert tier(before, output([[np.nan, np.inf, -np.inf, 1.0]], dtype)) == "bitwise"
    assert tier(before, output([[np.nan, np.inf, -np.inf, 1.00001]], dtype)) != "different"
    for wrong in ([0.0, np.inf, -np.inf, 1.0], [np.nan, -np.inf, -np.inf, 1.0]):
        assert tier(before, output([wrong], dtype)) == "different"
    assert tier(before, output([[np.nan, np.inf, -np.inf, np.nan]], dtype)) == "different"


def test_scalars_integers_and_empty_outputs_have_a_scale_too() -> None:
    assert tier(output(2.0), output(2.0000002)) == "close"
    assert tier(output(2.0), output(2.1)) == "different"
    assert tier(output([1, 1000000], "int32"), output([2, 1000000], "int32")) == "different"
    assert tier(output([[], []]), output([[], []])) == "bitwise"
