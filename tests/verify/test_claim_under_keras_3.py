"""The claim under Keras 3: the original, built through the bridge, and the rewrite without it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemod.verdict import ModelVerdict, Verdict
from codemod.verify.records import VerifyOptions, VerifyRequest
from codemod.verify.session import VerifySession

pytestmark = pytest.mark.tensorflow

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras import backend as K


@keras.utils.register_keras_serializable()
class Op(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)

    def call(self, x):
        return {body}


def build():
    i = keras.Input({shape}, dtype="{dtype}")
    {before}
    y = {expression}
    {after}
    return keras.Model(i, y, name="m")
"""


def source(
    expression: str,
    body: str = "x",
    shape: str = "(4, 3)",
    dtype: str = "float32",
    before: str = "x = i",
    after: str = "pass",
) -> bytes:
    """A builder of a model ``m`` that returns ``expression``; ``body`` is that of its layer."""
    text = HEADER.format(
        body=body, shape=shape, dtype=dtype, before=before, expression=expression, after=after
    )
    return text.encode()


@pytest.fixture(scope="module")
def session() -> Iterator[VerifySession]:
    options = VerifyOptions(python=sys.executable, device="cpu", time_limit=120)
    with VerifySession(options, jobs=2) as opened:
        yield opened


def verified(session: VerifySession, folder: Path, original: bytes, rewritten: bytes) -> Verdict:
    path = folder / "model.py"
    request = VerifyRequest(
        entry=path,
        originals={path: original},
        rewrites={path: rewritten},
        builds=("build()",),
    )
    return session.verify(request)


def model_of(verdict: Verdict) -> ModelVerdict:
    (model,) = verdict.models
    return model


PROVED = {
    "a sum": ("tf.reduce_sum(x, 1)", {}),
    "a function of the backend": ("K.batch_dot(x, x)", {"shape": "(3,)"}),
    "a loss function": ("keras.losses.categorical_crossentropy(x, x * 2.0)", {}),
    "operators, slices and what NumPy has on the left": (
        "__import__('numpy').float32(2.0) * x[:, :-1] - 1.0 / (x[..., :1][:, 1:] + 3.0)[:, :1]",
        {},
    ),
    "sizes that are not known": (
        "tf.reshape(x, [tf.shape(x)[0], tf.shape(x)[1] * 3])",
        {"shape": "(None, 3)"},
    ),
    "a layer behind": ("layers.Dense(2)(tf.tile(x, [1, 2, 1]))", {}),
    "an activity regulariser of Keras": (
        "layers.Dense(2, activity_regularizer='l2')(tf.nn.relu(x))",
        {},
    ),
    "a comparison inside": ("tf.where(x == 0.0, 1.0, x)", {}),
    "a list": ("tf.concat([part for part in tf.unstack(x, axis=1)], 1)", {}),
    "static shapes": (
        "tf.reshape(x, (-1, x.shape.as_list()[1] * x.get_shape()[2] * K.int_shape(x)[2]))",
        {"shape": "(4, 1)"},
    ),
}


@pytest.mark.parametrize("name", PROVED)
def test_the_original_builds_and_equals_a_layer(
    name: str, session: VerifySession, tmp_path: Path
) -> None:
    """The whole computation in one layer: what the bridge makes of it is the same."""
    expression, options = PROVED[name]
    body = expression.replace("layers.Dense(2)(", "(")
    if "Dense" in expression:
        outer, _, inner = expression.partition(")(")
        rewritten = source(f"{outer})(Op(name='op')(x))", body=inner[:-1], **options)
    else:
        rewritten = source("Op(name='op')(x)", body=body, **options)
    verdict = verified(session, tmp_path, source(expression, **options), rewritten)
    model = model_of(verdict)
    assert (model.verdict, model.keras3) == ("proved", "proved"), model


WRONG = {
    "another axis": ("tf.reduce_sum(x, 1)", "tf.reduce_sum(x, 2)", {"shape": "(3, 3)"}),
    "another constant": ("x - tf.constant(0.5)", "x - tf.constant(0.25)", {}),
    "a gradient is stopped": ("tf.square(x)", "tf.stop_gradient(tf.square(x))", {}),
    "more precision": ("tf.square(x)", "tf.cast(tf.square(tf.cast(x, 'float64')), 'float32')", {}),
    "only in training": ("tf.nn.relu(x)", "K.in_train_phase(tf.nn.tanh(x), tf.nn.relu(x))", {}),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rewrite_is_rejected_under_keras_3_too(
    name: str, session: VerifySession, tmp_path: Path
) -> None:
    expression, body, options = WRONG[name]
    rewritten = source("Op(name='op')(x)", body=body, **options)
    verdict = verified(session, tmp_path, source(expression, **options), rewritten)
    keras3 = model_of(verdict).keras3 or ""
    assert keras3.startswith(("different", "does not")), keras3


ONLY_UNDER_KERAS_3 = {
    # Keras 3 has another meaning of an operator that stands alone.
    "and of integers": ("x & 3", "x & 3", {"dtype": "int32"}),
    "a quotient of integers": ("x / 2", "x / 2", {"dtype": "int32"}),
    "a remainder of small integers": ("x % 2", "x % 2", {"dtype": "uint8"}),
    # Under Keras 3 the flag of a call counts only where the model is given none.
    "a flag": (
        "layers.Dropout(0.5, seed=1)(tf.nn.relu(x))",
        "layers.Dropout(0.5, seed=1)(Op(name='op')(x), training=True)",
        {},
    ),
}


def test_what_keras_2_and_3_tell_apart(session: VerifySession, tmp_path: Path) -> None:
    """Kept operators are the same under Keras 2, and told under Keras 3."""
    claims = {}
    for name, (expression, after, options) in ONLY_UNDER_KERAS_3.items():
        original = source(f"tf.identity({expression})", **options)
        rewritten = source(f"Op(name='op')({after})", body="tf.identity(x)", **options)
        if "Dropout" in expression:
            original = source(expression, **options)
            rewritten = source(after, body="tf.nn.relu(x)", **options)
        model = model_of(verified(session, tmp_path, original, rewritten))
        claims[name] = (model.verdict, (model.keras3 or "").partition(" ")[0])
    operators = {name: claim for name, claim in claims.items() if name != "a flag"}
    assert all(verdict == "proved" for verdict, _ in operators.values()), claims
    assert all(claim in ("different", "does") for _, claim in operators.values()), claims
    # The samples are run without training, the graphs in all three ways.
    assert claims["a flag"] == ("different", "bitwise")


def test_what_the_original_does_beside_the_model_has_no_bridge(
    session: VerifySession, tmp_path: Path
) -> None:
    """Keras's own calls keep Keras's answers, and so does code in a traced function."""
    before = (
        "x = i\n    tf.function(lambda v: v * 2.0)(tf.ones(3))\n    assert (x == None) is False\n"
        "    assert tf.is_tensor(tf.ones(2))"
    )
    verdict = verified(
        session,
        tmp_path,
        source("tf.reduce_max(x, 1)", before=before),
        source("Op(name='op')(x)", body="tf.reduce_max(x, 1)", before=before),
    )
    assert model_of(verdict).keras3 == "proved"


def test_the_reason_tells_which_side_does_not_build(session: VerifySession, tmp_path: Path) -> None:
    ragged = "tf.RaggedTensor.from_tensor(x).to_tensor()"
    verdict = verified(session, tmp_path, source(ragged), source("Op(name='op')(x)", body=ragged))
    keras3 = model_of(verdict).keras3 or ""
    assert keras3 == "proved" or keras3.startswith("not checked: the original does not build")
    left = source("tf.reduce_sum(Op(name='op')(x), 1)", body="tf.square(x)")
    verdict = verified(session, tmp_path, source("tf.reduce_sum(tf.square(x), 1)"), left)
    model = model_of(verdict)
    assert model.verdict == "proved"
    assert (model.keras3 or "").startswith("does not build: ")
    assert model.port == "not checked: the rewrite does not build under Keras 3"


FLAGS = """\
layers.BatchNormalization(name='frozen')(i, training=False)
    x = layers.Dropout(0.5, name='always')(x, training=True)
    x = layers.SpatialDropout1D(0.5, name='usual')(x)
    still = layers.BatchNormalization(name='still', trainable=False)
    x = layers.Activation('relu')(still(x, training=False))"""


def test_flags_that_only_keras_2_keeps_are_hazards(session: VerifySession, tmp_path: Path) -> None:
    verdict = verified(
        session,
        tmp_path,
        source("tf.square(x)", before=f"x = {FLAGS}"),
        source("Op(name='op')(x)", body="tf.square(x)", before=f"x = {FLAGS}"),
    )
    assert model_of(verdict).keras3 == "proved"
    told = [text for text in verdict.hazards if "is called with training" in text]
    assert len(told) == 2, verdict.hazards
    assert "Keras 3: `frozen` is called with training=False, and trains in `fit`" in told[0]
    assert "`always` is called with training=True, and does not train in `predict`" in told[1]


ADDED_LOSS = "m = keras.Model(i, y)\n    m.add_loss(tf.reduce_mean(y))"


def test_an_added_loss_is_told(session: VerifySession, tmp_path: Path) -> None:
    verdict = verified(
        session,
        tmp_path,
        source("tf.square(x)", after=ADDED_LOSS),
        source("Op(name='op')(x)", body="tf.square(x)", after=ADDED_LOSS),
    )
    claims = [model.keras3 or "" for model in verdict.models]
    assert claims and not any(claim.startswith("proved") for claim in claims), claims
