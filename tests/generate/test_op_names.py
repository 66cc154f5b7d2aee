"""A layer without a name of its own is named in English after what comes out of its ops."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.generate.test_idioms import HEADER
from transforms.generate.op_names import ops_name
from transforms.interpret.symbolic import analyse
from transforms.knowledge.keras_names import AUTOMATIC_NAMES
from transforms.knowledge.op_words import CONSTANT_NAMES, OP_WORDS
from transforms.sites.sites import find_raw_expressions
from transforms.syntax.naming import snake_case
from transforms.syntax.source_text import read_source_text

NAMES = {
    # One op: its own name, but where Keras gives that to layers itself.
    "tf.nn.sigmoid(a)": "sigmoid_activation",
    "tf.add(a, b)": "add_tensors",
    "tf.multiply(a, 2.0)": "scale",
    "tf.maximum(a, 0.0)": "lower_bound",
    "tf.maximum(a, b)": "elementwise_maximum",
    "tf.subtract(1.0, a)": "subtract_tensors",
    "tf.reduce_sum(a, 1)": None,
    # What comes out of several.
    "tf.nn.relu(a + b)": "relu_of_sum",
    "tf.nn.relu(tf.add(a, 1.0))": "relu_of_shifted_input",
    "tf.nn.elu(a) * weight": "scaled_elu",
    "tf.multiply(a, tf.nn.elu(b))": "multiply_by_elu",
    "tf.nn.relu(a) * tf.reduce_sum(b, 1, keepdims=True)": "product_of_relu_and_sum",
    "a - tf.reduce_max(a, 1, keepdims=True)": "subtract_max",
    "tf.exp(a) - b": "difference_of_exponential",
    "tf.clip_by_value(a + b, 0.0, 1.0)": "clipped_sum",
    "tf.reduce_sum(tf.reshape(a, [-1, 4, 3, 2]), 1)": "sum_of_reshaped_input",
    "tf.concat([a, tf.sin(a)], -1)": "append_sine",
    "tf.concat([tf.reduce_mean(a, 1), tf.reduce_max(a, 1)], -1)": "join_mean_and_max",
    "tf.stack([tf.reduce_mean(a, 1), tf.reduce_max(b, 1)], -1)": "stack_mean_and_max",
    "tf.where(a > b, a, -1.0)": "choose_where_greater",
    "tf.reshape(tf.transpose(a, [0, 2, 1]), [-1, 3, 8])": "rearrange",
    "tf.expand_dims(tf.expand_dims(a, 1), 1)": "expand_dims_twice",
    "tf.exp(a[:, -1])": "exponential_of_slice",
    "tf.add(tf.multiply(a, 2.0), 3.0)": "scale_and_shift",
    # There are no words for it.
    "tf.sinh(tf.tan(a))": None,
}


@cache
def found() -> dict[str, str | None]:
    """The name for each expression, by its text."""
    path = Path("/models/model.py")
    every = list(NAMES)
    lines = "".join(f"made_{number} = {each}\n" for number, each in enumerate(every))
    source = (HEADER + lines).encode()
    analysis = analyse({path: source}, [path])
    text = read_source_text(source)
    first = HEADER.count("\n") + 1
    return {
        every[text.span(raw.root).line - first]: ops_name(analysis, raw)
        for raw in find_raw_expressions(analysis, analysis.modules[path], text)
        if text.span(raw.root).line >= first
    }


@pytest.mark.parametrize(("written", "name"), NAMES.items())
def test_ops_have_a_name_in_english(written: str, name: str | None) -> None:
    assert found()[written] == name


def test_no_name_is_one_that_keras_gives_itself() -> None:
    # It would shift the numbers in the names of the user's own layers.
    names = [words.alone for words in OP_WORDS.values() if words.alone]
    given = {snake_case(name) for name in [*names, *CONSTANT_NAMES.values()]}
    assert not given & AUTOMATIC_NAMES


def test_an_op_with_such_a_name_has_another_one() -> None:
    assert not [op for op, words in OP_WORDS.items() if op in AUTOMATIC_NAMES and not words.alone]
