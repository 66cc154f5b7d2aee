"""The docstring of a layer says in plain English what its ops compute, and nothing else."""

from __future__ import annotations

import pytest

from transforms.generate.phrases import phrase
from transforms.generate.terms import short_name
from transforms.knowledge.op_words import OP_WORDS, PLACE, OpWords
from transforms.knowledge.tf_signatures import SIGNATURES

KEYS = {
    "tf.reduce_sum": "tf.reduce_sum",
    "tf.reduce_mean": "tf.reduce_mean",
    "tf.reduce_max": "tf.reduce_max",
    "tf.nn.relu": "tf.nn.relu",
    "tf.nn.softmax": "tf.nn.softmax",
    "tf.math.tanh": "tf.tanh",
    "tf.split": "tf.split",
    "tf.concat": "tf.concat",
    "tf.stack": "tf.stack",
    "tf.reshape": "tf.reshape",
    "tf.transpose": "tf.transpose",
    "tf.clip_by_value": "tf.clip_by_value",
    "tf.pad": "tf.pad",
    "tf.image.resize": "tf.image.resize",
    "tf.one_hot": "tf.one_hot",
    "tf.expand_dims": "tf.expand_dims",
    "tf.squeeze": "tf.squeeze",
    "tf.cast": "tf.cast",
    "tf.where": "tf.where",
    "tf.matmul": "tf.matmul",
    "tf.math.l2_normalize": "tf.nn.l2_normalize",
    "tf.shape": "tf.shape",
    "tf.gather": "tf.gather",
    "tf.argmax": "tf.argmax",
    "tf.einsum": "tf.einsum",
    "K.permute_dimensions": "K.permute_dimensions",
    "K.expand_dims": "K.expand_dims",
}
ONE_OP = {
    "tf.reduce_sum(x, axis=-1)": "The sum of the input over the last axis.",
    "tf.reduce_sum(x, 0)": "The sum of the input over the batch.",
    "tf.reduce_mean(x, [1, 2], keepdims=True)": (
        "The mean of the input over axes 1 and 2, kept with size 1."
    ),
    "tf.reduce_max(x, axis=self.axis)": "The maximum of the input over `axis`.",
    "tf.reduce_mean(x)": "The mean of the input over all axes.",
    "tf.split(x, 2, axis=-1)": "Splits the input into 2 equal parts along the last axis.",
    "tf.split(x, self.parts, axis=1)": "Splits the input into `parts` along axis 1.",
    "tf.split(x, [1, self.width], -1)": (
        "Splits the input into parts of the sizes `[1, width]` along the last axis."
    ),
    "tf.concat(x, axis=1)": "Joins tensors along axis 1.",
    "tf.stack(x)": "Stacks tensors along axis 0, a new one.",
    "tf.reshape(x, [-1, self.width])": "Reshapes the input to `[-1, width]`.",
    "tf.transpose(x, [0, 2, 1, 3])": "Swaps axes 1 and 2 of the input.",
    "tf.transpose(x, [2, 0, 1])": "Puts the axes of the input into the order `[2, 0, 1]`.",
    "K.permute_dimensions(x, (0, 2, 1))": "Swaps axes 1 and 2 of the input.",
    "tf.clip_by_value(x, 0.0, 6.0)": "Clips the input to the range from 0.0 to 6.0.",
    "tf.pad(x, [[0, 0], [1, 1]], mode='REFLECT')": (
        "Pads the input by `[[0, 0], [1, 1]]` in the mode REFLECT."
    ),
    "tf.image.resize(x, self.size, method='nearest')": (
        "Resizes images to `size` with nearest-neighbour interpolation."
    ),
    "tf.nn.relu(x)[0]": "Takes the first of the ReLU of the input.",
    "x[-1]": "Takes the last of the input.",
    "tf.nn.relu(x) * tf.constant(0.5)": "Multiplies the ReLU of the input by 0.5.",
    "tf.one_hot(x, self.depth)": "One-hot vectors of size `depth` for indices.",
    "tf.expand_dims(x, -1)": "Inserts an axis of size 1 into the input at the last axis.",
    "tf.squeeze(x)": "Removes every axis, of size 1, from the input.",
    "tf.cast(x, tf.float32)": "Casts the input to float32.",
    "tf.argmax(x, axis=-1)": "The index of the largest value of the input along the last axis.",
    "tf.nn.softmax(x)": "The softmax of the input over the last axis.",
    "x * self.scale": "Multiplies the input by `scale`.",
    "1.0 - x": "Subtracts the input from 1.0.",
    "x - 1000000000.0": "Subtracts 1e9 from the input.",
    "K.expand_dims(x)": "Inserts an axis of size 1 into the input at the end.",
    "x ** 2": "Raises the input to the power of 2.",
    "-x": "Changes the sign of the input.",
    "tf.shape(x)[1]": "The size of the input along axis 1.",
    "x[:, self.margin:]": "Cuts the part `[:, margin:]` out of the input.",
    "self.activation(x)": "Applies `activation` to the input.",
}
SEVERAL = {
    "tf.nn.relu(value) * tf.reduce_sum(context, axis=1, keepdims=True)": (
        "Multiplies the ReLU of `value` by the sum of `context` over axis 1."
    ),
    "tf.nn.relu(value + context)": "The ReLU of the sum of `value` and `context`.",
    "tf.reduce_sum(value * context, axis=-1)": (
        "The sum over the last axis of the product of `value` and `context`."
    ),
    "tf.matmul(value, context, transpose_b=True)": (
        "The matrix product of `value` and the transpose of `context`."
    ),
    "tf.transpose(tf.reshape(value, [-1, 4, 2]), [0, 2, 1])": (
        "Reshapes `value` to `[-1, 4, 2]`, then swaps axes 1 and 2 of it."
    ),
    "tf.where(value > 0.0, value, context)": (
        "Takes `value` where `value` is greater than 0.0, else `context`."
    ),
    "tf.concat([value, tf.math.tanh(context)], axis=-1)": (
        "Joins, along the last axis, `value` and the tanh of `context`."
    ),
    "tf.concat([*value, context], 1)": "Joins all of `value` and `context` along axis 1.",
    "value + context + 1.0": "The sum of `value`, `context` and 1.0.",
    "tf.reduce_sum(value, 0) - tf.reduce_sum(tf.nn.relu(context), 0)": (
        "Subtracts the sum over axis 0 of the ReLU of `context` from the sum of `value` over the"
        " batch."
    ),
}
UNSPOKEN = [
    # It is said elsewhere what it is, or one could not say it without more than is written.
    "tf.einsum('ij->ji', value)",
    "tf.concat(value, axis=1)[tf.argmax(context, 0)](1)",
    "unknown(value)",
]


def told(result: str, operands: tuple[str, ...], *lines: str) -> str | None:
    return phrase(KEYS, operands, lines, result)


@pytest.mark.parametrize(("written", "sentence"), ONE_OP.items())
def test_one_op_is_told_with_what_stands_there(written: str, sentence: str) -> None:
    assert told(written, ("x",)) == sentence


@pytest.mark.parametrize(("written", "sentence"), SEVERAL.items())
def test_several_ops_are_one_sentence(written: str, sentence: str) -> None:
    assert told(written, ("value", "context")) == sentence


@pytest.mark.parametrize("written", UNSPOKEN)
def test_what_has_no_words_is_not_told(written: str) -> None:
    assert told(written, ("value", "context")) is None


def test_statements_are_put_into_one_another() -> None:
    sentence = told("x / total", ("x",), "total = tf.reduce_sum(x, axis=-1, keepdims=True)")
    assert sentence == "Divides the input by the sum of the input over the last axis."


def test_of_long_runs_the_end_is_told_with_the_names_that_it_reads() -> None:
    lines = [f"v{n} = tf.nn.relu(tf.reduce_max({(n and f'v{n - 1}') or 'x'}, 1))" for n in range(3)]
    sentence = told("weights * v2", ("x",), *lines, "weights = tf.nn.softmax(v2)")
    assert sentence == "Given `x`: multiplies the softmax of `v2` over the last axis by `v2`."


def test_parts_are_told_by_their_names_unless_they_change() -> None:
    split = "query, key = tf.split(x, 2, axis=-1)"
    assert told("query, key", ("x",), split) == (
        "Splits the input into 2 equal parts along the last axis: `query` and `key`."
    )
    assert told("query, key", ("x",), split, "key = tf.nn.relu(key)") is None


def test_what_doubles_with_each_statement_is_told_by_its_end() -> None:
    lines = [f"v{n} = v{n - 1} + tf.nn.relu(v{n - 1})" for n in range(1, 60)]
    sentence = told("v59 * 2.0", ("v0",), *lines)
    assert sentence == ("Given `v0`: adds the ReLU of `v58` to `v58`, then multiplies it by 2.0.")


def test_a_name_that_was_given_and_is_bound_again_is_never_told() -> None:
    steps = [f"x = tf.nn.relu(tf.reduce_max(x, {n}))" for n in range(4)]
    assert told("x + 1.0", ("x",), *steps) is None


def places_of(words: OpWords) -> set[str]:
    found = PLACE.finditer(words.makes + words.does)
    return {match.group(1) for match in found}.union(words.shown)


def test_words_name_arguments_that_their_ops_have() -> None:
    known: dict[str, set[str]] = {}
    for key, names in SIGNATURES.items():
        known.setdefault(short_name(key), set()).update(names.replace("*", "").split())
    own = {"x", "x2", "x3", "condition", "index", "function"}
    unknown = {
        (op, place)
        for op, words in OP_WORDS.items()
        if op in known
        for place in places_of(words)
        if place not in known[op] | own
    }
    assert not unknown
