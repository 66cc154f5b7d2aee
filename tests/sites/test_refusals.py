"""What refusals advise."""

from __future__ import annotations

from transforms.sites.refusals import found_at_run_time


def test_ops_that_keras_3_makes_itself_ask_for_nothing() -> None:
    assert "may stay" in found_at_run_time("tokens.compute_mask(x)", "tf.not_equal").text
    assert "name the function" in found_at_run_time("build(x)", "tf.tanh").text
