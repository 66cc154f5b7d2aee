"""Sizes that nobody reads are deleted, and told."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.reports.words import describe_site
from codemod.results import FileResult
from tests.support.golden import planned

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""
FUNCTION = """\
def f(x):
    x = layers.Dense(4)(x)
{}
    x = layers.Dense(4)(x)
    return x
m = keras.Model(i := keras.Input((3, 4)), f(i))
"""
DEAD = {
    "a size": ["n = tf.shape(x)"],
    "one of a size": ["n = tf.shape(x)[1]  # how long"],
    "a product of sizes": ["n = tf.shape(x)[1] * 2"],
    "several": ["b, n = tf.shape(x)[0], tf.shape(x)[1]"],
    "a size that is made anew": ["n = tf.shape(x)", "n = 3"],
    "over lines": ["n = tf.shape(", "    x)"],
}
KEPT = {
    "a size that is read": ["n = tf.shape(x)", "x = layers.Dense(4)(tf.reshape(x, n))"],
    "a size that a function reads": ["n = tf.shape(x)", "k = lambda: n"],
    "another op": ["n = tf.sin(x)"],
    "an op on a size": ["n = tf.zeros(tf.shape(x))"],
    "not alone on its line": ["n = tf.shape(x); k = 1"],
    "alone in its suite": ["if x is not None:", "    n = tf.shape(x)"],
    "where names are read otherwise": ["n = tf.shape(x)", "k = locals()"],
}


def rewritten(lines: list[str]) -> FileResult:
    body = FUNCTION.format("\n".join(f"    {line}" for line in lines))
    return planned((HEADER + body).encode(), Path("/models/model.py"), "layer")


@pytest.mark.parametrize("name", DEAD)
def test_a_size_that_nobody_reads_goes(name: str) -> None:
    result = rewritten(DEAD[name])
    left = [line for line in DEAD[name] if "shape" not in line and line.strip() != "x)"]
    body = "\n".join(f"    {line}" for line in left) or "<nothing>"
    expected = HEADER + FUNCTION.format(body).replace("<nothing>\n", "")
    assert result.rewritten.decode() == expected
    told = [describe_site(site) for site in result.sites]
    assert told
    assert all(text.endswith(" is deleted: nothing reads the result") for text in told)


@pytest.mark.parametrize("name", KEPT)
def test_what_may_be_needed_stays(name: str) -> None:
    text = rewritten(KEPT[name]).rewritten.decode()
    assert "class " in text


def test_a_dead_size_does_not_end_a_run() -> None:
    result = rewritten(["x = tf.sin(x)", "n = tf.shape(x)", "x = tf.cos(x)"])
    text = result.rewritten.decode()
    assert "x = CosineOfSine" in text
    assert "tf.shape" not in text
