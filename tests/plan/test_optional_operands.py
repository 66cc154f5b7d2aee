"""A layer holds a branch for an operand that may be None, and is given that one by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.golden import planned

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""
ATTEND = """\
def attend(q, k, v, mask=None):
    scores = tf.matmul(q, k, transpose_b=True)
    if mask is not None:
        # Far below all others.
        scores += (1.0 - mask) * -1e9
    return tf.matmul(tf.nn.softmax(scores), v)
"""
CALLED = """\
i = keras.Input((6, 8))
m = keras.Input((1, 6))
q, k, v = layers.Dense(8)(i), layers.Dense(8)(i), layers.Dense(8)(i)
keras.Model([i, m], attend(q, k, v, m))
keras.Model(i, attend(q, k, v))
"""


def rewritten(function: str, called: str = CALLED) -> str:
    source = (HEADER + function + called).encode()
    return planned(source, Path("/models/model.py"), "layer").rewritten.decode()


def test_a_branch_for_a_mask_is_in_the_layer() -> None:
    text = rewritten(ATTEND)
    assert (
        "    def call(self, q, k, v, attention_mask=None):\n"
        "        scores = tf.matmul(q, k, transpose_b=True)\n"
        "        if attention_mask is not None:\n"
        "            # Far below all others.\n"
        "            scores += (1.0 - attention_mask) * -1e9\n"
        "        return tf.matmul(tf.nn.softmax(scores), v)\n"
    ) in text
    assert "    return Attend()(q, k, v, attention_mask=mask)\n" in text


def test_another_name_stays() -> None:
    text = rewritten(ATTEND.replace("mask", "bias"))
    assert "    def call(self, q, k, v, bias=None):\n" in text
    assert "    return Attend()(q, k, v, bias=bias)\n" in text


def test_a_branch_at_the_end_is_in_the_layer() -> None:
    text = rewritten(
        ATTEND.replace(
            "    return tf.matmul(tf.nn.softmax(scores), v)", "    return scores"
        ).replace("scores += (1.0 - mask) * -1e9", "scores = tf.where(mask > 0.5, scores, -1e9)")
    )
    assert "    return Attend()(q, k, optional_mask=mask)\n" in text


APART = {
    "something else is tested": ("if mask is not None:", "if mask is not None and k is not None:"),
    "there is another branch": (
        "* -1e9\n",
        "* -1e9\n    else:\n        scores = tf.nn.relu(scores)\n",
    ),
    "the operand changes": (
        "        scores +=",
        "        mask = tf.cast(mask, tf.float32)\n        scores +=",
    ),
    "a layer is called": (
        "        scores +=",
        "        mask = layers.ReLU()(mask)\n        scores +=",
    ),
    "what it changes is given": (
        "    scores = tf.matmul(q, k, transpose_b=True)\n",
        "    scores = layers.Dot((2, 2))([q, k])\n",
    ),
    "it returns": ("        scores +=", "        return tf.nn.relu(scores) +"),
}


@pytest.mark.parametrize("name", APART)
def test_other_branches_stay_outside(name: str) -> None:
    old, new = APART[name]
    assert old in ATTEND
    assert "attention_mask" not in rewritten(ATTEND.replace(old, new, 1))


def test_an_operand_that_is_always_none_is_nothing_new() -> None:
    called = CALLED.replace("keras.Model([i, m], attend(q, k, v, m))\n", "")
    assert "attention_mask" not in rewritten(ATTEND, called)
