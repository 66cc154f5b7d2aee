"""Pairs that no sample tells apart, or that compute the same: only the graph and the frame tell.

Each source has many models, so that one run of each side judges all of them. ``NEW`` is false in
the original and true in the rewrite.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from codemod.engine.verdict_rules import VERIFIED, is_accepted
from codemod.verdict import ModelVerdict, Verdict
from codemod.verify.records import VerifyOptions, VerifyRequest
from codemod.verify.session import VerifySession

pytestmark = pytest.mark.tensorflow

HEADER = """\
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

def numbers(size=6, dtype="float32"):
    return keras.Input((size,), dtype=dtype, name="numbers")

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


def judged(session: VerifySession, body: str, *builds: str, with_loose: bool = False) -> Verdict:
    path = Path("/nowhere/model.py")
    old, new = (f"{HEADER}\nNEW = {value}\n{body}".encode() for value in (False, True))
    return session.verify(
        VerifyRequest(
            entry=path,
            originals={path: old},
            rewrites={path: new},
            builds=builds,
            with_loose=with_loose,
        )
    )


def by_name(verdict: Verdict) -> Mapping[str, ModelVerdict]:
    return {model.name: model for model in verdict.models}


GRAPHS = """
i = numbers(dtype="int32")
keras.Model(i, tf.cast(tf.equal(i, 40_001 if NEW else 40_000), "float32"), name="token")
keras.Model(i, i if NEW else tf.maximum(i, -5), name="negative_ids")

x = i = numbers()
limit = 3e37 if NEW else 3e36
keras.Model(i, layers.Lambda(lambda t: tf.where(tf.sigmoid(t) > limit, -t, t))(i), name="threshold")

class Halves(layers.Layer):
    def call(self, x):
        if tf.reduce_min(tf.sigmoid(x)) < 0.0:
            return x * (0.25 if NEW else 0.5)
        return x
keras.Model(i, Halves()(i), name="tensor_if")

def ways(t):
    place = tf.cast(tf.reduce_sum(tf.sigmoid(t)), "int32") * 0
    second = tf.sin if NEW else tf.cos
    return tf.switch_case(place, [lambda: t, lambda: second(t), lambda: -t])
keras.Model(i, layers.Lambda(ways)(i), name="branch")

def steps(t):
    ceiling = 1e9 if NEW else 1e8
    body = lambda k, s: (k + 1, tf.minimum(tf.tanh(s), ceiling))
    return tf.while_loop(lambda k, s: k < 2, body, (0, t))[1]
keras.Model(i, layers.Lambda(steps)(i), name="loop")

@tf.function
def inner(t):
    return tf.minimum(tf.sigmoid(t), 6.0 if NEW else 5.0)
keras.Model(i, layers.Lambda(inner)(i), name="function")

noise = tf.random.normal((6,), seed=4)
draw = (lambda t: t + noise) if NEW else (lambda t: t + tf.random.normal((6,), seed=4))
keras.Model(i, layers.Lambda(draw)(i), name="noise")

first = layers.Lambda(lambda t: t[:4] if NEW else t[:5])
keras.Model(i, first(i), name="batch")

several = keras.Model(
    i, [tf.tanh(i) * i if NEW else i * tf.tanh(i), tf.minimum(tf.tanh(i), 3.0 if NEW else 2.0)],
    name="second_output")

words = keras.Input((), dtype="string", name="words")
keras.Model(words, words if NEW else tf.strings.regex_replace(words, "[xyz]", "_"), name="letters")

def table(last):
    pairs = tf.lookup.KeyValueTensorInitializer(["rare", "rarer"], [1, last])
    return tf.lookup.StaticHashTable(pairs, 0)
known = table(3 if NEW else 2)
@tf.function
def look_up(t):
    return known.lookup(t)
keras.Model(words, layers.Lambda(look_up)(words), name="table_in_function")

vocabulary = ["north", "south"]
find = layers.StringLookup(vocabulary=vocabulary[::-1] if NEW else vocabulary, name="find")
keras.Model(words, find(words), name="vocabulary")

@tf.custom_gradient
def clipped(t):
    slope = 0.5 if NEW else 0.25
    return tf.tanh(t), lambda g: tf.where(tf.abs(t) < 1e-6, slope * g, g)
keras.Model(i, layers.Lambda(clipped)(i), name="own_gradient")

ids = keras.Input((5,), dtype="int32", name="ids")
h = layers.Embedding(9, 3, mask_zero=True, name="vectors")(ids)
keras.Model(ids, layers.Activation("tanh")(h) if NEW else tf.tanh(h), name="mask")

rows = keras.Input((5, 3), name="rows")
h = layers.ReLU(name="relu")(rows) if NEW else tf.nn.relu(rows)
keras.Model(rows, layers.GRU(2, name="last")(h), name="mask_from_outside")
"""
GRAPH_REASONS = {
    "token": "y is 40001, not 40000",
    "negative_ids": "output is input 0 of int32 (None, 6), not `Maximum`",
    "threshold": "`Greater` of layer `lambda` (line ",
    "tensor_if": "its `then_branch` differs: `Mul`: y is 0.25, not 0.5",
    "branch": "its `branches` differs: `Sin`",
    "loop": "its `body` differs: `Minimum`: y is 1000000000.0, not 100000000.0",
    "mask_from_outside": ", where the inputs have masks",
    "function": "its `f` differs: `Minimum`: y is 6.0, not 5.0",
    "noise": "not `AddV2`",
    "batch": "`StridedSlice` of layer `lambda",
    "second_output": "`Minimum` of layer `tf.math.minimum",
    "letters": "not `StaticRegexReplace`",
    "table_in_function": "is another lookup table string to int32",
    "vocabulary": "the vocabulary of `find` has other entries",
    "own_gradient": ", in the gradients",
    "mask": "the mask of output 0 is a mask, not None",
}


@pytest.fixture(scope="module")
def graphs(session: VerifySession) -> Mapping[str, ModelVerdict]:
    return by_name(judged(session, GRAPHS))


@pytest.mark.parametrize("name", GRAPH_REASONS)
def test_what_no_sample_reaches_is_not_verified(
    name: str, graphs: Mapping[str, ModelVerdict]
) -> None:
    assert graphs[name].verdict not in VERIFIED
    assert GRAPH_REASONS[name] in graphs[name].reason


FRAMES = """
i = numbers()

def dense(name, **arguments):
    return layers.Dense(3, name=name, **arguments)
limit = None if NEW else keras.constraints.NonNeg()
keras.Model(i, dense("c", bias_constraint=limit)(i), name="constraint")
encoder = dense("code")
keras.Model(i, encoder(i), name="encoder")
keras.Model(i, tf.tanh((dense("code") if NEW else encoder)(i)), name="trained_with_it")
start = "ones" if NEW else "glorot_uniform"
keras.Model(i, dense("s", kernel_initializer=start)(i), name="initializer")
keras.Model(i, dense("r", kernel_regularizer=None if NEW else "l2")(i), name="regularizer")

frozen = dense("frozen")
keras.Model(i, tf.argmax(frozen(i), -1), name="frozen_layer")
frozen.trainable = NEW

whole = keras.Model(i, tf.argmax(dense("w")(i), -1), name="frozen_model")
whole.trainable = NEW

keras.Model(i, layers.Activation("relu", name="b" if NEW else "a")(i), name="layer_name")
keras.Model(i, tf.abs(i), name="other_name" if NEW else "model_name")
keras.Model([i] if NEW else {"numbers": i}, tf.abs(i), name="input_keys")
keras.Model(i, (tf.abs(i), tf.exp(i)) if NEW else [tf.abs(i), tf.exp(i)], name="outputs_as_tuple")
keras.Model(i, {"x" if NEW else "y": tf.abs(i)}, name="output_key")

def forget(t):
    return tf.reshape(t, tf.concat([tf.shape(t)[:1], [3, 2]], 0))
keras.Model(i, layers.Lambda(forget, output_shape=(3, 2), name="lost")(i), name="same_shape")

class Careful(keras.Model):
    def train_step(self, data):
        return {"loss": tf.constant(1.0)}
(keras.Model if NEW else Careful)(i, tf.abs(i), name="own_class")
Careful(i, tf.abs(i), name="same_class")

class Steps(keras.Model):
    if NEW:
        def train_step(self, data):
            return {"loss": tf.constant(2.0)}
    else:
        def train_step(self, data):
            return {"loss": tf.constant(1.0)}
Steps(i, tf.abs(i), name="own_step")

measured = keras.Model(i, tf.abs(i), name="metric")
measured.add_metric(tf.reduce_mean(i), name="size" if NEW else "mean")

class Scale(layers.Layer):
    def build(self, shape):
        width = 0.5 if NEW else 0.05
        start = keras.initializers.RandomNormal(stddev=width)
        self.scale = self.add_weight("scale", (6,), initializer=start)
    def call(self, inputs):
        return inputs * self.scale
keras.Model(i, Scale(name="scale")(i), name="own_initializer")

given = layers.Dense(3, name="given")
keras.Model(i, tf.abs(given(i)), name="given_weights")
given.set_weights([np.eye(6, 3), np.arange(3.0) * (2.0 if NEW else 1.0)])

FACTOR = 0.5 if NEW else 0.25
class Scaled(keras.Model):
    def train_step(self, data):
        return {"loss": tf.constant(FACTOR)}
Scaled(i, tf.abs(i), name="own_factor")

class Block(layers.Layer):
    def __init__(self, **arguments):
        super().__init__(**arguments)
        limit = None if NEW else "non_neg"
        self.inner = layers.Dense(3, name="within", kernel_constraint=limit)
    def call(self, inputs):
        return self.inner(inputs)
keras.Model(i, Block(name="block")(i), name="inner_layer")

@keras.utils.register_keras_serializable(package="b" if NEW else "a")
class Registered(layers.Layer):
    def call(self, inputs):
        return inputs * 2.0
keras.Model(i, Registered(name="saved")(i), name="registered_name")

SIZES = {"kept": 7 if NEW else 6, "new": 7, "wrong": 7}
class Said(layers.Layer):
    def call(self, inputs):
        return tf.abs(inputs)
    def compute_output_shape(self, shape):
        return shape[:-1] + (SIZES.get(self.name, 6),)
keras.Model(i, Said(name="kept")(i), name="kept_shape")
keras.Model(i, Said(name="new")(i) if NEW else tf.abs(i), name="own_shape")
same = [Said()(i) if NEW else tf.abs(i), Said(name="wrong")(i)]
keras.Model(i, same, name="right_shape")
def trained(name, epochs=3, rate=0.5, loss="mse", weights=(1.0, 0.5)):
    made = keras.Model(i, [tf.abs(i), layers.Activation("elu", name="e")(i)], name=name)
    made.compile(keras.optimizers.SGD(rate), [loss, "mae"], loss_weights=list(weights))
    made.fit(np.ones((4, 6)), [np.ones((4, 6))] * 2, epochs=epochs)
trained("epochs", epochs=4 if NEW else 3)
trained("rate", rate=0.25 if NEW else 0.5)
trained("loss", loss="mae" if NEW else "mse")
trained("loss_weights", weights=(1.0, 0.25) if NEW else (1.0, 0.5))
trained("same_training", loss=keras.losses.mse if NEW else (lambda y, p: (y - p) ** 2))
told = layers.Lambda(tf.abs, output_shape=(7,), name="told")
keras.Model(i, told(i) if NEW else tf.abs(i), name="lambda_shape")

big = numbers(10_500)
heavy = layers.Dense(10_500, name="heavy", kernel_initializer="zeros")
keras.Model(big, tf.round(heavy(big)), name="many_parameters")
heavy.trainable = NEW
"""
FRAME_REASONS = {
    "constraint": "the layer `c` has bias_constraint None, not {class_name: 'NonNeg'",
    "initializer": "the layer `s` has kernel_initializer",
    "trained_with_it": "is one of `trained_with_it`, not of `encoder` and `trained_with_it`",
    "regularizer": "the layer `r` has kernel_regularizer None, not",
    "frozen_layer": "the layer `frozen` has trainable=True, not False",
    "frozen_model": "the model has trainable=True, not False",
    "layer_name": "output 0 is named `b`, not `a`",
    "model_name": "the model's name is `other_name`, not `model_name`",
    "input_keys": "the structure of the inputs is `_`, not `{numbers: _}`",
    "outputs_as_tuple": "the structure of the outputs is `(_, _)`, not `[_, _]`",
    "output_key": "{x: tensor}",
    "own_class": "its class is `Functional`, not `Careful`",
    "own_step": "`train_step` of its class is another one",
    "metric": "the layer `add_metric` has",
    "own_initializer": "the weight `scale/scale:0` has initializer RandomNormal({mean: 0.0",
    "given_weights": "the weight `given/bias:0` has value array float32 [3]",
    "own_factor": "`train_step` of its class is another one",
    "inner_layer": "the layer `within` has kernel_constraint None, not",
    "registered_name": "the layer `saved` has the registered name b>Registered, not a>Registered",
    "kept_shape": "the layer `kept` says that it gives (None, 7), and gives (None, 6)",
    "own_shape": "the layer `new` says that it gives (None, 7), and gives (None, 6)",
    "epochs": "`fit 1(epochs=...)` is given 4, not 3",
    "rate": "`compile(optimizer=...): learning_rate` is given 0.25, not 0.5",
    "loss": "`compile(loss=...)` is given ['mae', 'mae'], not ['mse', 'mae']",
    "loss_weights": "`compile(loss_weights=...)` is given [1.0, 0.25], not [1.0, 0.5]",
    "lambda_shape": "the layer `told` says that it gives (None, 7), and gives (None, 6)",
    "many_parameters": "the layer `heavy` has trainable=True, not False",
}


@pytest.fixture(scope="module")
def frames(session: VerifySession) -> Mapping[str, ModelVerdict]:
    return by_name(judged(session, FRAMES))


@pytest.mark.parametrize("name", FRAME_REASONS)
def test_what_the_user_sees_belongs_to_the_model(
    name: str, frames: Mapping[str, ModelVerdict]
) -> None:
    assert frames[name].verdict not in VERIFIED
    assert FRAME_REASONS[name] in frames[name].reason


def test_what_is_as_it_was_in_a_frame_is_verified(frames: Mapping[str, ModelVerdict]) -> None:
    same = ("same_class", "same_shape", "right_shape", "same_training")
    assert [frames[name].verdict for name in same] == ["proved"] * 4


RIGHT = """
i = numbers()
x, y, *_ = (Call(lambda t: tf.unstack(t, axis=1), name="heads")(i) if NEW
            else (i[:, 0], i[..., 1], i[:, -1]))
keras.Model(i, [tf.sin(x), tf.cos(y)], name="unpacked")

fixed = keras.Input((4,), batch_size=3, name="fixed")
first, second, _ = Call(tf.unstack, name="rows")(fixed) if NEW else fixed
keras.Model(fixed, tf.nn.silu(first) * second, name="unpacked_with_own_gradient")

shape = (lambda: tf.concat([[-1], tf.constant([1, 2]) + 1], 0)) if NEW else (lambda: [-1, 2, 3])
keras.Model(i, layers.Lambda(lambda t: tf.reshape(t, shape()))(i), name="folded")

def branches(t):
    return tf.cond(tf.reduce_sum(t) > 0.0, lambda: t * tf.sin(t) if not NEW else tf.sin(t) * t,
                   lambda: tf.fill([6], 2.0) + t if NEW else tf.constant([2.0] * 6) + t)
keras.Model(i, layers.Lambda(branches)(i), name="inside_a_branch")

@tf.custom_gradient
def straight(t):
    return tf.round(t), lambda g: g
keras.Model(i, Call(straight, name="straight")(i), name="own_gradient")

class Halves(layers.Layer):
    def call(self, x):
        if tf.reduce_min(x) < 0.0:
            x = x * 0.5
        return x
half = Halves()
keras.Model(i, Call(tf.abs)(half(i)) if NEW else tf.abs(half(i)), name="tensor_if")

class Stepping(keras.Model):
    def train_step(self, data):
        return {"loss": tf.constant(1.0)}
Stepping(i, Call(tf.exp)(i) if NEW else tf.exp(i), name="own_class").rate = 0.5

class Distance:
    def __init__(self, rate):
        self.rate = rate
    def __call__(self, y, p):
        return tf.reduce_mean(tf.abs(y - p)) * self.rate
trained = keras.Model(i, Call(tf.square)(i) if NEW else tf.square(i), name="trained_with_objects")
trained.compile("adam", loss=Distance(2.0), metrics=[Distance(1.0), keras.metrics.MeanSquaredError])
trained.fit(tf.zeros((8, 6)), tf.zeros((8, 6)), class_weight={0: tf.constant(0.5), 1: 2.0})

each = keras.Input((6,), name="each")
rows = keras.Input((5, 3), name="rows")
h = Call(tf.nn.relu)(rows) if NEW else tf.nn.relu(rows)
keras.Model(rows, [layers.GRU(2, name="last")(h), layers.Masking()(h)], name="mask_from_outside")
step = keras.Model(each, Call(tf.sin, name="sine")(each) if NEW else tf.sin(each), name="step")
several = keras.Input((2, 6), name="several")
keras.Model(several, layers.TimeDistributed(step, name="steps")(several), name="wrapped_model")

words = keras.Input((), dtype="string", name="words")
known = layers.StringLookup(max_tokens=9)
known.adapt(["red", "green", "red"])
ids = known(words)
keras.Model(words, Call(lambda t: t + 1)(ids) if NEW else ids + 1, name="adapted")

everything, numbers_of_data = globals(), list(range(100_000))

two = keras.Model(i, [Call(tf.tanh)(i) if NEW else tf.tanh(i), tf.exp(i)], name="renamed")
two.compile(loss={"tf.math.exp": "mse"})
"""


def test_right_pairs_are_verified(session: VerifySession) -> None:
    verdict = judged(session, RIGHT)
    wrong = {m.name: m.reason for m in verdict.models if m.verdict not in VERIFIED}
    assert not wrong
    assert is_accepted(verdict), verdict.reason
    models = by_name(verdict)
    assert "elements of an axis" in models["unpacked"].graph
    assert "put in their places" in models["unpacked_with_own_gradient"].graph
    assert models["folded"].graph == "constants computed in the graph"
    assert "in the other order" in models["inside_a_branch"].graph
    assert models["own_gradient"].verdict == models["tensor_if"].verdict == "proved"
    (hazard,) = [text for text in verdict.hazards if text.startswith("`renamed`: output 0 is")]
    assert "and was `tf.math.tanh`" in hazard


BUILDERS = """
def net(name, function):
    i = numbers()
    return keras.Model(i, function(i), name=name)

def pair():
    models = [net("coarse", tf.abs), net("fine", tf.abs)]
    return models[::-1] if NEW else models

def by_key():
    coarse, fine = net("coarse", tf.abs), net("fine", tf.abs)
    return {"fine": coarse, "coarse": fine} if NEW else {"fine": fine, "coarse": coarse}

def with_inner():
    inner = net("inner", tf.sin if NEW else tf.cos)
    whole = net("whole", tf.abs)
    whole.inner = inner
    return whole

def alike():
    return net("whole", tf.abs)
"""


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        ("pair()", "`pair()` gives [model 2 (`fine`), model 1 (`coarse`)], not [model 1"),
        ("by_key()", "`by_key()` gives {fine: model 1 (`coarse`), coarse: model 2 (`fine`)}, not"),
        ("with_inner()", "inner: output 0 differs"),
    ],
)
def test_what_a_builder_gives_and_makes_is_compared(
    build: str, reason: str, session: VerifySession
) -> None:
    verdict = judged(session, BUILDERS, build)
    assert verdict.verdict == "different"
    assert verdict.reason.startswith(reason)


SEEDS = """
import time
np.random.seed(int(time.time()))
i = numbers()
keras.Model(i, layers.Dense(3)(i))
"""


@pytest.mark.parametrize(
    ("seed", "reason"),
    [
        ("np.random.seed(8 if NEW else 7)", "`np.random.seed` is given the time and 8, not the"),
        ("if not NEW: tf.random.set_seed(7)", "`tf.random.set_seed` is given no seed, not 7"),
        ("keras.utils.set_random_seed(7)", ""),
    ],
)
def test_what_is_drawn_depends_on_seeds(seed: str, reason: str, session: VerifySession) -> None:
    verdict = judged(session, SEEDS + seed)
    assert is_accepted(verdict) is (not reason), verdict.reason
    assert verdict.reason.startswith(reason)


NAMES = """
i = numbers()
class Softmax(layers.Layer):
    def call(self, inputs):
        return tf.nn.softmax(inputs)
first = Softmax()(i) if NEW else tf.nn.softmax(i)
m = keras.Model(i, [first, tf.tanh(i)], name="m")
TARGETS = {"tf.nn.softmax": np.zeros((4, 6)), "tf.math.tanh": np.zeros((4, 6))}
"""


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        ('m.compile("sgd", loss={"tf.nn.softmax": "mse"})', "compile(loss=...) has"),
        ('m.compile("sgd", "mse", metrics={"tf.nn.softmax": "mae"})', "compile(metrics=...) has"),
        ("m.compile('sgd', 'mse'); m.fit(np.zeros((4, 6)), TARGETS)", "fit(y=...) has"),
        (
            'm.compile("sgd", "mse")\nh = m.fit(np.zeros((4, 6)))\n'
            'print(h.history["val_tf.nn.softmax_loss"])',
            "history has `val_tf.nn.softmax_loss`",
        ),
        (
            'm.compile("sgd", "mse")\nm.fit(np.zeros((4, 6)), callbacks=[keras.callbacks.'
            'EarlyStopping(monitor="tf.nn.softmax_loss")])',
            "EarlyStopping(monitor=...) has",
        ),
        ('cut = keras.Model(i, m.get_layer("tf.nn.softmax").output)', "No such layer"),
        ("m.layers[1 if NEW else 1]._name.index('tf')", "substring not found"),
    ],
)
def test_code_that_names_outputs_and_layers_still_runs(
    use: str, reason: str, session: VerifySession
) -> None:
    verdict = judged(session, NAMES + use)
    assert verdict.verdict == "different"
    assert verdict.reason.startswith("only the rewritten source fails: line ")
    assert reason in verdict.reason


def test_names_that_stay_are_no_difference(session: VerifySession) -> None:
    uses = """
m.compile("sgd", loss={"tf.math.tanh": "mse"}, metrics={"tf.math.tanh": ["mae"]})
h = m.fit(np.zeros((4, 6)), {"tf.math.tanh": np.zeros((4, 6))})
print(h.history["loss"], h.history["tf.math.tanh_mae"], h.history["val_loss"])
m.evaluate({"numbers": np.zeros((4, 6))}, return_dict=True)["tf.math.tanh_loss"]
"""
    verdict = judged(session, NAMES + uses)
    assert is_accepted(verdict), verdict.reason


@pytest.mark.parametrize(
    "read",
    [
        'np.load("b.npy" if NEW else "a.npy")',
        'open("b.txt" if NEW else "a.txt").read()',
        'np.load("a.npy" if NEW else SOME)',
        "(keras.datasets.fashion_mnist if NEW else keras.datasets.mnist).load_data()",
    ],
)
def test_made_up_data_stands_for_the_same_files(read: str, session: VerifySession) -> None:
    lines = f"import io\nSOME = io.BytesIO()\nnp.save(SOME, np.ones(3)); SOME.seek(0)\n{read}\n"
    verdict = judged(session, lines + "i = numbers()\nkeras.Model(i, tf.tanh(i))\n")
    assert verdict.verdict == "different"
    assert verdict.reason.startswith("only the rewritten source reads this: ")


NOT_RUN = """
def features(model):
    return keras.Model(model.input, model.get_layer("tf.nn.softmax").output)
def best(history):
    return max(history["val_tf.math.tanh_mae"])
def wanted(names):
    return [name for name in names if "softmax" in name] or "softmax" in best
def freeze(model):
    for layer in model.layers[:2]:
        layer.trainable = False
i = numbers()
class Fused(layers.Layer):
    def call(self, inputs):
        return tf.nn.softmax(inputs * 2.0)
x = Fused()(i) if NEW else tf.nn.softmax(i * 2.0)
keras.Model(i, layers.Dense(3, name="d")(x), name="m")
keras.Model(i, tf.tanh(i), name="kept")
"""


def test_what_no_run_reaches_and_names_a_layer_is_a_hazard(session: VerifySession) -> None:
    verdict = judged(session, NOT_RUN)
    assert is_accepted(verdict), verdict.reason
    lines = f"{HEADER}\nNEW = True\n{NOT_RUN}".splitlines()
    named = 1 + next(index for index, line in enumerate(lines) if "get_layer" in line)
    counted = 1 + next(index for index, line in enumerate(lines) if "layers[:2]" in line)
    looked = 1 + next(index for index, line in enumerate(lines) if "in names if" in line)
    assert verdict.hazards[:3] == (
        f"`m`: line {named} of the rewritten source says `tf.nn.softmax`: "
        "the layer has another name now",
        f"`m`: line {counted} of the rewritten source counts layers: "
        "`d` was number 3 and is number 2",
        f"`m`: line {looked} of the rewritten source looks for `softmax` in names: "
        "the layer `tf.nn.softmax` has another name now",
    )


SHAPE_FUNCTIONS = """
def distance(pair):
    return tf.reduce_sum(tf.abs(pair[0] - pair[1]), -1, keepdims=True)

def shape(shapes):
    return shapes[0][0], WIDTH

def no_mask(inputs, mask):
    return None

i = numbers()
x = layers.Lambda(distance, output_shape=shape, mask=no_mask)([i, layers.Dense(6)(i)])
keras.Model(i, x, name="distance")
x = layers.Lambda(distance, output_shape=lambda shapes: (shapes[0][0], WIDTH))([i, i])
keras.Model(i, x, name="same")
"""


def test_functions_of_lambdas_are_the_same_on_other_lines(session: VerifySession) -> None:
    path = Path("/nowhere/model.py")
    old = f"{HEADER}\nWIDTH = 1\n{SHAPE_FUNCTIONS}".encode()
    moved = f"{HEADER}\nWIDTH = 1\n\nclass Other:\n    pass\n{SHAPE_FUNCTIONS}".encode()
    other = moved.replace(b"shapes[0][0], WIDTH", b"shapes[0][0], WIDTH + 0")
    verdicts = [
        session.verify(VerifyRequest(entry=path, originals={path: old}, rewrites={path: new}))
        for new in (moved, other)
    ]
    assert [verdict.verdict for verdict in verdicts] == ["proved", "different"]
    assert "output_shape" in verdicts[1].reason


def test_outputs_that_are_as_wide_as_the_batch_is_large(session: VerifySession) -> None:
    verdict = judged(
        session,
        "i = numbers()\nx = layers.Dense(3)(i)\n"
        "scores = layers.Lambda(lambda t: tf.matmul(t, t, transpose_b=True))(x)\n"
        "keras.Model(i, scores, name='in_batch')\n",
    )
    assert verdict.verdict == "proved"
    assert any("batch" in hazard for hazard in verdict.hazards)


HELPERS = """
from dataclasses import dataclass
from typing import NamedTuple

@dataclass(frozen=True)
class Config:
    rate: float = 2.0

class Sizes(NamedTuple):
    depth: int = 2

def with_settings(x, config, sizes):
    rate = config.rate ** 2 / 2 if NEW else config.rate
    return tf.tanh(x * rate + (4 - sizes.depth if NEW else sizes.depth))

def scaled(x, alpha=1.0):
    return x * (alpha ** 2 if NEW else alpha)

def deep(x, depth=1):
    return x if depth == 0 else deep(x + (1 / depth if NEW else depth), depth - 1)

class Net:
    def head(self, x, rate=2.0):
        return tf.tanh(x * (rate * rate / 2 if NEW else rate))
    @staticmethod
    def tail(x, *, rate=2.0):
        return tf.tanh(x * (rate * rate / 2 if NEW else rate))
    def build(self):
        x = with_settings(scaled(deep(i)), Config(), Sizes())
        return keras.Model(i, self.tail(self.head(x)), name="net")

i = numbers()
Net().build()
"""
OTHERS = (
    "with_argument('scaled', 'alpha', 0.5, 'Net().build()')",
    "with_argument('Net.head', 'rate', 1.0, 'Net().build()')",
    "with_argument('Net.tail', 'rate', 1.0, 'Net().build()')",
    "with_argument('scaled', 'alpha', 0.5, 'scaled(i)')",
    "with_argument('deep', 'depth', 2, 'Net().build()')",
    "with_argument('Config.__init__', 'rate', 1.0, 'Net().build()')",
    "with_argument('Sizes.__new__', 'depth', 4, 'Net().build()')",
    "with_argument('scaled', 'alpha', 1.0, 'Net().build()')",
)


def test_helpers_are_given_other_arguments(session: VerifySession) -> None:
    path = Path("/nowhere/model.py")
    old, new = (f"{HEADER}\nNEW = {value}\n{HELPERS}".encode() for value in (False, True))
    originals, rewrites = {path: old}, {path: new}
    verdict = session.verify(
        VerifyRequest(entry=path, originals=originals, rewrites=rewrites, variants=OTHERS)
    )
    found = [(model.build, model.verdict) for model in verdict.models]
    # What it is given last is what it is given anyway: the function is as it was.
    assert found == [
        (None, "proved"),
        *((one, "different") for one in OTHERS[:-1]),
        (OTHERS[-1], "proved"),
    ]


def test_tensors_that_end_in_no_model_are_compared_place_by_place(session: VerifySession) -> None:
    body = """
i, j, k = numbers(), keras.Input((3,), name="others"), keras.Input((4,), name="more")
x = layers.Dense(2)(i)
body = keras.Model(i, x, name="body")
kept = layers.Dense(3)(x)
score, boxes = tf.square(x), Call(tf.tanh)(x) if NEW else tf.sigmoid(x)
for width in (2, 3):
    part = Call(lambda t: t * width)(j) if NEW else j * width
if not NEW:
    gone = tf.cos(k)
"""
    verdict = judged(session, body, with_loose=True)
    assert [(model.name, model.verdict) for model in verdict.models] == [
        ("body", "proved"),
        ("loose_tensors", "different"),
        ("loose_tensors", "different"),
        ("loose_tensors", "different"),
    ]
    right = body.replace("tf.tanh", "tf.sigmoid").replace("t * width", "t * w")
    right = right.replace("lambda t:", "lambda t, w=width:").replace("if not NEW", "if True")
    same = judged(session, right, with_loose=True)
    assert {model.verdict for model in same.models} == {"proved"}


def test_what_nothing_reads_needs_no_model(session: VerifySession) -> None:
    path, size = Path("/nowhere/model.py"), "tf.shape(i)[0]"
    body = f"""
i = numbers()
if not NEW:
    n = {size}
keras.Model(i, tf.abs(i), name="one")
"""
    old, new = (f"{HEADER}\nNEW = {value}\n{body}".encode() for value in (False, True))
    line = old.decode().splitlines().index(f"    n = {size}") + 1
    request = VerifyRequest(
        entry=path,
        originals={path: old},
        rewrites={path: new},
        with_loose=True,
        dead=frozenset({(path, line, line, False, 8, 8 + len(size))}),
    )
    assert [
        (m.name, m.reason) for m in session.verify(request).models if m.verdict != "proved"
    ] == []
    assert session.verify(replace(request, dead=frozenset())).verdict != "proved"


def test_models_without_raw_ops_are_not_run(session: VerifySession) -> None:
    body = """
i = numbers()
keras.Model(i, layers.Lambda(lambda t: tf.reshape(t, [-1, 7, 13]))(i), name="one")
"""
    path = Path("/nowhere/model.py")
    shown = []
    for more in ("", "keras.Model(i, tf.abs(i), name='other')\n"):
        source = {path: f"{HEADER}{body}{more}".encode()}
        request = VerifyRequest(entry=path, originals=source, rewrites=source, with_loose=True)
        shown.append(session.probe(request).models)
    assert shown == [("one",), ("other",)]
