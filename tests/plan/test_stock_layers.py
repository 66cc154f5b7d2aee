"""Where a layer of Keras itself takes the place of a raw op, and where it would not be the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.engine.planned import planned_result
from codemod.files.sources import stdin_file
from tests.support.golden import planned
from tests.support.share import share
from transforms.interpret.symbolic import analyse
from transforms.plan.fitting import fitting_plan
from transforms.plan.settings import Granularity, PlanSettings
from transforms.syntax.records import Span
from transforms.syntax.source_text import read_source_text

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from elsewhere import ready
class Block(layers.Layer):
    def call(self, x):
        return x
block = Block()
i = layers.Conv1D(4, 1)(keras.Input((6, 4)))
j = layers.Conv2D(3, 1)(keras.Input((8, 6, 3)))
"""
CONV = "layers.Conv1D(3, 3)(i)"
EMBEDDED = "layers.Embedding(9, 3, mask_zero=True)(i)"
BECOMES = {
    "a layer": (f"o = tf.nn.relu({CONV})\n", f"o = layers.ReLU()({CONV})"),
    "layers that pass on": (
        f"c = {CONV}\nx = layers.BatchNormalization()(c, training=False)\no = tf.nn.elu(x)\n",
        "o = layers.ELU()(x)",
    ),
    "a vector": (
        "x = layers.Dense(4)(keras.Input(shape=(4,)))\no = tf.nn.relu(x)\n",
        "o = layers.ReLU()(x)",
    ),
    "an op": (
        "x = tf.sin(block(i))\nprint(x)\no = tf.nn.gelu(x)\n",
        'o = layers.Activation("gelu")(x)',
    ),
    "what stands before another idea": (
        "x = layers.Dense(4)(keras.Input(shape=(4,)))\nx = tf.nn.relu(x)\n"
        "x = x - tf.reduce_mean(x, -1, keepdims=True)\no = layers.Dense(2)(x)\n",
        'x = layers.ReLU()(x)\nx = MeanCentre(name="mean_centre")(x)\n',
    ),
    "what stands behind another idea": (
        "x = layers.Dense(4)(keras.Input(shape=(4,)))\nx = tf.reduce_sum(x, -1, keepdims=True)\n"
        "x = tf.nn.relu(x)\no = layers.Dense(2)(x)\n",
        "x = layers.ReLU()(x)",
    ),
    "what a helper makes that is given no options": (
        "def conv(x, **options):\n    return layers.Conv1D(4, 1, **options)(x)\n"
        "def f(n):\n    x = conv(n)\n    print(x)\n    return tf.nn.relu(x)\no = f(i)\n",
        "    return layers.ReLU()(x)",
    ),
    "a layer with a name": (
        "conv = layers.Conv1D(3, 3)\nx = conv(i)\no = tf.tanh(x)\n",
        'o = layers.Activation("tanh")(x)',
    ),
    "a helper": (
        "def f(x):\n    x = layers.Conv1D(3, 3)(x)\n    return layers.Dropout(0.1)(x)\n"
        "x = f(i)\no = tf.nn.selu(x)\n",
        'o = layers.Activation("selu")(x)',
    ),
    "a helper that is called often": (
        "def f(x):\n    x = layers.Conv1D(4, 3, padding='same')(x)\n    return tf.nn.relu(x)\n"
        "o = f(f(i))\n",
        "    return layers.ReLU()(x)",
    ),
    "branches": (
        f"x = {CONV}\nif ready():\n    x = layers.Conv1D(4, 1)(x)\nelse:\n    x = tf.sin(x)\n"
        "o = tf.nn.relu(x)\n",
        "o = layers.ReLU()(x)",
    ),
    "what each branch makes": (
        "if ready():\n    x = layers.Conv1D(4, 1)(i)\nelse:\n    x = tf.sin(i)\n"
        "o = tf.concat([x, i], -1)\n",
        "o = layers.Concatenate()([x, i])",
    ),
    "turns of a loop": (
        "x = i\nfor n in range(2):\n    x = layers.Dropout(0.1)(x)\n    x = tf.nn.relu(x)\n",
        "    x = layers.ReLU()(x)",
    ),
    "a helper that gives on what it is given": (
        "def f(x, last=None):\n    if last:\n        return x\n    return layers.Dropout(0.1)(x)\n"
        "o = tf.nn.relu(f(i))\n",
        "o = layers.ReLU()(f(i))",
    ),
    "a layer that a helper chooses": (
        "def norm(kind):\n    if kind:\n        return layers.LayerNormalization()\n"
        "    return layers.BatchNormalization()\no = tf.nn.relu(norm(1)(i))\n",
        "o = layers.ReLU()(norm(1)(i))",
    ),
    "several layers in a row": (
        "x = tf.nn.relu6(j)\nx = tf.reduce_mean(x, [1, 2])\no = tf.nn.elu(x)\n",
        "x = layers.ReLU(6.0)(j)\n"
        'x = layers.GlobalAveragePooling2D(data_format="channels_last")(x)\n'
        "o = layers.ELU()(x)\n",
    ),
    "layers inside one another": (
        "o = tf.nn.relu(tf.add(i, i) - i)\n",
        "o = layers.ReLU()(layers.Add()([i, i]) - i)",
    ),
    "a long list": (
        "o = tf.concat([tf.reduce_mean(j, axis=[1, 2]), tf.reduce_max(j, axis=[1, 2])], axis=-1)\n",
        "o = layers.Concatenate()(\n    [\n"
        '        layers.GlobalAveragePooling2D(data_format="channels_last")(j),\n'
        '        layers.GlobalMaxPooling2D(data_format="channels_last")(j),\n    ]\n)\n',
    ),
    "sizes that are counted": (
        "import itertools\nn = itertools.count(1)\n"
        "o = tf.nn.max_pool2d(j, next(n), next(n), 'SAME')\n"
        "o = tf.pad(layers.ReLU()(o), [[0, 0], [next(n), next(n)], [next(n), next(n)], [0, 0]])\n",
        "    ((next(n), next(n)), (next(n), next(n))),",
    ),
    "a name that another function has too": (
        "def g():\n    layers = []\n    return layers\n" + f"o = tf.nn.relu({CONV})\n",
        f"o = layers.ReLU()({CONV})",
    ),
    "a list": (
        "pair = [layers.Dense(8)(t) for t in (i, i)]\no = tf.concat(pair, 1)\n",
        "o = layers.Concatenate(axis=1)(pair)",
    ),
    "a list that a function takes later": (
        f"from mine import grow\npair = [{CONV}, {CONV}]\no = tf.concat(pair, -1)\ngrow(pair)\n",
        "o = layers.Concatenate()(pair)",
    ),
    "a list that grows": (
        f"parts = []\nfor n in range(3):\n    parts.append({CONV})\no = tf.concat(parts, -1)\n",
        "o = layers.Concatenate()(parts)",
    ),
    "a slope": ("o = tf.nn.leaky_relu(i, alpha=0.1)\n", "o = layers.LeakyReLU(0.1)(i)"),
    "the slope of TensorFlow": ("o = tf.nn.leaky_relu(i)\n", "o = layers.LeakyReLU(0.2)(i)"),
    "a bound": ("o = tf.nn.relu6(i)\n", "o = layers.ReLU(6.0)(i)"),
    "several tensors": (
        f"x = {CONV}\nif True:\n    x = layers.Dense(3)(x)\n    o = tf.concat([x, x], axis=1)\n",
        "    o = layers.Concatenate(axis=1)([x, x])",
    ),
    "the last axis": ("o = tf.concat((i, i), -1)\n", "o = layers.Concatenate()([i, i])"),
    "a pool of an image": (
        "def f(x):\n    return tf.reduce_mean(x, [1, 2])\no = f(j)\n",
        '    return layers.GlobalAveragePooling2D(data_format="channels_last")(x)',
    ),
    "a pool that keeps its axes": (
        "o = tf.reduce_max(j, axis=(1, 2), keepdims=True)\n",
        'o = layers.GlobalMaxPooling2D(data_format="channels_last", keepdims=True)(j)',
    ),
    "axes that the configuration chooses": (
        "from tensorflow.keras import backend as K\ndef f(x):\n"
        '    h, w = [2, 3] if K.image_data_format() == "channels_first" else [1, 2]\n'
        "    return tf.reduce_mean(x, [h, w], keepdims=True)\no = f(j)\n",
        "    return layers.GlobalAveragePooling2D(keepdims=True)(x)",
    ),
    "a pool that ends a mask": (
        f"o = tf.reduce_max({EMBEDDED}, 1)\n",
        f'o = layers.GlobalMaxPooling1D(data_format="channels_last")({EMBEDDED})',
    ),
    "a mean over steps": (
        f"o = tf.reduce_mean({CONV}, axis=1)\n",
        f'o = layers.GlobalAveragePooling1D(data_format="channels_last")({CONV})',
    ),
    "windows": (
        'o = tf.nn.max_pool2d(j, ksize=2, strides=2, padding="SAME")\n',
        'o = layers.MaxPooling2D(2, padding="same", data_format="channels_last")(j)',
    ),
    "windows of a size that is bound": (
        'def f(x, size):\n    return tf.nn.avg_pool(x, size, [1, 2, 1, 1], "VALID")\no = f(j, 3)\n',
        "layers.AveragePooling2D(size, strides=(2, 1)," + ' data_format="channels_last")(x)',
    ),
    "zeros around an image": (
        "o = tf.pad(j, [[0, 0], [0, 1], [2, 2], [0, 0]])\n",
        'o = layers.ZeroPadding2D(((0, 1), (2, 2)), data_format="channels_last")(j)',
    ),
    "as many zeros on all sides": (
        "def f(x, n):\n    return tf.pad(x, ((0, 0), (n, n), (n, n), (0, 0)))\no = f(j, 1)\n",
        '    return layers.ZeroPadding2D(n, data_format="channels_last")(x)',
    ),
    "an order of axes": ("o = tf.transpose(i, [0, 2, 1])\n", "o = layers.Permute((2, 1))(i)"),
    "a shape": (
        "n = 3\no = tf.reshape(i, (-1, n * 2, i.shape[2]))\n",
        "o = layers.Reshape((n * 2, i.shape[2]))(i)",
    ),
    "a shape of a helper behind the batch": (
        "def f(x, n):\n    return tf.reshape(x, [tf.shape(x)[0], n * 4])\no = f(i, 6)\n",
        "    return layers.Reshape((n * 4,))(x)",
    ),
    "a row of vectors": (
        "def f(n):\n    x = layers.Conv1D(n, 3)(keras.Input((n, 3)))\n"
        "    x = layers.Dropout(0.1)(tf.nn.relu(x))\n    return tf.reduce_max(x, 1)\no = f(4)\n",
        'layers.GlobalMaxPooling1D(data_format="channels_last")(x)',
    ),
    "a row of vectors that are given": (
        "def f(n):\n    x = layers.Dense(n)(keras.Input((n, 3)))\n"
        "    return tf.reduce_max(x, 1)\no = f(4)\n",
        'layers.GlobalMaxPooling1D(data_format="channels_last")(x)',
    ),
    "a shape behind the batch": (
        "o = tf.reshape(i, [tf.shape(i)[0], 24])\n",
        "o = layers.Reshape((24,))(i)",
    ),
    "a sum of two": (f"x = {CONV}\no = tf.add(x, i)\n", "o = layers.Add()([x, i])"),
    "a product of two": ("o = tf.multiply(i, y=i)\n", "o = layers.Multiply()([i, i])"),
    "the larger of two": ("o = tf.maximum(i, i)\n", "o = layers.Maximum()([i, i])"),
    "a function that numbers its layers": (
        "x = layers.add([i, i])\no = tf.add(x, i)\n",
        'o = layers.Add(name="add_tensors")([x, i])',
    ),
    "a layer that has a name of its own": (
        "x = layers.ReLU(name='first')(i)\ndef f(x):\n"
        "    return tf.nn.relu(layers.Conv1D(4, 3)(x))\no = f(f(x))\n",
        "    return layers.ReLU()(layers.Conv1D(4, 3)(x))",
    ),
    "doubles": (
        "t = keras.Input((3,), dtype='float64')\no = tf.nn.relu(t)\n",
        "o = layers.ReLU(dtype=t.dtype)(t)",
    ),
    "moved integers": (
        "t = keras.Input((3,), dtype='int32')\no = tf.concat([t, t], -1)\n",
        "o = layers.Concatenate(dtype=t.dtype)([t, t])",
    ),
    "a tensor of any dtype that is moved": (
        "def f(x, n):\n    return tf.pad(x, ((0, 0), (n, n), (n, n), (0, 0)))\n"
        'o = f(keras.Input((8, 6, 3), dtype="int32"), 1)\n',
        'layers.ZeroPadding2D(n, data_format="channels_last", dtype=x.dtype)(x)',
    ),
    "the dtype of a list": (
        "t = keras.Input((3,))\nparts = [t, tf.sin(t)]\nprint(parts)\no = tf.concat(parts, -1)\n",
        "o = layers.Concatenate(dtype=parts[0].dtype)(parts)",
    ),
    "a function that callers choose": (
        "def f(x, act=tf.nn.relu):\n    return act(layers.Conv1D(3, 3)(x))\no = f(i)\n",
        "    return layers.Activation(act)(layers.Conv1D(3, 3)(x))",
    ),
    "a sigmoid that is a gate": (
        "def f(x):\n    gate = tf.sigmoid(layers.Conv1D(4, 1)(x))\n    print(gate)\n"
        "    return x * gate\no = f(i)\n",
        '    gate = layers.Activation("sigmoid")(layers.Conv1D(4, 1)(x))',
    ),
    "a softmax that is a weight": (
        "def f(x):\n    scores = tf.nn.softmax(layers.Dense(4)(layers.Conv1D(3, 3)(x)), axis=-1)\n"
        "    return layers.Conv1D(2, 1)(scores)\no = f(i)\n",
        'layers.Activation("softmax")(',
    ),
    "a shape of all sizes of the tensor": (
        "def f(x):\n    _, h, w, c = x.shape\n    n = h * w\n"
        "    return layers.Dense(2)(tf.reshape(x, [-1, n, c]))\no = f(j)\n",
        "layers.Dense(2)(layers.Reshape((n, c))(x))",
    ),
    "a shape of sizes that are read at once": (
        "def f(x):\n"
        "    return tf.reshape(x, [-1, x.shape[1] * x.shape[2], x.shape[-1]])\no = f(j)\n",
        "layers.Reshape((x.shape[1] * x.shape[2], x.shape[-1]))(x)",
    ),
    "a shape of what was shaped before": (
        "def f(x, n):\n    x = layers.Conv2D(n, 1)(tf.reshape(x, [-1, 4, 4, n]))\n"
        "    y = tf.reshape(x, [-1, 16, n])\n    print(y)\n    return tf.reshape(y, [-1, n * 16])\n"
        "o = f(layers.Dense(2)(j), 6)\n",
        "    return layers.Reshape((n * 16,))(y)",
    ),
    "a mask that a convolution drops": (
        "def f(x):\n    x = tf.nn.relu(x)\n    return layers.Conv1D(3, 3)(x)\no = f(i)\n",
        "    x = layers.ReLU()(x)\n",
    ),
    "a mask that a helper drops": (
        "def g(x, n, name=None):\n    if x is None:\n        return x.shape\n"
        "    print(x.shape)\n    return layers.Conv1D(n, 3)(layers.Dropout(0.1)(x))\n"
        "def f(x, y):\n    x = tf.concat([x, y], axis=-1)\n    return g(x, 3)\no = f(i, i)\n",
        "    x = layers.Concatenate()([x, y])\n",
    ),
    "a mask of a variable that is given something else": (
        "def f(x):\n    y = tf.nn.relu(x)\n    print(y)\n    y = layers.Conv1D(3, 3)(y)\n"
        "    return block(y)\no = f(i)\n",
        "    y = layers.ReLU()(x)\n",
    ),
    "a mask behind another op": (
        "def f(x):\n    x = tf.nn.relu(x)\n    print(x)\n    x = tf.nn.elu(x)\n"
        "    return layers.Conv1D(3, 3)(x)\no = f(i)\n",
        "    x = layers.ReLU()(x)\n",
    ),
    "a name that is used": (
        "x = layers.ReLU()(i)\no = tf.nn.relu(x)\n",
        'o = layers.ReLU(name="relu_activation")(x)',
    ),
}
STAYS = {
    "a function that callers choose for a parameter": (
        "def f(x, act=tf.nn.relu):\n    return act(x)\no = f(i)\n"
    ),
    "a function of several arguments that callers choose": (
        "def f(x, act=tf.nn.relu):\n    return act(layers.Conv1D(3, 3)(x), name='a')\no = f(i)\n"
    ),
    "a sigmoid that a loss may see": f"o = tf.sigmoid({CONV})\n",
    "a sigmoid that is given back": (
        "def f(x):\n    return tf.sigmoid(layers.Conv1D(3, 3)(x))\no = f(i)\n"
    ),
    "a softmax over another axis": (
        "def f(x):\n    return layers.Conv1D(3, 3)(tf.nn.softmax(x, axis=1))\no = f(i)\n"
    ),
    "a mask": f"o = tf.nn.relu({EMBEDDED})\n",
    "a mask that is passed on": f"x = layers.Dense(3)({EMBEDDED})\no = tf.nn.relu(x)\n",
    "a mask of one of several": f"o = tf.concat([{EMBEDDED}, {CONV}], -1)\n",
    "a mask that a model is given": (
        "x = layers.Dense(4)(keras.Input((6, 4)))\no = tf.nn.relu(x)\n"
    ),
    "a mask that a model of any shape is given": (
        "def f(shape=(3,)):\n    x = layers.Dense(4)(keras.Input(shape))\n"
        "    return tf.nn.relu(x)\no = f()\n"
    ),
    "an input": "o = tf.nn.relu(keras.Input((6, 4)))\n",
    "an op on an input": "o = tf.nn.relu(tf.sin(keras.Input((6, 4))))\n",
    "an input beside a layer": f"o = tf.add({CONV}, keras.Input((4, 3)))\n",
    "a parameter": "def f(x):\n    return tf.nn.relu(x)\no = f(i)\n",
    "a mask that is given back": "def g(x):\n    return layers.Dropout(0.1)(x)\n"
    "def f(x):\n    x = tf.nn.relu(x)\n    return g(x)\no = f(i)\n",
    "a mask where masks are made": "def f(x):\n    x = tf.nn.relu(x)\n"
    f"    return layers.Conv1D(3, 3)(x)\no = f({EMBEDDED})\n",
    "a mask that a loop may read": "def f(x, n):\n    for k in range(n):\n"
    "        layers.LSTM(3)(x)\n        x = tf.nn.relu(x)\n        print(k)\n"
    "    return layers.Conv1D(3, 3)(x)\no = f(i, 2)\n",
    "a mask that is read": "def f(x):\n    x = tf.nn.relu(x)\n    layers.Conv1D(3, 3)(x)\n"
    "    return layers.LSTM(3)(x)\no = f(i)\n",
    "a mask that one branch reads": "def f(x, read):\n    x = tf.nn.relu(x)\n    if read:\n"
    "        x = layers.Softmax()(x)\n    return layers.Conv1D(3, 3)(x)\no = f(i, False)\n",
    "a mask that another op would read": "def f(x):\n    x = tf.nn.relu(x)\n    print(x)\n"
    "    return layers.Dense(2)(tf.reduce_mean(x, 1))\no = f(i)\n",
    "a mask that another op passes on": "def f(x):\n    x = tf.nn.relu(x)\n    print(x)\n"
    "    return layers.LSTM(2)(tf.nn.elu(x))\no = f(i)\n",
    "a mask that a nested function reads": "def f(x):\n    x = tf.nn.relu(x)\n"
    "    def g():\n        return block(x)\n    return layers.Conv1D(3, 3)(x), g()\n"
    "o, p = f(i)\n",
    "masks of steps that are joined": "def f(x, y):\n    x = tf.concat([x, y], axis=1)\n"
    "    return layers.Conv1D(3, 3)(x)\no = f(i, i)\n",
    "integers that are bounded": "t = keras.Input((3,), dtype='int32')\no = tf.maximum(t, t)\n",
    "an unknown layer": "x = block(i)\no = tf.nn.relu(x)\n",
    "a changed name": f"x = {CONV}\nif ready():\n    x = block(x)\no = tf.nn.relu(x)\n",
    "a loop": f"x = {CONV}\nfor n in range(2):\n    o = tf.nn.relu(x)\n    x = block(o)\n",
    "a handler": f"x = {CONV}\ntry:\n    x = block(x)\nexcept E:\n    o = tf.nn.relu(x)\n",
    "integers": "t = keras.Input((3,), dtype='int32')\no = tf.nn.relu(t)\n",
    "a flag": "o = tf.nn.gelu(i, True)\n",
    "an open slope": "def f(x, slope):\n    x = layers.Conv1D(3, 3)(x)\n"
    "    return tf.nn.leaky_relu(x, slope)\no = f(i, 0.1)\n",
    "the batch": "o = tf.concat([i, i], 0)\n",
    "an open axis": "def f(x, axis):\n    x = layers.Conv1D(3, 3)(x)\n"
    "    return tf.concat([x, x], axis)\no = f(i, 1)\n",
    "a batch that callers may make longer": (
        "def f(x, n):\n    return tf.reshape(x, (-1, n * 2, x.shape[2]))\no = f(i, 3)\n"
    ),
    "sizes of another tensor": (
        "def f(x, y):\n    _, h, w, c = y.shape\n    return tf.reshape(x, [-1, h * w, c])\n"
        "o = f(j, j)\n"
    ),
    "sizes of a tensor that has changed": (
        "def f(x):\n    _, h, w, c = x.shape\n    x = layers.Dense(c)(x)\n"
        "    return tf.reshape(x, [-1, h * w, c])\no = f(j)\n"
    ),
    "a size that is left out": (
        "def f(x):\n    _, h, w, c = x.shape\n    return tf.reshape(x, [-1, w, c])\no = f(j)\n"
    ),
    "a size that stands twice": (
        "def f(x):\n    _, h, w, c = x.shape\n"
        "    return tf.reshape(x, [-1, h, w * w, c])\no = f(j)\n"
    ),
    "a rank that callers choose": (
        "def f(shape=(8, 3)):\n    x = layers.Dense(4)(keras.Input(shape))\n"
        "    return tf.reduce_max(x, 1)\no = f()\n"
    ),
    "a rank that callers give": "def f(x):\n    return tf.reduce_max(x, 1)\no = f(i)\n",
    "one of two ranks": (
        "def f(flat):\n    x = layers.Conv1D(4, 1)(keras.Input((6, 4)))\n    if flat:\n"
        "        x = layers.Conv2D(3, 1)(keras.Input((8, 6, 3)))\n    return tf.reduce_max(x, 1)\n"
        "o = f(False)\n"
    ),
    "one tensor": "o = tf.concat([i], 1)\n",
    "a mean that a mask would weigh": f"o = tf.reduce_mean({EMBEDDED}, 1)\n",
    "a pool over other axes": "o = tf.reduce_mean(j, [2, 3])\n",
    "axes that something else chooses": (
        "def f(x, first):\n    h, w = [2, 3] if first else [1, 2]\n"
        "    return tf.reduce_mean(x, [h, w])\no = f(j, False)\n"
    ),
    "axes of the configuration in another order": (
        "from tensorflow.keras import backend as K\ndef f(x):\n"
        '    w, c = [2, 3] if K.image_data_format() == "channels_last" else [1, 2]\n'
        "    return tf.reduce_mean(x, [w, c])\no = f(j)\n"
    ),
    "a pool over an open axis": "def f(x, n):\n    return tf.reduce_mean(x, n)\no = f(j, [1, 2])\n",
    "axes that are kept where it is asked for": (
        "def f(x, keep):\n    return tf.reduce_mean(x, [1, 2], keep)\no = f(j, True)\n"
    ),
    "channels in front": "o = tf.nn.max_pool2d(j, 2, 2, 'SAME', data_format='NCHW')\n",
    "an open padding": "def f(x, s):\n    return tf.nn.max_pool2d(x, 2, 2, s)\no = f(j, 'SAME')\n",
    "another padding": "o = tf.pad(j, [[0, 0], [1, 1], [1, 1], [0, 0]], 'REFLECT')\n",
    "zeros before the batch": "o = tf.pad(j, [[1, 0], [1, 1], [1, 1], [0, 0]])\n",
    "zeros in the channels": "o = tf.pad(j, [[0, 0], [1, 1], [1, 1], [0, 1]])\n",
    "a batch that is moved": "o = tf.transpose(i, [1, 0, 2])\n",
    "an open order": "def f(x, perm):\n    return tf.transpose(x, perm)\no = f(i, [0, 2, 1])\n",
    "a batch that takes more": "o = tf.reshape(i, [4, 6, -1])\n",
    "the batch of another": "o = tf.reshape(i, [tf.shape(j)[0], 24])\n",
    "an open shape": "def f(x, shape):\n    return tf.reshape(x, shape)\no = f(i, [-1, 24])\n",
    "a number": "o = tf.multiply(i, 0.5)\n",
    "an array": "import numpy as np\no = tf.add(i, np.ones(4, 'float32'))\n",
    "a list of masks": f"pair = []\npair.append({EMBEDDED})\no = tf.concat(pair + [i], 1)\n",
    "a list that gets a mask": (
        f"pair = [{CONV}]\npair.append({EMBEDDED})\no = tf.concat(pair, -1)\n"
    ),
    "a list that a function may change": (
        f"from mine import grow\npair = [{CONV}, {CONV}]\ngrow(pair)\no = tf.concat(pair, -1)\n"
    ),
    "a list that grows later in a turn": (
        "pair = [i]\nfor n in range(3):\n"
        f"    o = tf.concat(pair, 1)\n    pair.append(layers.Dense(4)({EMBEDDED}))\n"
    ),
    "a list of two names": (
        f"pair = [{CONV}]\nother = pair\nother.append({EMBEDDED})\no = tf.concat(pair, -1)\n"
    ),
    "a mask that a branch brings": (
        f"x = {CONV}\nif ready():\n    x = {EMBEDDED}\no = tf.nn.relu(x)\n"
    ),
    "a mask that one branch makes": (
        f"if ready():\n    x = layers.Conv1D(3, 1)(i)\nelse:\n    x = {EMBEDDED}\n"
        "o = tf.nn.relu(x)\n"
    ),
    "a mask that a helper gives on": (
        f"def f(x):\n    return layers.Dropout(0.1)(x)\no = tf.nn.relu(f({EMBEDDED}))\n"
    ),
    "a mask that a helper makes": (
        "def f(x, y=None):\n    if y is None:\n        return x\n"
        f"    return {EMBEDDED}\no = tf.nn.relu(f({CONV}))\n"
    ),
    "what a helper gives one by one": (
        f"def f(x):\n    yield {EMBEDDED}\n    return x\no = tf.concat([*f({CONV})] + [i], -1)\n"
        f"for t in f({CONV}):\n    o = tf.nn.relu(layers.Dropout(0.1)(t))\n"
    ),
    "a variable of a lambda": (f"t = {CONV}\nf = lambda t: tf.nn.relu(t)\no = f({EMBEDDED})\n"),
    "a method that is unknown": (
        f"x = {CONV}\nx = ready.change(x)\no = tf.nn.relu(layers.Dropout(0.1)(x))\n"
    ),
    "comments": "o = tf.concat([\n    i,  # first\n    i,\n], -1)\n",
    "moves of elements alone": (
        "x = tf.reshape(i, [-1, 3, 2, 4])\no = tf.transpose(x, [0, 2, 1, 3])\n"
    ),
    "layers in a row with something else": "x = tf.nn.relu(i)\no = tf.exp(x) + x\n",
    "a mask of a factor": f"x = tf.sin(i)\no = tf.multiply({EMBEDDED}, x[:, :, :3])\n",
    "what losses look behind": "o = tf.nn.softmax(i)\n",
    "a name that is used and may come again": (
        "def f(x):\n    x = layers.Conv1D(4, 3, padding='same')(x)\n    return tf.nn.relu(x)\n"
        "x = layers.ReLU()(i)\no = f(f(x))\n"
    ),
    "a name that is open": (
        "def f(x, name=None):\n    y = layers.ReLU(name=name)(x)\n"
        "    return tf.nn.relu(layers.Conv1D(4, 3)(x)) + y\no = f(f(i))\n"
    ),
    "a class that is handed on": (
        "act = layers.ReLU\ndef f(x):\n"
        "    return tf.nn.relu(layers.Conv1D(4, 3)(act()(x)))\no = f(f(i))\n"
    ),
    "another Conv1D": "from mine import Conv1D\nclass layers:\n    ReLU = Conv1D\n"
    "o = tf.nn.relu(layers.ReLU(3)(i))\n",
}


def rewritten(body: str, granularity: Granularity = "run") -> str:
    source = (HEADER + body).encode()
    path = Path("/models/model.py")
    return planned(source, path, "layer", granularity=granularity).rewritten.decode()


@pytest.mark.parametrize("name", BECOMES)
def test_a_layer_of_keras_that_does_the_same_takes_the_place(name: str) -> None:
    body, line = BECOMES[name]
    assert line in rewritten(body)


@pytest.mark.parametrize("name", share([*BECOMES], 6))
def test_where_nothing_is_verified_an_op_has_a_class(name: str) -> None:
    body, line = BECOMES[name]
    assert line not in rewritten(body, "op")


def test_what_was_guessed_and_differed_has_a_class() -> None:
    source = (HEADER + "o = tf.reshape(i, [-1, 4])\n").encode()
    path = Path("/models/model.py")
    analysis = analyse({path: source}, [path])
    text = read_source_text(source)

    def planned_with(settings: PlanSettings) -> str:
        rewriting = fitting_plan(analysis, analysis.modules[path], source, text, settings)
        return planned_result(stdin_file(path), source, rewriting).rewritten.decode()

    assert "layers.Reshape((4,))(i)" in planned_with(PlanSettings())
    (site,) = planned(source, path, "layer").sites
    finer: dict[Span, Granularity] = {site.span: "expression"}
    assert "class ReshapeTensor(" in planned_with(PlanSettings(finer=finer))


@pytest.mark.parametrize("name", STAYS)
def test_what_could_differ_has_a_class_of_its_own(name: str) -> None:
    assert "super().__init__(autocast=False" in rewritten(STAYS[name])


@pytest.mark.parametrize(
    "made",
    [
        "keras.Input((4, 3), dtype=dtype)",
        "keras.Input((4, 3), None, None, dtype)",
        "keras.Input(tensor=tensor)",
        "layers.Dense(3, dtype=dtype)(n)",
        "layers.Dense(3, **options)(n)",
        "tf.cast(n, dtype)",
    ],
)
def test_a_dtype_that_callers_choose_is_not_cast(made: str) -> None:
    body = (
        "def build(dtype={}, tensor=None, **options):\n    n = keras.Input((4, 3))\n"
        f"    x = {made}\n    print(x)\n    o = tf.nn.relu(x)\n    return keras.Model(n, o)\n"
    )
    for default in ("'float32'", "None"):
        assert "class ReluActivation(" in rewritten(body.format(default))


@pytest.mark.parametrize(
    "made",
    [
        "    parts = []\n    for _ in range(n):\n        parts.append(layers.Dense(2)(x))\n",
        "    parts = [layers.Dense(2)(x) for _ in range(n)]\n",
        "    parts = [layers.Dense(2)(x) for k in (1, 2, 3) if k < n]\n",
        "    parts = [x]\n    if n:\n        parts.append(layers.Dense(2)(x))\n",
        "    parts = [x, x]\n    while n > len(parts):\n        parts.pop()\n",
        "    parts = [x]\n    for k in (1, 2):\n        if k == n:\n            break\n"
        "        parts.append(layers.Dense(2)(x))\n",
    ],
)
def test_a_list_that_may_hold_one_tensor_is_not_concatenated_by_keras(made: str) -> None:
    body = (
        f"def build(n=3):\n    x = keras.Input((4,))\n{made}"
        "    print(parts)\n    return keras.Model(x, tf.concat(parts, 1))\nm = build()\n"
    )
    assert "class Concat(" in rewritten(body)


@pytest.mark.parametrize(
    "made",
    [
        "parts = [i]\nparts.append(layers.Dense(2)(i))\n",
        "parts = [layers.Dense(k)(i) for k, _ in enumerate(range(2))]\n",
        "parts = []\nfor _ in range(1, 4):\n    parts.append(layers.Dense(2)(i))\n",
    ],
)
def test_a_list_that_surely_holds_several_tensors_is(made: str) -> None:
    assert "layers.Concatenate()(parts)" in rewritten(
        f"{made}print(parts)\no = tf.concat(parts, -1)\n"
    )
