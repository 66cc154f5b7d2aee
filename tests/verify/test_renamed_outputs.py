"""What is told of outputs whose names change."""

from __future__ import annotations

from typing import cast

import pytest

from codemod.verify.child.frame.compare import renamed_outputs
from codemod.verify.child.protocol import BRIDGED, Frame


def frame(output: str) -> Frame:
    outputs = [{"name": output, "made_by": 0}]
    return cast("Frame", {"layers": [], "all_layers": [], "outputs": outputs})


@pytest.mark.parametrize(
    ("old", "told"),
    [
        ("tf.math.reduce_sum", "was `tf.math.reduce_sum`"),
        # The bridge of Keras 3 has made that name up: no user has ever seen it.
        (f"{BRIDGED}3_reduce_sum", "had the name of a raw op"),
    ],
)
def test_the_old_name_of_an_output_is_one_that_users_know(old: str, told: str) -> None:
    (hazard,) = renamed_outputs(frame(old), frame("sum"))
    assert hazard.startswith(f"output 0 is named `sum`, and {told}: names in `compile`")


def test_a_name_that_stays_is_not_told() -> None:
    assert renamed_outputs(frame("box"), frame("box")) == []
