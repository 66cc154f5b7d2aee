"""A docstring says in one expression what statements in a row compute, where that is true."""

from __future__ import annotations

import pytest

from transforms.generate.one_expression import as_one_expression

WHOLE = [
    (["x = tf.nn.relu(x)  # first"], "tf.reduce_sum(x, 1)", "tf.reduce_sum(tf.nn.relu(x), 1)"),
    (["y = tf.abs(x)", "z = y + 1"], "z * x", "(tf.abs(x) + 1) * x"),
    (["x = tf.abs(x)", "x = tf.sqrt(x)"], "x[:, 0]", "tf.sqrt(tf.abs(x))[:, 0]"),
]
NOT_WHOLE = [
    (["y = tf.abs(x)"], "y * y"),
    (["y = tf.abs(x)", "z = y + y"], "z"),
    (["a, b = tf.split(x, 2)"], "a * b"),
    (["y = tf.abs(x)"], "x"),
    (["if y:", "    x = y"], "x"),
    (["x += 1"], "x"),
]


@pytest.mark.parametrize(("lines", "result", "whole"), WHOLE)
def test_statements_are_put_into_one_another(lines: list[str], result: str, whole: str) -> None:
    assert as_one_expression(lines, result) == whole


@pytest.mark.parametrize(("lines", "result"), NOT_WHOLE)
def test_what_is_read_twice_or_not_at_all_stays(lines: list[str], result: str) -> None:
    assert as_one_expression(lines, result) is None
