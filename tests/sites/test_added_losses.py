"""``model.add_loss(tensor)``: a layer adds the loss, where nobody sees more of it than that."""

from __future__ import annotations

from pathlib import Path

import pytest

from transforms.plan.settings import PlanSettings
from transforms.rewrite import rewritten_source
from transforms.syntax.records import Target

HEAD = """\
import tensorflow as tf
from tensorflow import keras

x = keras.Input((4,))
h = keras.layers.Dense(4)(x)
y = keras.layers.Dense(4)(h)
"""
MODEL = "model = keras.Model(x, y)\n"


def rewritten(body: str, target: Target = "layer") -> str:
    source = (HEAD + body).encode()
    settings = PlanSettings(target=target)
    return rewritten_source(source, Path("model.py"), settings).rewritten.decode()


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
        'y = ModelLoss(name="model_loss")(y, x)\n'
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


def test_a_layer_adds_the_loss_beside_functions_of_keras_ops() -> None:
    done = rewritten(
        "z = tf.nn.relu(y)\nmodel = keras.Model(x, z)\n"
        + "model.add_loss(tf.reduce_mean(tf.square(x - z)))\n",
        target="ops",
    )
    assert done.endswith(
        "y = keras.layers.Dense(4)(h)\n"
        "z = keras.ops.relu(y)\n"
        'z = ModelLoss(name="model_loss")(z, x)\n'
        "model = keras.Model(x, z)\n"
    )
    assert "        self.add_loss(tf.reduce_mean(tf.square(x - z)))\n" in done
    lambdas = rewritten(MODEL + "model.add_loss(tf.reduce_mean(y))\n", target="lambda")
    assert "model.add_loss(" in lambdas


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
        "    o = NetLoss()(o)\n"
        "    net = keras.Model(inputs=i, outputs=[o, i])\n"
        "    return net\n"
    )


def test_losses_and_metrics_of_one_model_become_one_layer() -> None:
    done = rewritten(
        MODEL
        + "error = tf.square(x - y)\n"
        + "rec = tf.reduce_mean(error)\n"
        + "\n"
        + "# The second one.\n"
        + "kl = tf.reduce_mean(tf.exp(h))\n"
        + "model.add_loss(rec)\n"
        + "model.add_loss(kl)\n"
        + 'model.add_metric(kl, name="kl", aggregation="mean")\n'
        + 'model.compile("sgd")\n'
    )
    assert done.endswith(
        'y = ModelLosses(name="model_losses")(y, x, h)\n'
        "model = keras.Model(x, y)\n"
        'model.compile("sgd")\n'
    )
    assert (
        '    """Adds the losses `rec` and `kl` and the metric `kl` and passes `y` on."""\n'
        "\n"
        "    def __init__(self, **kwargs):\n"
        "        super().__init__(autocast=False, **kwargs)\n"
        '        self.kl_metric = keras.metrics.Mean(name="kl")\n'
        "\n"
        "    def call(self, y, x, h):\n"
        "        error = tf.square(x - y)\n"
        "        rec = tf.reduce_mean(error)\n"
        "        # The second one.\n"
        "        kl = tf.reduce_mean(tf.exp(h))\n"
        "        self.add_loss(rec)\n"
        "        self.add_loss(kl)\n"
        "        self.kl_metric(kl)\n"
        "        return y\n"
    ) in done


def test_what_is_computed_before_the_model_goes_into_the_layer() -> None:
    done = rewritten(
        "rec = tf.reduce_mean(tf.square(x - y))\n"
        "rec *= 4.0\n"
        "loss = rec + tf.reduce_sum(h)\n" + MODEL + "model.add_loss(loss)\n"
    )
    assert done.endswith(
        "y = keras.layers.Dense(4)(h)\n"
        'y = ModelLoss(name="model_loss")(y, x, h)\n'
        "model = keras.Model(x, y)\n"
    )


def test_what_others_read_too_is_given_to_the_layer() -> None:
    done = rewritten(
        "rec = tf.reduce_mean(tf.square(x - y))\n"
        "kl = tf.reduce_mean(h)\n"
        "scores = keras.Model(x, rec)\n" + MODEL + "model.add_loss(rec)\nmodel.add_loss(kl)\n"
    )
    assert done.endswith(
        'rec = MeanSquaredError(name="rec")(x, y)\n'
        "scores = keras.Model(x, rec)\n"
        'y = ModelLosses(name="model_losses")(y, h, rec)\n'
        "model = keras.Model(x, y)\n"
    )


@pytest.mark.parametrize(
    "before, after",
    [
        ("", "other = keras.Model(x, y)\n"),
        ("other = keras.Model(x, y)\n", ""),
    ],
)
def test_an_output_that_is_read_again_stays_what_it_is(before: str, after: str) -> None:
    added = "loss = tf.reduce_mean(h)\n" + before + "model.add_loss(loss)\n" + after
    assert rewritten(MODEL + added).endswith(
        'model = keras.Model(x, ModelLoss(name="model_loss")(y, h))\n' + before + after
    )


def test_an_output_from_outside_gets_no_local_name() -> None:
    builder = "def build():\n    " + MODEL
    done = rewritten(builder + "    model.add_loss(tf.reduce_mean(h))\n    return model\n")
    assert done.endswith(
        "def build():\n    model = keras.Model(x, ModelLoss()(y, h))\n    return model\n"
    )


def test_a_model_may_be_an_attribute() -> None:
    builder = (
        "class VAE:\n"
        "    def build(self):\n"
        "        i = keras.Input((4,))\n"
        "        self.mu = keras.layers.Dense(2)(i)\n"
        "        o = keras.layers.Dense(4)(self.mu)\n"
        "        self.model = keras.Model(i, o)\n"
        "        kl = tf.reduce_mean(tf.square(self.mu))\n"
        "        self.model.add_loss(kl)\n"
        "        return self.model\n"
    )
    assert rewritten(builder + "VAE().build()\n").endswith(
        "        o = Kl()(o, self.mu)\n"
        "        self.model = keras.Model(i, o)\n"
        "        return self.model\n"
        "VAE().build()\n"
    )
    output = builder.replace("keras.Model(i, o)", "keras.Model(i, self.mu)")
    done = rewritten(output + "VAE().build()\n")
    assert "        self.model = keras.Model(i, Kl()(self.mu))\n        return" in done
    assert "    def call(self, mu):\n        kl = tf.reduce_mean(tf.square(mu))\n" in done
    assert "        self.add_loss(kl)\n        return mu\n" in done
    moved = builder.replace("self.model.add_loss", "self.mu = o\n        self.model.add_loss")
    assert "self.add_loss" not in rewritten(moved.replace("(kl)", "(tf.exp(self.mu))"))


@pytest.mark.parametrize(
    "body",
    [
        # The loss is read again, here or by the model.
        MODEL + "loss = tf.reduce_mean(h)\nmodel.add_loss(loss)\nprint(loss)\n",
        MODEL + "loss = tf.reduce_mean(h)\nprint(loss)\nmodel.add_loss(loss)\n",
        # Somebody may see that the loss is not there yet.
        MODEL + "loss = tf.reduce_mean(h)\nmodel.fit(data)\nmodel.add_loss(loss)\n",
        MODEL + "loss = tf.reduce_mean(h)\ntrain(model)\nmodel.add_loss(loss)\n",
        # What it is made of is not there before the model.
        MODEL + "w = compute()\nloss = w * tf.reduce_mean(h)\nmodel.add_loss(loss)\n",
        MODEL + "loss = tf.reduce_mean(model.output)\nmodel.add_loss(loss)\n",
        # Metrics whose names nobody knows, or that are one, and other aggregations.
        MODEL + "model.add_metric(tf.reduce_mean(h), name=some)\n",
        MODEL + "model.add_metric(tf.reduce_mean(h), name='m', aggregation=None)\n",
        MODEL + "model.add_metric(tf.abs(h), 'a b')\nmodel.add_metric(tf.exp(h), 'ab')\n",
        # A model from elsewhere, an output without a name, no raw op.
        "model = build()\nloss = tf.reduce_mean(h)\nmodel.add_loss(loss)\n",
        "model = keras.Model(x, keras.layers.Dense(2)(y))\nmodel.add_loss(tf.reduce_mean(h))\n",
        MODEL + "model.add_loss(lambda: tf.reduce_mean(model.weights[0]))\n",
    ],
)
def test_the_loss_stays_where_somebody_would_see_the_difference(body: str) -> None:
    done = rewritten(body)
    assert "self.add_loss" not in done
    for given in ("model.add_loss(", "model.add_metric("):
        assert done.count(given) == body.count(given)


def test_a_model_is_made_behind_what_chooses_its_loss() -> None:
    choice = (
        "use_mse = True\n"
        "if use_mse:\n"
        "    rec = tf.square(x - y)\n"
        "else:\n"
        "    rec = tf.abs(x - y)\n"
        "# Four of them.\n"
        "rec *= 4.0\n"
    )
    more = "kl = tf.reduce_mean(h)\nmodel.add_loss(tf.reduce_mean(rec) + kl)\n"
    done = rewritten(MODEL + "\n" + choice + more + 'model.compile("sgd")\n')
    assert done.endswith(
        '    rec = AbsoluteDifference(name="rec2")(x, y)\n'
        "# Four of them.\n"
        'y = ModelLoss(name="model_loss")(y, rec, h)\n'
        "model = keras.Model(x, y)\n"
        'model.compile("sgd")\n'
    ), done
    for seen in ("print(model)\n", "other = keras.Model(x, h)\n", "y = tf.nn.relu(y)\n"):
        assert "model.add_loss(" in rewritten(MODEL + seen + choice + more)
    chosen = rewritten(MODEL + "if flag:\n    h = y\nmodel.add_loss(tf.reduce_mean(h))\n")
    assert chosen.endswith(
        'if flag:\n    h = y\ny = ModelLoss(name="model_loss")(y, h)\nmodel = keras.Model(x, y)\n'
    ), chosen


def test_a_loss_that_starts_as_a_number_goes_where_a_run_has_shown_a_tensor() -> None:
    source = HEAD + (
        "def build(n):\n"
        "    y, penalty = keras.layers.Dense(4)(h), 0.0\n"
        "    for _ in range(n):\n"
        "        y = keras.layers.Dense(4)(y)\n"
        "        penalty += tf.reduce_mean(tf.abs(y))\n"
        "    model = keras.Model(x, y)\n"
        "    model.add_loss(1e-3 * penalty)\n"
        "    return model\n"
        "build(2)\n"
    )
    path = Path("model.py")
    first = rewritten_source(source.encode(), path, PlanSettings(granularity="run"))
    (asked,) = (site for site in first.plan.sites if site.status == "refused")
    assert asked.refusal is not None and asked.refusal.lifted_by_run
    assert source.splitlines()[asked.span.line - 1] == "    model.add_loss(1e-3 * penalty)"
    settings = PlanSettings(granularity="run", confirmed=frozenset({asked.span}))
    done = rewritten_source(source.encode(), path, settings).rewritten.decode()
    assert (
        "    y = ModelLoss(factor=1e-3)(y, penalty)\n    model = keras.Model(x, y)\n    return"
        in done
    )
