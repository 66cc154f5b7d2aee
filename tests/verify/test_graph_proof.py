"""Graphs are compared first: what is proved, what differs and where, what cannot be told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from codemod.verdict import ModelVerdict, Verdict
from codemod.verify.records import VerifyOptions, VerifyRequest
from codemod.verify.session import VerifySession

pytestmark = pytest.mark.tensorflow

# Each model is written once, with ``NEW`` false for the original and true for the rewrite.
HEADER = """\
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

def apply(function, inputs, **arguments):
    if NEW:
        return layers.Lambda(function, **arguments)(inputs)
    return function(inputs)

class Call(layers.Layer):
    def __init__(self, function, **arguments):
        super().__init__(**arguments)
        self.function = function
    def call(self, inputs):
        return self.function(inputs)
"""


@pytest.fixture(scope="module")
def session() -> Iterator[VerifySession]:
    with VerifySession(VerifyOptions(python=sys.executable, device="cpu", keras3=False)) as opened:
        yield opened


def verify(session: VerifySession, folder: Path, body: str) -> Verdict:
    path = folder / "model.py"
    old, new = (f"{HEADER}\nNEW = {value}\n{body}".encode() for value in (False, True))
    return session.verify(VerifyRequest(entry=path, originals={path: old}, rewrites={path: new}))


def by_name(verdict: Verdict) -> Mapping[str, ModelVerdict]:
    return {model.name: model for model in verdict.models}


PROVED = """
i = keras.Input((8, 8, 3))
x = layers.BatchNormalization()(layers.Conv2D(4, 3)(i))
x = layers.Dropout(0.5)(apply(tf.nn.relu, x))
x = tf.concat([x, x], -1) if not NEW else Call(lambda t: tf.concat([t, t], -1))(x)
keras.Model(i, apply(lambda t: tf.reshape(t, [-1, 36, 8]), x), name="convolution")

i = keras.Input((None,), dtype="int32")
x = layers.LSTM(4, return_sequences=True, dropout=0.2)(layers.Embedding(9, 4, mask_zero=True)(i))
x = apply(lambda t: t * 2.0, x)
keras.Model(i, layers.Bidirectional(layers.GRU(3))(x), name="recurrent")

def control_flow(t):
    t = tf.cond(tf.reduce_sum(t) > 0.0, lambda: t + 1.0, lambda: t - 1.0)
    return tf.while_loop(lambda k, s: k < 3, lambda k, s: (k + 1, s * 2.0), (0, t))[1]
i = keras.Input((4,))
x = Call(control_flow, name="flow")(tf.abs(i))
keras.Model(i, x, name="control_flow")

i = keras.Input((4,))
noise = apply(lambda t: tf.random.normal(tf.shape(t)), i)
more = apply(lambda t: tf.random.normal(tf.shape(t), seed=3), i)
keras.Model(i, layers.subtract([noise, more]), name="noise")

from tensorflow.keras import backend as K
i = keras.Input((4,))
# Its seed comes from NumPy each time that it is traced.
noise = apply(lambda t: K.random_normal((K.shape(t)[0], 4)), i)
keras.Model(i, layers.add([i, noise]), name="drawn")

j = keras.Input((4,))
inner = keras.Model(j, apply(tf.square, layers.Dense(4)(j)), name="inner")
i = keras.Input((4,))
shared = layers.Dense(4)
x = shared(apply(tf.tanh, shared(inner(inner(i)))))
keras.Model(i, {"b": x, "a": [inner(x)]}, name="nested")

i = keras.Input((None, 2), ragged=True)
x = apply(lambda t: tf.reduce_sum(t, axis=1), i)
keras.Model(i, [x, apply(lambda t: t * 3.0, i)], name="ragged")

i = keras.Input((4,))
x = layers.Dense(2, kernel_regularizer="l2", activity_regularizer="l1")(i)
keras.Model(i, apply(tf.abs, x), name="losses")
"""


def test_equal_graphs_are_proved(session: VerifySession, tmp_path: Path) -> None:
    verdict = verify(session, tmp_path, PROVED)
    found = {model.name: (model.verdict, model.graph) for model in verdict.models}
    names = "convolution recurrent control_flow noise drawn inner nested ragged losses".split()
    assert found == dict.fromkeys(names, ("proved", ""))
    assert all(model.proved and model.bitwise for model in verdict.models)
    assert (verdict.verdict, verdict.reason, verdict.assumptions) == ("proved", "", ())


DIFFERENT = """
i = keras.Input((4, 4))
keras.Model(i, apply(lambda t: tf.reduce_sum(t, 2 if NEW else 1), i, name="r"), name="axis")

x = i = keras.Input((4,))
for k in range(2):
    x = layers.Lambda(lambda t: t * (k + 2.0))(x) if NEW else x * (k + 2.0)
keras.Model(i, x, name="late")

i = keras.Input((4,))
j = keras.Input((4,))
x = apply(lambda t: t[1] - t[0] if NEW else t[0] - t[1], [i, j])
keras.Model([i, j], x, name="subtraction")

x = apply(lambda t: tf.concat(t[::-1] if NEW else t, -1), [i, j])
keras.Model([i, j], x, name="concatenation")

def loop(t):
    step = 3.0 if NEW else 2.0
    return tf.while_loop(lambda k, s: k < 3, lambda k, s: (k + 1, s * step), (0, t))[1]
keras.Model(i, layers.Lambda(loop)(i), name="loop")

draw = layers.Lambda(lambda t: tf.random.normal(tf.shape(t), seed=3))
a = draw(i)
keras.Model(i, layers.concatenate([a, a if NEW else draw(i)]), name="draws")

momentum = 0.8 if NEW else 0.9
keras.Model(i, layers.BatchNormalization(momentum=momentum)(i), name="momentum")

keras.Model(i, layers.Dropout(0.25 if NEW else 0.5, name="d")(i), name="rate")

wide = keras.Input((4,), dtype="float64")
keras.Model(wide, apply(tf.square, wide), name="cast")

limit = 5.0 if NEW else 10.0
keras.Model(i, apply(lambda t: tf.minimum(tf.sigmoid(t), limit), i), name="limit")

token = keras.Input((4,), dtype="int32")
small = tf.int16 if NEW else tf.int64
keras.Model(token, apply(lambda t: tf.cast(tf.cast(t % 9, small), tf.float32), token), name="small")
found = tf.int16 if NEW else tf.int64
place = apply(lambda t: tf.cast(tf.cast(tf.argmax(t, 1), found), tf.float32), i)
keras.Model(i, place, name="added")

stop = tf.stop_gradient if NEW else lambda t: t
floor = apply(lambda t: tf.maximum(tf.sigmoid(t), stop(-1.0 - tf.sigmoid(t))), i)
keras.Model(i, floor, name="stopped")

events = keras.Input((None, 3), ragged=True)
keras.Model(events, Call(lambda t: stop(tf.reduce_mean(t, 1)))(events), name="ragged")
"""


@pytest.fixture(scope="module")
def different(
    session: VerifySession, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, ModelVerdict]:
    return by_name(verify(session, tmp_path_factory.mktemp("different"), DIFFERENT))


def test_the_first_difference_is_named(different: Mapping[str, ModelVerdict]) -> None:
    models = different
    assert [model.proved for model in models.values()] == [False] * 14
    line = 1 + f"{HEADER}\nNEW = True\n{DIFFERENT}".splitlines().index(
        'keras.Model(i, apply(lambda t: tf.reduce_sum(t, 2 if NEW else 1), i, name="r"), '
        'name="axis")'
    )
    difference = {
        "axis": f"`Sum` of layer `r` (line {line} of the rewritten source): axis is 2, not 1",
        "late": "y is 3.0, not 2.0",
        "subtraction": "its inputs are in another order",
        "concatenation": "its inputs are in another order",
        "loop": "its `body` differs: `Mul`: y is 3.0, not 2.0",
        "draws": "`RandomStandardNormal`",
        "cast": "`Cast` of layer `lambda_6`: the original has input 0 of float64",
    }
    for name, text in difference.items():
        assert text in models[name].graph, name
    for name in difference.keys() - {"draws"}:
        assert models[name].verdict == "different"
        assert models[name].reason.endswith(models[name].graph), name
    assert "differs by up to" in models["subtraction"].reason
    assert models["ragged"].reason == "the gradient of input 0 is gone"
    assert models["ragged"].graph.startswith("`StopGradient` of layer `call`")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("limit", "y is 5.0, not 10.0"),
        ("small", "DstT is int16, not int64"),
        ("added", "`Cast` of layer"),
        ("stopped", "`StopGradient` of layer `lambda"),
    ],
)
def test_what_no_sample_shows_can_be_a_difference(
    name: str, text: str, different: Mapping[str, ModelVerdict]
) -> None:
    model = different[name]
    assert (model.verdict, model.bitwise) == ("different", True)
    assert model.reason.startswith("the samples give the same, the graphs do not: ")
    assert text in model.reason


def test_what_only_training_shows_is_not_proved(different: Mapping[str, ModelVerdict]) -> None:
    models = different
    assert "0.1" in models["momentum"].graph or "0.19" in models["momentum"].graph
    assert models["momentum"].graph.endswith(", with training=True")
    assert "of layer `d`" in models["rate"].graph
    for name in ("momentum", "rate"):
        assert (models[name].bitwise, models[name].proved) == (True, False)


OTHER = """
i = keras.Input((4, 3))
keras.Model(i, apply(lambda t: tf.tanh(t) * t if NEW else t * tf.tanh(t), i), name="swapped")
keras.Model(i, apply(lambda t: tf.reduce_max(t, -1 if NEW else 2), i), name="axis")
x = apply(lambda t: tf.reshape(t, tf.raw_ops.Pack(values=[-1, 4, 3]) if NEW else [-1, 4, 3]), i)
keras.Model(i, x, name="stacked")
x = apply(lambda t: tf.reduce_mean(t, [1] if NEW else 1), i)
keras.Model(i, x, name="listed")
x = apply(lambda t: tf.einsum("bxy,bxz->byz" if NEW else "abc,abd->acd", t, t), i)
keras.Model(i, x, name="letters")
x = apply(lambda t: tf.einsum("abc,abd->adc" if NEW else "abc,abd->acd", t, tf.tanh(t)), i)
keras.Model(i, x, name="other_letters")
v = tf.constant([1.0, 2.0, 3.0])
x = apply(lambda t: tf.nn.bias_add(t, v) if NEW else v + t, i)
keras.Model(i, x, name="bias")
free = keras.Input((4, None))
x = apply(lambda t: tf.nn.bias_add(t, v) if NEW else t + v, free)
keras.Model(free, x, name="bias_of_free_size")

s = keras.Input((3, 4))
def product(equation):
    return lambda t: (tf.einsum(equation, t, tf.tanh(t)) if NEW
                      else tf.matmul(t, tf.tanh(t), transpose_b=True))
d = layers.Dense(4)(s)
keras.Model(s, apply(product("...ij,...kj->...ik"), d), name="product")
keras.Model(s, apply(product("...ij,...kj->...ki"), s), name="other_product")
n = keras.Input((2,), dtype="int32")
keras.Model(n, apply(lambda t: tf.one_hot(tf.cast(t, tf.int64) if NEW else t, 4), n), name="index")
def chosen(bound):
    def function(t):
        k = tf.constant([0, 2])
        return tf.gather(t, tf.where(k < bound, k + tf.shape(t)[1] - 3, k) if NEW else k, axis=1)
    return function
keras.Model(s, apply(chosen(0), s), name="choice")
keras.Model(s, apply(chosen(1), s), name="other_choice")
keras.Model(s, apply(lambda t: tf.squeeze(t[..., :1], [-1] if NEW else [2]), s), name="squeezed")
keras.Model(i, tf.equal(i, 0.5) if NEW else i == 0.5, name="equality")
x = tf.equal(i, tf.tanh(i)) if NEW else i == tf.tanh(i)
keras.Model(i, x, name="equality_of_free_size")
r = keras.Input((4, 6))
by_layer = lambda t: layers.Reshape((8, 3))(t) if NEW else tf.reshape(t, [-1, 8, 3])
keras.Model(r, by_layer(r), name="reshaped")
free = keras.Input((None, 6))
by_shape = lambda t: tf.reshape(t, [tf.shape(t)[0] if NEW else -1, 8, 3])
keras.Model(free, apply(by_shape, free), name="reshape_of_free_size")
one = keras.Input((4, 6), batch_size=2)
by_number = lambda t: tf.reshape(t, [2 if NEW else -1, 8, 3])
keras.Model(one, apply(by_number, one), name="reshaped_of_known_batch")
def by_other(t):
    return tf.reshape(t[0], [tf.shape(t[1])[0] if NEW else -1, 8, 3])
keras.Model([r, s], apply(by_other, [r, s]), name="reshaped_by_other")
x = apply(lambda t: tf.maximum(t, 0.5) if NEW else tf.maximum(0.5, t), i)
keras.Model(i, x, name="maximum")

x = apply(lambda t: tf.ensure_shape(tf.numpy_function(np.tanh, [t], tf.float32), t.shape), i)
keras.Model(i, x, name="python")

table = tf.lookup.StaticHashTable(
    tf.lookup.KeyValueTensorInitializer(["alpha", "beta"], [1.0, 3.0]), 0.0)
other = tf.lookup.StaticHashTable(
    tf.lookup.KeyValueTensorInitializer(["alpha", "x"], [1.0, 4.0 if NEW else 3.0]), 0.0)
s = keras.Input((1,), dtype="string")
keras.Model(s, Call(table.lookup, name="t")(s), name="table")
keras.Model(s, Call(other.lookup, name="o")(s), name="other_table")

x = Call(lambda t: t * (2.0 if NEW and tf.executing_eagerly() else 1.0))(i)
keras.Model(i, x, name="eager")

scale = tf.Variable([2.0, 1.0, 2.0])
keras.Model(i, apply(lambda t: t * scale, i), name="variable")

other = tf.Variable([2.0, 1.0, 3.0 if NEW else 2.0])
keras.Model(i, apply(lambda t: t * other, i), name="another_variable")
"""


def test_rules_reasons_and_assumptions(session: VerifySession, tmp_path: Path) -> None:
    verdict = verify(session, tmp_path, OTHER)
    models = by_name(verdict)
    by_rules = ("swapped", "axis", "stacked", "listed", "letters", "bias")
    for name in (*by_rules, "product", "index", "choice", "squeezed", "equality"):
        assert (models[name].verdict, models[name].proved) == ("equal-by-rules", False)
    assert "in the other order" in models["swapped"].graph
    assert "from the other end" in models["axis"].graph
    assert models["stacked"].graph == "constants computed in the graph"
    assert models["listed"].graph == "the one axis of a reduction as a number or in a list"
    assert models["letters"].graph == "other letters in an einsum"
    assert "`BiasAdd`" in models["bias"].graph and "other order" in models["bias"].graph
    assert models["other_letters"].verdict == "different"
    assert "stacked matrices" in models["product"].graph
    assert models["other_product"].verdict == "different"
    assert models["index"].graph == "an index as a wider whole number"
    assert "a choice that is made before" in models["choice"].graph
    assert models["other_choice"].verdict == "bitwise"
    infers = "a reshape that infers the size of the batch or reads it"
    assert models["reshaped"].graph == models["reshaped_of_known_batch"].graph == infers
    assert models["reshape_of_free_size"].verdict not in ("proved", "equal-by-rules")
    assert models["reshaped_by_other"].verdict not in ("proved", "equal-by-rules")
    assert models["bias_of_free_size"].verdict == "bitwise"
    assert "shapes that fit" in models["equality"].graph
    assert models["equality_of_free_size"].verdict == "bitwise"
    assert (models["maximum"].verdict, models["maximum"].proved) == ("bitwise", False)
    assert (models["python"].verdict, models["python"].proved) == ("bitwise", None)
    assert "calls Python code" in models["python"].graph
    assert models["table"].verdict == models["variable"].verdict == "proved"
    assert "table_handle is another lookup table" in models["other_table"].graph
    assert "resource is variable [2.0, 1.0, 3.0]" in models["another_variable"].graph
    assert (models["eager"].verdict, models["eager"].proved) == ("different", False)
    assert models["eager"].reason.endswith("although the graphs are proved")
    assert any("lookup tables" in text for text in verdict.assumptions)
    assert any("variables that are no weights" in text for text in verdict.assumptions)


def test_every_proof_between_variants_holds() -> None:
    """All pairs of variants of one model, in one process: equal keys must mean equal bits."""
    script = Path(__file__).parents[1] / "support/graph_variants.py"
    done = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "TF_USE_LEGACY_KERAS": "1", "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)["pairs"]
    assert set(json.loads(done.stdout)["again"].values()) == {"proved"}
    assert json.loads(done.stdout)["ordered"]
    wrong = [pair for pair in found if pair["tier"] != "different" and not pair["equal"]]
    assert not wrong
    proved = {tuple(pair["names"]) for pair in found if pair["tier"] == "proved"}
    by_rules = {tuple(pair["names"]) for pair in found if pair["tier"] == "equal-by-rules"}
    assert ("raw", "wrapped") in proved
    assert ("raw", "swapped product") in by_rules
    assert ("raw", "axis from the end") in by_rules
    assert len(found) > 400
    assert any(not pair["equal"] for pair in found)
