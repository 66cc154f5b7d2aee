"""``model.add_loss(tensor)``: a layer adds the loss, where nobody sees more of it than that."""

from __future__ import annotations

from pathlib import Path

import pytest

from transforms.plan.settings import PlanSettings
from transforms.rewrite import rewritten_source

HEAD = """\
import tensorflow as tf
from tensorflow import keras

x = keras.Input((4,))
h = keras.layers.Dense(4)(x)
y = keras.layers.Dense(4)(h)
"""
MODEL = "model = keras.Model(x, y)\n"


def rewritten(body: str) -> str:
    source = (HEAD + body).encode()
    return rewritten_source(source, Path("model.py"), PlanSettings()).rewritten.decode()


def test_a_loss_of_several_statements_becomes_a_layer_before_the_model() -> None:
    done = rewritten(
        MODEL
        + "model.summary()  # first\n"
        + "error = tf.square(x - y)  # squares\n"
        + "loss = 0.5 * tf.reduce_mean(error)\n"
        + "model.add_loss(loss)\n"
        + 'model.compile("sgd")\n'
    )
    assert done.endswith(
        "y = keras.layers.Dense(4)(h)\n"
        'y = Loss(name="loss")(y, x)\n'
        "model = keras.Model(x, y)\n"
        "model.summary()  # first\n"
        'model.compile("sgd")\n'
    )
    assert (
        "    def call(self, y, x):\n"
        "        error = tf.square(x - y)  # squares\n"
        "        loss = 0.5 * tf.reduce_mean(error)\n"
        "        self.add_loss(loss)\n"
        "        return y\n"
    ) in done


def test_a_loss_in_the_call_is_named_after_the_model() -> None:
    builder = (
        "def build():\n"
        "    i = keras.Input((4,))\n"
        "    o = keras.layers.Dense(4)(i)\n"
        "    net = keras.Model(inputs=i, outputs=[o, i])\n"
        "    net.add_loss(tf.reduce_mean(o))\n"
        "    return net\n"
    )
    assert rewritten(builder).endswith(
        "    o = keras.layers.Dense(4)(i)\n"
        '    o = NetLoss(name="net_loss")(o)\n'
        "    net = keras.Model(inputs=i, outputs=[o, i])\n"
        "    return net\n"
    )


@pytest.mark.parametrize(
    "body",
    [
        # The loss is read again, or the output.
        MODEL + "loss = tf.reduce_mean(h)\nmodel.add_loss(loss)\nprint(loss)\n",
        MODEL + "loss = tf.reduce_mean(h)\nother = keras.Model(x, y)\nmodel.add_loss(loss)\n",
        MODEL + "loss = tf.reduce_mean(h)\nmodel.add_loss(loss)\nother = keras.Model(x, y)\n",
        # What it is made of is not there before the model.
        MODEL + "w = compute()\nloss = w * tf.reduce_mean(h)\nmodel.add_loss(loss)\n",
        MODEL + "loss = tf.reduce_mean(model.output)\nmodel.add_loss(loss)\n",
        "def build():\n    " + MODEL + "    model.add_loss(tf.reduce_mean(h))\n    return model\n",
        # Two losses, a model from elsewhere, an output without a name, no raw op.
        MODEL + "model.add_loss(tf.reduce_mean(h))\nmodel.add_loss(tf.reduce_sum(h))\n",
        "model = build()\nloss = tf.reduce_mean(h)\nmodel.add_loss(loss)\n",
        "model = keras.Model(x, keras.layers.Dense(2)(y))\nmodel.add_loss(tf.reduce_mean(h))\n",
        MODEL + "model.add_loss(lambda: tf.reduce_mean(model.weights[0]))\n",
    ],
)
def test_the_loss_stays_where_somebody_would_see_the_difference(body: str) -> None:
    done = rewritten(body)
    assert "self.add_loss" not in done
    assert done.count("model.add_loss(") == body.count("model.add_loss(")
