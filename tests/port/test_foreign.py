"""Layers of another Keras on the tensors of a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.golden import planned

HEAD = """\
import tensorflow as tf
import tensorflow_hub as hub
import tf_keras
from transformers import TFBertModel
x = tf.keras.Input((4,))
"""


def lines(body: str) -> list[tuple[str, int]]:
    found = planned((HEAD + body).encode(), Path("/models/model.py"), "layer").hazards
    return [(hazard.code, hazard.span.line) for hazard in found]


@pytest.mark.parametrize(
    "body",
    [
        "y = hub.KerasLayer('https://x', trainable=True)(x)\n",
        "y = tf_keras.layers.Dense(3)(x)\n",
        "y = TFBertModel.from_pretrained('b')({'input_ids': x})\n",
        "y = TFBertModel.from_pretrained('b')(input_ids=x)\n",
    ],
)
def test_a_layer_of_another_keras_is_told(body: str) -> None:
    assert lines(body) == [("KC402", 6)]
    assert lines(body.replace("y = ", "layer = ").replace(")(", ")\ny = layer(")) == [("KC402", 7)]


@pytest.mark.parametrize(
    "body",
    [
        "y = hub.KerasLayer('https://x')(['some text'])\n",
        "x = tf_keras.Input((4,))\ny = tf_keras.layers.Dense(3)(x)\n",
        "y = tf.keras.layers.Dense(3)(x)\n",
        "layer = tf_keras.layers.Dense(3)\nlayer = tf.keras.layers.Dense(3)\ny = layer(x)\n",
    ],
)
def test_layers_on_their_own_tensors_are_not_told(body: str) -> None:
    assert lines(body) == []
