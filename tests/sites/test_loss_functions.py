"""Functions that a model is compiled with, and that read symbolic tensors of the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from transforms.plan.settings import PlanSettings
from transforms.rewrite import rewritten_source

HEAD = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend as K

x = keras.Input((4,))
y = keras.layers.Dense(4)(x)
model = keras.Model(x, y)


"""
LOSS = "def loss(a, b):\n    return tf.reduce_mean(tf.square(a - b)) + tf.reduce_mean(y)\n"
FACTORY = """\
def make(t):
    def inner(a, b):
        return tf.reduce_mean(tf.square(a - b)) + tf.reduce_sum(t)
    return inner
"""
METHOD = """\
class Net:
    def loss(self, a, b):
        return K.mean(K.square(a - b)) + K.mean(self.mu)
    def build(self):
        self.mu = keras.layers.Dense(2)(x)
        model.compile("adam", loss=self.loss)
Net().build()
"""


@pytest.mark.parametrize(
    "body, name, tensor",
    [
        (LOSS + 'model.compile("adam", loss)\n', "loss", "y"),
        (LOSS + 'model.compile("adam", loss=[loss])\n', "loss", "y"),
        (LOSS + 'model.compile("adam", metrics={"dense": loss})\n', "loss", "y"),
        (FACTORY + 'model.compile("adam", loss=make(y))\n', "make", "t"),
        (METHOD, "loss", "self.mu"),
    ],
)
def test_ops_in_a_loss_are_no_layers(body: str, name: str, tensor: str) -> None:
    source = (HEAD + body).encode()
    done = rewritten_source(source, Path("model.py"), PlanSettings())
    assert done.rewritten == source
    (site,) = done.plan.sites
    assert site.refusal is not None
    assert site.refusal.code == "KC315"
    assert f"`{name}` reads the symbolic tensor `{tensor}`;" in site.refusal.text
    # Of a metric it is told that Keras 3 casts no targets.
    assert all("casts no targets" in hazard.message for hazard in done.plan.hazards)


def test_a_loss_that_is_also_called_for_the_model_runs_on_other_tensors() -> None:
    body = (
        "def loss(a, b):\n    return tf.reduce_mean(tf.square(a - b))\n"
        'extra = loss(x, y)\nmodel.compile("adam", loss)\n'
    )
    done = rewritten_source((HEAD + body).encode(), Path("model.py"), PlanSettings())
    assert [site.refusal and site.refusal.code for site in done.plan.sites] == ["KC303"]


PARTS = """\
def entropy(x_true, x_pred):
    return tf.reduce_mean(x_true * tf.math.log(x_pred))


def scaled(loss, variance):
    variance = tf.exp(variance)
    return loss * tf.sqrt(variance)


def robust(variance):
    def loss(y_true, y_pred, sample_weight=None):
        return scaled(entropy(y_true, y_pred), variance)

    return loss


losses = [robust(y)]
print(entropy(tf.ones(3), tf.ones(3)))
"""


@pytest.mark.parametrize(("more", "code"), [("", "KC315"), ("z = scaled(x, y)\n", None)])
def test_what_has_the_parameters_of_a_loss_is_one(more: str, code: str | None) -> None:
    # What is also called while a model is built is a builder. A loss is told of once.
    done = rewritten_source((HEAD + PARTS + more).encode(), Path("model.py"), PlanSettings())
    assert {site.refusal and site.refusal.code for site in done.plan.sites} == {code}
    assert len(done.plan.sites) == (1 if code else 2)


def test_a_loss_of_a_table_that_is_called_with_tensors_is_one() -> None:
    body = (
        "def robust(mean, scale):\n    def loss(y_true, y_pred):\n"
        "        return (y_true - y_pred) * tf.exp(mean) * scale\n    return loss\n"
        "def absolute(y_true, y_pred):\n    return tf.reduce_sum(tf.abs(y_true - y_pred))\n"
        "LOSSES = {'robust': robust, 'absolute': absolute}\n"
        "def made(name):\n    return LOSSES[name](y, 2.0)\n"
    )
    done = rewritten_source((HEAD + body).encode(), Path("model.py"), PlanSettings())
    assert [(site.refusal and site.refusal.code) for site in done.plan.sites] == ["KC315"]


def test_what_a_loss_calls_is_told_with_the_loss() -> None:
    body = (
        "def finite(t):\n    return tf.where(tf.math.is_nan(t), tf.zeros_like(t), t)\n"
        "class Noise:\n    def __init__(self, scale):\n        self.scale = scale\n"
        "    def loss(self, y_true, y_pred):\n"
        "        return finite(self.scale) + tf.minimum(self.scale, 1e6) * y_pred\n"
        "noise = Noise(y)\n"
    )
    done = rewritten_source((HEAD + body).encode(), Path("model.py"), PlanSettings())
    assert [(site.refusal and site.refusal.code) for site in done.plan.sites] == ["KC315"]


def test_builders_beside_losses_are_rewritten() -> None:
    body = 'def build(a):\n    return tf.exp(a)\nz = build(y)\nmodel.compile("adam", "mse")\n'
    done = rewritten_source((HEAD + body).encode(), Path("model.py"), PlanSettings())
    assert [site.refusal for site in done.plan.sites] == [None]


def test_a_loss_of_its_arguments_alone_is_no_site() -> None:
    body = "def loss(a, b):\n    return tf.reduce_mean(a - b)\nmodel.compile('adam', loss)\n"
    done = rewritten_source((HEAD + body).encode(), Path("model.py"), PlanSettings())
    assert not done.plan.sites


HELPER = """\
def normal(t):
    return t / (tf.reduce_sum(t, axis=-1, keepdims=True) + 1e-6)
def doubled(t):
    return normal(t) * 2.0
"""


@pytest.mark.parametrize(
    ("user", "is_lifted"),
    [
        ("def loss(y_true, y_pred):\n    return normal(tf.ones((1, 4))) - y_pred\n", False),
        ("def far(a, b):\n    return doubled(a) - b\nmodel.compile('sgd', loss=far)\n", False),
        ("def prepared():\n    return normal(tf.ones((1, 4)))\n", True),
    ],
)
def test_no_run_puts_a_layer_into_a_loss(user: str, is_lifted: bool) -> None:
    body = HELPER + user + "head = keras.Model(x, keras.layers.Dense(2)(normal(y)))\n"
    done = rewritten_source((HEAD + body).encode(), Path("model.py"), PlanSettings())
    refusals = [site.refusal for site in done.plan.sites if site.refusal is not None]
    lifted = [one.lifted_by_run for one in refusals if one.code in {"KC302", "KC303"}]
    assert lifted
    assert set(lifted) == {is_lifted}
