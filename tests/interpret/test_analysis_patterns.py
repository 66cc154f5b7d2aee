"""What the analysis makes of patterns found in packages that nobody here wrote."""

from __future__ import annotations

import ast
import sys
import sysconfig
import textwrap
import warnings
from pathlib import Path

import pytest

from transforms.interpret.symbolic import Analysis, analyse

HEADER = """\
import functools
import operator
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""

FOUND = {
    "a block that makes its rates of numbers": (
        """
        def stage(x, depth):
            for rate in [rate.numpy() for rate in tf.linspace(0.0, 0.1, depth)]:
                x = tf.nn.relu(layers.Dropout(rate)(x))
            return x
        """,
        ["tf.nn.relu(layers.Dropout(rate)(x))"],
    ),
    "a model whose own `__call__` runs its `call`": (
        """
        class Component(keras.Model):
            def __call__(self, inputs, **kwargs):
                self.build(inputs.shape[1:])
                return self.call(inputs, **kwargs)
        class Block(Component):
            def build(self, shape):
                self.dense = layers.Dense(4)
            def call(self, inputs, **kwargs):
                return tf.nn.relu(self.dense(inputs))
        def build():
            i = keras.Input((4,))
            return keras.Model(i, Block()(i))
        """,
        ["tf.nn.relu(self.dense(inputs))"],
    ),
    "an item of a structure that was laid flat": (
        """
        from tensorflow.python.util import nest
        def pooled(inputs):
            first = nest.flatten(inputs)[0]
            return layers.Dense(4)(tf.reduce_max(first, axis=-2))
        i = keras.Input((4, 4))
        j, (k, _) = tf.nest.flatten([i, [i]])[0], tf.nest.flatten((i, i))
        keras.Model(i, [tf.nn.relu(j), tf.nn.tanh(k)])
        """,
        ["tf.reduce_max(first, axis=-2)", "tf.nn.relu(j)", "tf.nn.tanh(k)"],
    ),
    "what is mapped over a structure keeps its form": (
        """
        towers = {"a": [keras.Input((4,)), 2.0], "b": [keras.Input((4,)), 3.0]}
        doubled = tf.nest.map_structure(lambda part: part * 2, towers)
        pair = {"left": towers["a"][0], "right": towers["b"][0]}
        scores = tf.nest.map_structure(tf.tanh, pair)
        joined = tf.concat(list(scores.values()), axis=1)
        (first, number), second = doubled["a"], tf.nest.map_structure(tf.add, [joined], [joined])
        keras.Model(joined, [tf.nn.relu(first), second[0] + 1, tf.sqrt(number)])
        """,
        [
            "part * 2",
            "tf.nest.map_structure(tf.tanh, pair)",
            "tf.concat(list(scores.values()), axis=1)",
            "tf.nest.map_structure(tf.add, [joined], [joined])",
            "tf.nn.relu(first)",
            "second[0] + 1",
        ],
    ),
    "the attributes of an object as a dictionary": (
        """
        class Towers:
            def __init__(self):
                self.left, self.size = keras.Input((4,)), tf.constant(4.0)
        towers = Towers()
        keras.Model(towers.left, tf.abs(vars(towers)["left"]) + tf.sqrt(vars(towers)["size"]))
        """,
        [
            "tf.abs(vars(towers)['left']) + tf.sqrt(vars(towers)['size'])",
            "tf.abs(vars(towers)['left'])",
        ],
    ),
    "a tensor, or a dictionary that is used as one": (
        """
        def embed(fields, keep):
            found = {}
            for field in fields:
                found.setdefault(field.kind, {})
                found[field.kind].setdefault(field.group, [])
                found[field.kind][field.group].append(layers.Dense(4)(keras.Input((4,))))
            if not keep:
                for kind in found:
                    if len(found[kind]) < 2:
                        found[kind] = layers.Concatenate()([*found[kind].values()][0])
                    else:
                        for group in found[kind]:
                            found[kind][group] = layers.Concatenate()(found[kind][group])
            return found
        def build(fields, kind):
            return tf.stack(list(embed(fields, False)[kind].values()), axis=1)
        """,
        ["tf.stack(list(embed(fields, False)[kind].values()), axis=1)"],
    ),
    # Somewhere else it may be called on anything: that is no call on eager tensors.
    "a list of values of which nothing is known": (
        """
        from somewhere import load
        def join(x):
            y = tf.exp(x)
            return tf.concat([x, y], -1)
        join(load()[0])
        join(keras.Input((4,)))
        """,
        ["tf.exp(x)", "tf.concat([x, y], -1)"],
    ),
    # Where it is unpacked it was the tuple, however long that is.
    "a tensor, or as many as there are cells": (
        """
        def encoded(x, kind, cells):
            if kind == 1:
                return tuple([layers.Dense(2)(x) for _ in cells])
            return layers.Dense(2)(x)
        def build(kind, cells):
            x, skip = encoded(keras.Input((4,)), kind, cells)
            return tf.square(x)
        """,
        ["tf.square(x)"],
    ),
    "objects of losses and metrics": (
        """
        i, t = keras.Input((1,)), keras.Input((1,))
        h = keras.losses.Huber(0.5)
        a = keras.losses.MeanAbsoluteError()(t, i)
        b = h(t, i)
        c = keras.metrics.MeanSquaredError(name="e")(t, i)
        """,
        [
            "keras.losses.MeanAbsoluteError()(t, i)",
            "h(t, i)",
            "keras.metrics.MeanSquaredError(name='e')(t, i)",
        ],
    ),
    "operators by their names": (
        """
        i = keras.Input((4,))
        a = getattr(i, "__add__")(1.0)
        b = i.__getitem__(0)
        c = getattr(i, "get_shape")()
        """,
        ["getattr(i, '__add__')(1.0)", "i.__getitem__(0)"],
    ),
    "what a configured value meets": (
        """
        from absl import flags
        FLAGS = flags.FLAGS
        from somewhere import cfg
        i = keras.Input((4,))
        a = tf.where(i > FLAGS.threshold, i, 0.0)
        b = i * cfg.scales[0]
        """,
        ["tf.where(i > FLAGS.threshold, i, 0.0)", "i > FLAGS.threshold", "i * cfg.scales[0]"],
    ),
    "locals given as keywords": (
        """
        def head(backbone, width=3):
            return tf.nn.relu(backbone.output)
        def build(width=5):
            backbone = keras.applications.VGG16()
            return head(**locals())
        """,
        ["tf.nn.relu(backbone.output)"],
    ),
    "an application in capitals is a model, not a raw op": (
        """
        inputs = keras.Input((32, 32, 3))
        base = keras.applications.VGG16(input_tensor=inputs)
        outputs = tf.nn.softmax(base.output)
        """,
        ["tf.nn.softmax(base.output)"],
    ),
    "a layer with a `__call__` of its own": (
        """
        class Block(layers.Layer):
            def __init__(self, units):
                super().__init__()
                self.dense = layers.Dense(units)
            def __call__(self, x):
                return tf.nn.relu(self.dense(x))
        class Casting(layers.Layer):
            def __call__(self, x):
                return super().__call__(tf.cast(x, tf.float32))
            def call(self, x):
                return tf.square(x)
        class Halving(Casting):
            def __call__(self, x):
                return super().__call__(x) / 2.0
        inputs = keras.Input((3,))
        outputs = tf.nn.tanh(Halving()(Casting()(Block(3)(inputs))))
        """,
        [
            "tf.nn.relu(self.dense(x))",
            "tf.cast(x, tf.float32)",
            "super().__call__(x) / 2.0",
            "tf.nn.tanh(Halving()(Casting()(Block(3)(inputs))))",
        ],
    ),
    "a layer with a `__call__` that nobody calls in sight": (
        """
        class Convolution(layers.Layer):
            def __call__(self, inputs):
                x = layers.Conv2D(8, 3)(inputs)
                return tf.nn.swish(x)
        """,
        ["tf.nn.swish(x)"],
    ),
    "a layer made for a parameter tells that it is symbolic": (
        """
        def head(x, width):
            y = layers.Dense(width)(x)
            return tf.nn.relu(x) + y
        """,
        ["tf.nn.relu(x) + y", "tf.nn.relu(x)"],
    ),
    "evidence that grows in every round": (
        """
        def head(a, b, c, d):
            a = layers.Dense(3)(a)
            if b is not None:
                b = layers.Add()([a, b])
            c = layers.Concatenate()([b, c])
            d = layers.Concatenate()([c, d])
            return tf.nn.relu(d)
        """,
        ["tf.nn.relu(d)"],
    ),
    "what an unknown function makes of a tensor is a tensor to a layer": (
        """
        import addons
        def build():
            x = keras.Input((3,))
            x = layers.Dense(3)(addons.rescale(x))
            return keras.Model(x, tf.abs(x))
        """,
        ["tf.abs(x)"],
    ),
    "an activation of an add-on package gives a tensor": (
        """
        import addons
        def build():
            x = keras.Input((3,))
            return x + addons.activations.mish(x)
        """,
        ["x + addons.activations.mish(x)"],
    ),
    "reduce with an operator": (
        """
        def fuse(tensors):
            return functools.reduce(operator.add, tensors)
        fuse([keras.Input((3,)), keras.Input((3,))])
        """,
        ["functools.reduce(operator.add, tensors)"],
    ),
    "a model that is a class of its own gives a list where it is asked for one": (
        """
        def encode(network):
            outputs = network(keras.Input((3,)))
            if isinstance(outputs, list):
                first, second = outputs
            else:
                second = outputs["pooled"]
            return tf.abs(second)
        class Network(keras.Model):
            pass
        encode(Network())
        """,
        ["tf.abs(second)"],
    ),
    "parts of a dict of results": (
        """
        def build(network):
            results = network(keras.Input((3,)))
            return [layers.Flatten()(part) * 2 for name, part in results.items()]
        """,
        ["layers.Flatten()(part) * 2"],
    ),
}

NOT_FOUND = {
    "a number behind a counted list that is laid flat": """
        def heads_of(q, k, v, heads):
            return layers.Attention()([q, v, k]), heads * 2
        def build(x, heads=4):
            return heads_of(*[layers.Dense(4)(x) for _ in range(3)], heads)
        build(keras.Input((3, 4)))
        """,
    "what is read from a file": """
        import os
        FOLDER = os.path.dirname(os.path.realpath(__file__))
        def sound():
            waves, _ = tf.audio.decode_wav(tf.io.read_file(FOLDER + "/sound.wav"))
            waves = layers.UpSampling2D((2, 1))(tf.expand_dims(waves[:20] * 0.25, 0))
            return tf.squeeze(waves, axis=-1)
        def picture(path):
            pixels = tf.image.decode_png(tf.io.read_file(path))
            return tf.squeeze(layers.Rescaling(1 / 255.0)(tf.expand_dims(pixels, 0)), 0)
        """,
    "what a model is tried with that was saved": """
        def converted(path, example):
            model = keras.models.load_model(path)
            model(example)
            return tf.transpose(tf.squeeze(example), (2, 0, 1)).shape
        """,
    "what is asked for its numbers, or for a gradient": """
        def shown(x):
            y = tf.nn.softmax(layers.Dense(3)(x))
            return y.numpy()
        class Trainer:
            def step(self, x, y):
                with tf.GradientTape() as tape:
                    error = tf.reduce_mean(tf.square(layers.Dense(3)(x) - y))
                return tape.gradient(error, [])
        """,
    "the inputs behind a tensor": """
        from tensorflow.keras.utils import get_source_inputs
        def backbone(given=None):
            start = keras.Input((8,)) if given is None else given
            x = layers.Dense(4)(start)
            return keras.Model(get_source_inputs(given) if given is not None else start, x)
        backbone(keras.Input((8,)))
        """,
    "a class of Keras that nobody knows": """
        x = keras.Input((8,))
        keras.model.Models(inputs=x, outputs=layers.Dense(4)(x))
        """,
    "a function that a class calls in its call": """
        def features(x, y):
            x, y = layers.Flatten()(x), layers.Flatten()(y)
            return tf.concat([x, tf.norm(x - y, axis=-1, keepdims=True)], -1)
        class Net(keras.Model):
            def __init__(self, decoder, features=features):
                super().__init__()
                self.decoder, self.features = decoder, features
            def call(self, x):
                return tf.nn.softmax(self.features(x, self.decoder(x)))
        """,
    "what a test is given": """
        def test_that_rows_are_one_hot(batch):
            hard = layers.Dense(5)(batch)
            assert tf.reduce_all(tf.reduce_sum(hard, -1) == 1.0)
        """,
    "a list that is added to what may be one": """
        class Agent:
            def compile(self, optimizer):
                loss = self.critic(keras.Input((4,)))
                updates = optimizer.get_updates(loss=loss)
                updates += [layer.update for layer in self.critic.layers]
                return updates
        """,
    "data that a test holds in an attribute": """
        class TestNet(tf.test.TestCase):
            def test_numbers(self):
                w = layers.Dense(3)(self.data)
                assert tf.reduce_mean(w).numpy() > 0
            def test_that_it_is_three(self):
                self.assertAllClose(tf.reduce_max(layers.Dense(3)(self.data)), 3)
        def compared(data):
            np.testing.assert_allclose(tf.reduce_min(layers.Dense(3)(data)), 3)
        """,
    "the call of a model, made for a summary": """
        def first(x):
            return tf.transpose(x, [0, 2, 1])
        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.dense = layers.Dense(4)
            def features(self, x):
                return tf.reshape(first(self.dense(x)), [-1, 4])
            def call(self, inputs, training=None):
                x = self.features(inputs)
                return tf.concat([x, x], -1)
            def summary(self):
                x = keras.Input((4, 4))
                return keras.Model(x, self.call(x)).summary()
        """,
    "a layer that a method of a layer makes and calls": (
        """
        from tensorflow.keras import backend as K
        class DropBlock(layers.Layer):
            def __init__(self, size, rate, **kwargs):
                super().__init__(**kwargs)
                self.size, self.rate = size, rate
            def make_mask(self, shape):
                mask = K.random_uniform(shape) + self.rate
                return 1.0 - layers.MaxPool1D(self.size, padding="same", strides=1)(mask)
            def scaled(self, x):
                return layers.Activation("relu")(x) * tf.exp(self.rate)
            def call(self, inputs, training=None):
                def dropped():
                    return tf.abs(self.scaled(inputs) * self.make_mask(K.shape(inputs)))
                return K.in_train_phase(dropped, inputs, training=training)
        """
    ),
    "a solver that a compiled method of a layer calls": """
        def soft(x, value):
            return tf.sign(x) * layers.Activation("relu")(tf.abs(x) - value)
        def solve(y, basis):
            x = tf.matmul(y, basis)
            for _ in range(3):
                x = soft(x - tf.matmul(x, basis), 0.1)
            return x
        class Code(layers.Layer):
            def build(self, shape):
                self.basis = self.add_weight(name="basis", shape=(3, 3), **self.options)
            def call(self, x):
                return tf.map_fn(self.one, x)
            @tf.function
            def one(self, x):
                return solve(x, basis=self.basis)
        """,
    "the decorated call of a layer": """
        import os
        def recomputed(call):
            if not os.environ.get("RECOMPUTE"):
                return call
            def inner(self, inputs, **kwargs):
                def kernel():
                    return call(self, inputs, **kwargs)
                return kernel()
            return inner
        def masked(x, mask):
            return tf.where(mask, x, 0.0)
        class Pointer(layers.Layer):
            @recomputed
            def call(self, inputs, mask=None):
                places = layers.Embedding(3, 4)(inputs)
                return masked(tf.einsum("ab,cb->ac", places, inputs), mask)
        """,
    "what a compiled function calls": """
        def prepared(x):
            return tf.abs(layers.Rescaling(2.0)(tf.abs(layers.Dense(3)(x))))
        @tf.function
        def step(x):
            return prepared(x)
        """,
    "one input or a list of them, and others": """
        def training(model, labels):
            model = keras.Sequential([layers.Dense(3)])
            inputs = [model.input] if type(model.input) is not list else model.input
            return keras.Model(inputs + [keras.Input((3,)), keras.Input((4,))], model.output)
        """,
    "gradients of a model that a function made": """
        class Trainer:
            def __init__(self, model):
                self.model = model
            def train(self, data):
                self.model = self.model.build_model(inputs=keras.Input((3,)))
                self.step(data, data)
            def step(self, x, y):
                with tf.GradientTape() as tape:
                    loss = self.loss_fn(y, self.model(x, training=True))
                gradients = tape.gradient(loss, self.model.trainable_variables)
                return [tf.clip_by_value(g, -1.0, 1.0) for g in gradients]
        """,
    "structures that are laid flat": """
        from tensorflow.python.util import nest
        i = keras.Input((4,))
        found = nest.flatten([i, {"a": i}])
        keras.Model(i, layers.Concatenate()(tf.nest.flatten([i, i])))
        """,
    "what the fixtures of tests give": """
        import pytest
        @pytest.fixture(scope="module")
        def signal():
            return tf.constant([[1.0], [2.0]])
        def test_pooling(signal):
            signal = tf.reshape(signal, [1, 2, 1])
            assert layers.GlobalMaxPooling1D()(signal) == 2.0
        def test_pooling_of_first(signal):
            assert layers.GlobalMaxPooling1D()(signal)[0] == 2.0
        """,
    "slices of what a Lambda or a model gives in a tuple": """
        def two(x):
            return x, x * 2.0
        i = keras.Input((4,))
        first = layers.Lambda(two)(i)[:1]
        rest = layers.Lambda(lambda t: tf.split(t, 2, axis=-1))(i)[1:]
        net = keras.Model(i, [layers.Dense(1)(i), layers.Dense(2)(i), layers.Dense(3)(i)])
        last = net(keras.Input((4,)))[1:]
        features = [i]
        for _ in range(3):
            features.append(layers.Dense(4)(features[-1]))
        deepest = keras.Model(i, features)(keras.Input((4,)))[-2:]
        """,
    "batches of a data set": """
        def halves(x):
            a, b = tf.split(x, 2, axis=-1)
            return tf.concat([tf.sigmoid(a), b], -1)
        def main():
            i = keras.Input((4,))
            model = keras.Model(i, layers.Dense(4)(i))
            data = tf.data.Dataset.from_tensor_slices(tf.zeros((4, 4))).batch(2)
            for x in data.take(1):
                halves(model(x))
            for step, (x, y) in enumerate(data):
                tf.square(model(x) - y)
            tf.reduce_mean(model(next(iter(data))))
        """,
    "parameters that are shapes and bounds": """
        def warm_up(path, shape):
            net = keras.models.load_model(path)
            net(tf.zeros(shape))
        def noise(size, low, dtype):
            layer = layers.Dense(size)
            return layer(tf.random.uniform((2, 4), low, 1.0, dtype=dtype))
        """,
    "losses that are methods": """
        class Trainer:
            def loss(self, y_true, y_pred):
                return tf.reduce_mean(tf.abs(y_true - y_pred))
            def build(self):
                i = keras.Input((4,))
                net = keras.Model(i, layers.Dense(4)(i))
                net.compile("adam", loss=self.loss)
        """,
    "a function that only lies beside the layers": """
        from tensorflow.python.keras.layers.preprocessing import image_preprocessing
        def rotate(image, angles):
            image = tf.cast(image, tf.float32)
            return image_preprocessing.transform(image, angles)
        """,
    "a parameter that reaches a layer inside a layer": """
        class Embed(layers.Layer):
            def __init__(self, count):
                super().__init__()
                self.count = count
                self.table = layers.Embedding(count, 3)
            def call(self, patch):
                return patch + self.table(tf.range(self.count))
        def build(width, height):
            patches = width * height
            return Embed(patches)(keras.Input((4, 3)))
        """,
    "a layer whose base comes from one of two packages": """
        try:
            from keras.layers import Layer
        except ImportError:
            from tensorflow.keras.layers import Layer
        class Residual(Layer):
            def __init__(self):
                super().__init__()
                self.dense = layers.Dense(3)
            def call(self, x):
                return self.dense(x) + x
        """,
    "a layer whose base is not known": """
        from elsewhere import Base
        class Residual(Base):
            def call(self, x):
                return layers.Dense(3)(x) + x
        """,
    "a layer whose parts are not known": """
        import elsewhere
        class Residual(layers.Layer):
            def __init__(self):
                super().__init__()
                self.attention = elsewhere.layers.Attention()
            def call(self, x):
                return tf.reshape(self.attention([x, x]), (-1, 3)) + x
        """,
    "the loss of a training step": """
        class Trainer:
            def __init__(self):
                self.model = keras.Sequential([layers.Dense(3)])
            def step(self, batch):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(self.model(batch) - 1.0)
                return tape.gradient(loss, self.model.trainable_variables)
            def fit(self, batches):
                for batch in batches:
                    self.step(batch)
        """,
    "a method of a layer that `build` chooses": """
        class Heads(layers.Layer):
            def build(self, shape):
                self.heads = [layers.Dense(3) for _ in shape]
                self._run = self._run_all
            def _run_all(self, x):
                x = [head(tensor) for head, tensor in zip(self.heads, x)]
                return tf.tanh(tf.concat(x, axis=-1))
            def call(self, x):
                return self._run(x)
        """,
    "a subclass of what an add-on package calls": """
        import tensorflow_addons as tfa
        class Attention(tfa.seq2seq.BahdanauAttention):
            def __init__(self, units, memory):
                super().__init__(units, memory)
                self.score = layers.Dense(1)
            def __call__(self, inputs):
                query, state = inputs
                energy = self.score(tf.expand_dims(state, 2))
                return tf.reduce_sum(energy * self.values, 1)
        """,
    "modules of TensorFlow that call each other": """
        import check_shapes
        class Kernel(tf.Module):
            @check_shapes.check_shapes("x: [n, d]")
            def __call__(self, x):
                return tf.matmul(x, x, transpose_b=True)
        class Regression(tf.Module):
            def __init__(self, data):
                super().__init__()
                kernel = Kernel()
                self.covariance = kernel(data)
            def objective(self):
                return tf.reduce_sum(self.covariance)
        """,
    "lists of tensors that are joined and repeated": """
        class Builder:
            def __init__(self, length, conditions):
                self.length, self.conditions = length, conditions
            def decoder(self):
                inputs = keras.Input((3,))
                return layers.Concatenate()(self.length * [inputs])
            def discriminator(self, inputs):
                return layers.Concatenate()(inputs + self.conditions + [keras.Input((2,))])
        def detections(boxes, other, features):
            found = Filter(name="filtered")([boxes, boxes] + other)
            return [layers.Concatenate()([boxes] + found + features)] + found
        class Filter(layers.Layer):
            pass
        """,
    "a block that returns a pair only when it is asked to": """
        def block(x, width, pair=False):
            x = layers.Dense(width)(x)
            return (x, layers.Dense(width)(x)) if pair else x
        def build():
            x = keras.Input((3,))
            for width in range(100):
                x = block(x, width)
            for width in (4, 5, 6, 7, 8, 9, 10, 11, 12, 13):
                x, extra = block(x, width, pair=True)
            return keras.Model(x, extra)
        def wide(x, width):
            x, extra = block(x, width, pair=True)
            return layers.Add()([x, extra])
        """,
    "a prediction turned into numbers": """
        class Client:
            def __init__(self):
                self.model = keras.Sequential([layers.Dense(3)])
            def forward(self, image):
                embeddings = self.model(image, training=False).numpy()
                return embeddings[0].tolist()
        """,
}

UNCERTAIN = {
    "a model that stands ready is called on a parameter": """
        model = keras.Sequential([layers.Dense(3)])
        def score(batch):
            return tf.reduce_mean(model(batch))
        """,
    "preprocessing is done on data too": """
        def prepare(image):
            image = layers.Rescaling(1 / 255.0)(image)
            return tf.cast(image, tf.float16)
        """,
}


def analysed(source: str) -> tuple[Analysis, ast.Module]:
    """The analysis of ``source``, which stands alone."""
    path = Path("/nonexistent/builder.py")
    analysis = analyse({path: (HEADER + textwrap.dedent(source)).encode()}, [path])
    assert not analysis.incomplete
    return analysis, analysis.modules[path].tree


def found(source: str, certain: bool) -> list[str]:
    """The raw ops found in ``source``, in its order."""
    analysis, tree = analysed(source)
    nodes = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.expr, ast.AugAssign))
        and node in analysis.ops
        and analysis.ops[node].keys
        and analysis.ops[node].certain == certain
    ]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset, -(node.end_col_offset or 0)))
    return [ast.unparse(node) for node in nodes]


@pytest.mark.parametrize("name", FOUND)
def test_raw_ops_are_found(name: str) -> None:
    source, expected = FOUND[name]
    assert found(source, certain=True) == expected


@pytest.mark.parametrize("name", NOT_FOUND)
def test_what_is_no_raw_op_is_not_found(name: str) -> None:
    assert found(NOT_FOUND[name], certain=True) == []
    assert found(NOT_FOUND[name], certain=False) == []


@pytest.mark.parametrize("name", UNCERTAIN)
def test_what_cannot_be_decided_is_found_as_uncertain(name: str) -> None:
    assert found(UNCERTAIN[name], certain=True) == []
    assert found(UNCERTAIN[name], certain=False) != []


def test_containers_in_containers_end() -> None:
    nested = "\n    ".join(f"x = [x, [x], {{'{name}': x}}, y]" for name in "abcdefghijklmnop")
    source = f"""
class Sub(layers.Layer):
    def call(self, inputs):
        return inputs

def build(flag, y):
    x = [keras.Input((3,))]
    {nested}
    for _ in range(10):
        x = [Sub()(x), x] if flag else [x, [x]]
    return tf.nest.flatten(x)
"""
    analysed(source)


def test_analysis_of_the_standard_library_ends_and_finds_nothing() -> None:
    library = Path(sysconfig.get_path("stdlib"))
    source = library.joinpath("dataclasses.py").read_bytes()
    path = Path("/nonexistent/dataclasses.py")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        analysis = analyse({path: source}, [path])
    assert sys.getrecursionlimit() < 6000
    assert not any(fact.keys for fact in analysis.ops.values())


def test_a_list_of_unknown_values_is_no_eager_tensor() -> None:
    source, (_, joined) = FOUND["a list of values of which nothing is known"]
    analysis, tree = analysed(source)
    (call,) = [
        node for node in ast.walk(tree) if ast.unparse(node) == joined and node in analysis.ops
    ]
    assert not analysis.ops[call].eager


def test_functions_in_containers_are_given_away_too() -> None:
    source = """
def loss(a, b):
    return tf.reduce_mean(a - b)

x = keras.Input((3,))
y = loss(x, x)
model = keras.Model(x, y)
model.compile("adam", {"y": [loss]})
"""
    analysis, _ = analysed(source)
    assert any(fact.eager for fact in analysis.ops.values())


@pytest.mark.parametrize(
    ("turn", "dtypes"),
    [
        ("x = tf.nn.relu(x)", {"floatx"}),
        ("x = layers.Dense(3)(x)", {"floatx", "policy"}),
        ("x = block(x)", {"floatx", "policy"}),
        ("x = same(x)", {"floatx"}),
    ],
)
def test_the_dtype_of_what_a_loop_carries(turn: str, dtypes: set[str]) -> None:
    source = f"""
def block(x):
    return layers.Dense(3)(x)

def same(x):
    return tf.nn.relu(x)

def build(depth):
    x = keras.Input((3,))
    for _ in range(depth):
        {turn}
    return tf.abs(x)
"""
    analysis, tree = analysed(source)
    (read,) = [
        node.args[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "tf.abs"
    ]
    assert analysis.facts[read].dtypes == dtypes
