"""Inputs are found that fit a model: sizes, batches, structures, states."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from codemod.verify.child.numbers.samples import SampleGroups
from tests.support.command_line import run
from tests.verify.test_entries import written

HEAD = """\
import collections
import tensorflow as tf
from tensorflow.keras import Input, Model, layers
"""
MODELS = {
    # No frame fits into fewer than 512 samples.
    "frames": "i = Input(batch_shape=(None, None))\n"
    "f = layers.Lambda(lambda t: tf.signal.frame(t, 512, 128))(i)\n"
    "o = layers.LSTM(2, return_sequences=True)(tf.math.log(tf.abs(f) + 1e-7))\n",
    "waves": "i = Input((None, 1))\no = layers.Conv1D(2, 3000, strides=100)(tf.abs(i))\n",
    # 1,300 windows of 13 steps.
    "multiple": "i = Input((None, 3))\no = layers.LSTM(2)(tf.reshape(i, (-1, 13, 3)))\n",
    "thirty_second": "i = Input((None, None, 3))\n"
    "x = i\n"
    "for _ in range(5):\n"
    "    x = layers.MaxPooling2D()(x)\n"
    "o = tf.concat([layers.UpSampling2D(32)(x), i], -1)\n",
    # Only twenty places have an embedding.
    "positions": "i = Input((None,), dtype='int32')\n"
    "p = layers.Embedding(4, 2)(tf.range(tf.shape(i)[1]))\n"
    "o = tf.tanh(layers.Embedding(30, 2)(i) + p)\n",
    "stateful": "i = Input(batch_shape=(2, 3, 4))\no = layers.LSTM(4, stateful=True)(tf.abs(i))\n",
    "stateful_gru_inside": "j = Input(batch_shape=(2, 3, 4))\n"
    "inner = Model(j, layers.GRU(4, stateful=True, return_sequences=True)(j))\n"
    "i = Input(batch_shape=(2, 3, 4))\n"
    "o = tf.tanh(inner(i))\n",
    # One of two inputs has its batch fixed.
    "batches": "a = Input(batch_shape=(5, 4))\nb = Input((4,))\n"
    "i = [a, b]\no = tf.concat([a, b], 1)\n",
    "dictionary": "i = {'a': Input((4,), name='a'), 't': Input((), dtype='string', name='t')}\n"
    "w = tf.one_hot(layers.StringLookup(vocabulary=['x'])(i['t']), 2)\n"
    "o = tf.concat([i['a'], w], 1)\n",
    # Keras 2 sorts the keys, Keras 3 does not.
    "ordered": "i = collections.OrderedDict(b=Input((3,), name='b'), a=Input((), name='a'))\n"
    "o = tf.concat([i['b'], i['a'][:, tf.newaxis]], 1)\n",
    "ragged": "i = Input((None,), dtype='int64', ragged=True)\n"
    "e = layers.Embedding(9, 3)(i)\n"
    "o = tf.tanh(layers.Dense(2)(tf.reduce_mean(e, axis=1)))\n",
    "sparse": "i = Input((6,), sparse=True)\no = tf.tanh(layers.Dense(2)(i))\n",
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The result of each model's file, after one command for all of them."""
    folder = tmp_path_factory.mktemp("inputs")
    written(folder, {f"{name}.py": f"{HEAD}{text}Model(i, o)\n" for name, text in MODELS.items()})
    done = run("rewrite", ".", "--format", "json", "-j", "2", folder=folder)
    return {Path(file["path"]).stem: file for file in json.loads(done.stdout)["files"]}


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", MODELS)
def test_the_model_runs_and_is_verified(name: str, results: dict[str, dict[str, Any]]) -> None:
    file = results[name]
    verification = file["verification"]
    assert file["status"] == "rewritten"
    assert verification["verdict"] in ("proved", "equal-by-rules")
    assert not verification["reason"]


@pytest.mark.tensorflow
def test_inputs_are_given_by_their_names_under_keras_3(results: dict[str, dict[str, Any]]) -> None:
    (made,) = results["ordered"]["verification"]["models"]
    assert (made["keras3"], made["port"]) == ("proved", "bitwise")


def model(*shapes: tuple[int | None, ...]) -> Any:
    """What is asked of a model: its inputs."""
    return SimpleNamespace(inputs=[SimpleNamespace(shape=shape) for shape in shapes])


def sizes(groups: SampleGroups) -> list[tuple[int, int]]:
    return [(group[0].size, group[0].stretch) for group in groups]


def test_sizes_grow_and_end() -> None:
    grown = sizes(SampleGroups(model((None, None))))
    assert grown[0] == (8, 1) and grown[-1] == (65536, 1)
    assert len(set(grown)) == len(grown) < 80
    # Pictures of that size would not fit.
    largest = max(size for size, _ in sizes(SampleGroups(model((None, None, None, 3)))))
    assert 512 <= largest < 2048
    assert sizes(SampleGroups(model((None, 4)))) == [(8, 1)]


def test_numbers_in_an_error_are_tried_and_those_in_the_errors_after_it() -> None:
    groups = SampleGroups(model((None, None, 3)))
    groups.learn("requires a multiple of 39, not 24.5 or x17")
    found = sizes(groups)
    assert found.index((13, 1)) < found.index((39, 1)) < found.index((512, 1))
    tried: list[int] = []
    for group in groups:
        tried.append(group[0].size)
        if group[0].size == 13:
            groups.learn("needs 77")
    assert tried.index(13) < tried.index(77) < tried.index(512)


def test_a_fixed_batch_is_that_of_all_inputs() -> None:
    (group,) = SampleGroups(model((5, 4), (None, 4)))
    assert [sample.batch for sample in group] == [5, 5, 5]
    (group,) = SampleGroups(model((None, 4)))
    assert [sample.batch for sample in group] == [1, 3, 3]
