"""What is told of what stops under Keras 3, where one name stops for several reasons."""

from __future__ import annotations

import pytest

from transforms.interpret.parsed import Parsed
from transforms.port.find import find_breaks
from transforms.syntax.locations import read_source

HEAD = """\
import tensorflow as tf
from tensorflow import keras
x = keras.Input((2,))
dense = keras.layers.Dense(1)
model = keras.Model(x, dense(x))
"""


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        ("tf.reduce_sum(model.output)", "Keras 3 takes no losses of symbolic tensors: "),
        ("lambda: tf.reduce_sum(dense.kernel)", "Keras 3 takes no losses that are functions: "),
    ],
)
def test_an_added_loss_is_told_with_its_kind(loss: str, told: str) -> None:
    text = read_source((HEAD + f"model.add_loss({loss})\n").encode())
    (message,) = [one.message for one in find_breaks(Parsed(text.tree), text)]
    assert message.startswith(told)


@pytest.mark.parametrize("question", ["tf.is_tensor(x)", "isinstance(x, tf.Tensor)"])
def test_a_question_that_keras_3_answers_otherwise_is_told(question: str) -> None:
    text = read_source((HEAD + f"y = dense(x) if {question} else x\n").encode())
    (message,) = [one.message for one in find_breaks(Parsed(text.tree), text)]
    assert message.startswith("is False in Keras 3")
    plain = read_source(
        (HEAD + f"c = tf.constant(1.0)\ny = {question.replace('x', 'c')}\n").encode()
    )
    assert not [*find_breaks(Parsed(plain.tree), plain)]
