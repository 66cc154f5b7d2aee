"""Losses and metrics of symbolic tensors under Keras 3: the bridge gives them Keras 2's meaning.

Each source has many models, so that one run of each side judges all of them. ``NEW`` is false in
the original and true in the rewrite.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from codemod.verdict import Verdict
from tests.support.old_and_new import verdicts_of

pytestmark = pytest.mark.tensorflow

HEADER = """
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend as K
from tensorflow.keras import layers


class Adds(layers.Layer):
    def __init__(self, losses=(), metrics=(), **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.functions = losses
        self.values = dict(metrics)
        self.means = {name: keras.metrics.Mean(name=name) for name in self.values}

    def call(self, first, *others):
        for function in self.functions:
            self.add_loss(function(first, *others))
        for name, function in self.values.items():
            self.means[name](function(first, *others))
        return first


class Op(layers.Layer):
    def __init__(self, function, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.function = function

    def call(self, *inputs):
        return self.function(*inputs)


def op(function, *inputs):
    return Op(function)(*inputs) if NEW else function(*inputs)


def model(name, inputs, outputs, tensors, losses, metrics=(), rewritten=None, **arguments):
    # The rewrite adds ``rewritten`` by a layer, what it gives is passed on.
    if NEW:
        if rewritten is None:
            rewritten = (losses, metrics)
        outputs = Adds(*rewritten, name="adds_" + name)(outputs, *tensors)
        return keras.Model(inputs, outputs, name=name)
    made = keras.Model(inputs, outputs, name=name)
    for function in losses:
        made.add_loss(function(outputs, *tensors))
    for key, function in dict(metrics).items():
        made.add_metric(function(outputs, *tensors), name=key, aggregation="mean")
    return made


NEW = {new}
x = keras.Input((4,), name="x")
y = keras.Input((4,), name="y")
label = keras.Input((1,), name="label")
square = lambda a, *_: tf.reduce_mean(tf.square(a))
absolute = lambda a, b: tf.reduce_sum(tf.abs(a - b))
"""
SAME = """
def sampling(mean, log_variance):
    noise = tf.random.normal(tf.shape(mean), seed=3)
    return mean + tf.exp(0.5 * log_variance) * noise

h = layers.Dense(6, activation="relu")(x)
mean, variance = layers.Dense(2)(h), layers.Dense(2)(h)
out = layers.Dense(4, activation="sigmoid")(op(sampling, mean, variance))
def elbo(out, x, mean, variance):
    kl = -0.5 * K.sum(1 + variance - K.square(mean) - K.exp(variance), axis=-1)
    return K.mean(keras.losses.binary_crossentropy(x, out) * 4.0 + kl)
model("vae", x, out, [x, mean, variance], [elbo])

h = layers.Dense(3, activity_regularizer="l2", kernel_regularizer="l1")(op(tf.square, x))
model("several", [x, y], h, [x, y], [
    lambda h, x, y: 0.1 * tf.reduce_mean(tf.abs(h)), lambda h, x, y: tf.reduce_sum(x * y, axis=1)])

out = layers.Dense(4)(op(tf.tanh, x))
model("metrics", x, out, [x], [absolute], {"largest": lambda a, b: tf.reduce_max(a - b),
                                           "rows": lambda a, b: tf.reduce_sum(a, axis=-1)})
out = layers.Dense(4)(op(tf.tanh, x))
model("metric_alone", x, out, [], [], {"kl": lambda a: tf.reduce_mean(a)})

out = layers.Dropout(0.5, seed=2)(layers.Dense(1)(op(tf.abs, x)))
model("inputs_and_outputs", [x, label], out, [label], [
    lambda out, label: keras.losses.MeanSquaredError()(label, out)])

inner = keras.Input((4,))
tower = keras.Model(inner, layers.Dense(3)(op(tf.abs, inner)), name="tower")
def euclidean(a, b):
    return tf.sqrt(tf.reduce_sum(tf.square(a - b), 1, True) + 1e-6)
distance = op(euclidean, tower(x), tower(y))
def contrastive(distance, label):
    far = tf.square(tf.maximum(1.0 - distance, 0.0))
    return tf.reduce_mean(label * tf.square(distance) + (1.0 - label) * far)
model("siamese", [x, y, label], distance, [label], [contrastive])
"""
SAME_NAMES = ["vae", "several", "metrics", "metric_alone", "inputs_and_outputs", "siamese"]
OTHER = """
def other(name, losses, metrics=(), rewritten=None):
    out = layers.Dense(4, name="dense_" + name)(op(tf.tanh, x))
    return model(name, [x, y], out, [y], losses, metrics, rewritten)

other("scaled", [square], rewritten=([lambda a, b: 0.999 * square(a)],))
other("not_reduced", [square], rewritten=([lambda a, b: tf.reduce_mean(tf.square(a), axis=1)],))
other("order", [square, absolute], rewritten=([absolute, square],))
other("one_less", [square, absolute], rewritten=([square],))
other("none", [square], rewritten=([],))
other("twice", [square], rewritten=([square, square],))
other("stopped", [square], rewritten=([lambda a, b: square(tf.stop_gradient(a))],))
other("summed", [square, absolute], rewritten=([lambda a, b: square(a) + absolute(a, b)],))
other("of_the_input", [absolute], rewritten=([lambda a, b: absolute(b, b)],))
other("unreached", [lambda a, b: tf.reduce_mean(tf.minimum(tf.abs(a), 1e9))],
      rewritten=([lambda a, b: tf.reduce_mean(tf.minimum(tf.abs(a), 1e8))],))
other("other_metric", [], {"m": square}, rewritten=([], {"m": absolute}))
other("metric_name", [], {"m": square}, rewritten=([], {"n": square}))
other("metric_gone", [square], {"m": square}, rewritten=([square],))
other("metric_of_the_rows", [], {"m": lambda a, b: tf.reduce_sum(a, 1)},
      rewritten=([], {"m": lambda a, b: tf.reduce_sum(a)}))
still = layers.Dense(4, kernel_regularizer=None if NEW else keras.regularizers.L2(0.5), name="k")
model("regularizer", x, still(op(tf.tanh, x)), [], [square], rewritten=(
    [square, lambda a: 0.5 * tf.reduce_sum(tf.square(still.kernel))],))
"""
OTHER_NAMES = (
    "scaled not_reduced order one_less none twice stopped summed of_the_input unreached "
    "other_metric metric_name metric_gone metric_of_the_rows regularizer"
).split()
# Keras 3 takes none of them from the rewrite.
LEFT = """
out = layers.Dense(4)(op(tf.tanh, x))
left = keras.Model(x, out, name="left")
left.add_loss(keras.layers.Flatten()(out))
out = layers.Dense(4)(op(tf.tanh, x))
callable_loss = keras.Model(x, out, name="callable_loss")
callable_loss.add_loss(lambda: 1.0)
"""


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    return verdicts_of(HEADER + body for body in (SAME, OTHER, LEFT))


@pytest.fixture(scope="module")
def claims(verdicts: list[Verdict]) -> Mapping[str, tuple[str, str]]:
    """By the names of the models: under Keras 2, and under Keras 3."""
    return {
        model.name: (f"{model.verdict} ({model.reason})", model.keras3 or "")
        for verdict in verdicts
        for model in verdict.models
    }


@pytest.mark.parametrize("name", SAME_NAMES)
def test_a_layer_that_adds_the_same(name: str, claims: Mapping[str, tuple[str, str]]) -> None:
    assert claims[name] == ("proved ()", "proved")


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_a_layer_that_adds_something_else(name: str, claims: Mapping[str, tuple[str, str]]) -> None:
    assert [claim.partition(" ")[0] for claim in claims[name]] == ["different"] * 2, claims[name]


def test_what_stops_without_the_bridge_is_told(claims: Mapping[str, tuple[str, str]]) -> None:
    for name in ("left", "callable_loss"):
        assert claims[name][0].startswith("proved"), claims[name]
        assert claims[name][1].startswith("does not build: line "), claims[name]
    assert "takes no symbolic losses" in claims["left"][1], claims["left"]
