"""What a layer computes itself, what it is given, and where a run is cut for parts with names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.golden import planned

HEADER = """\
import math
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
i = keras.Input((6, 4))
"""
# The body, what stands in the result, and what does not.
CASES = {
    "a list of sizes of one op": (
        "def f(x, n):\n    return tf.split(layers.Dense(2 * n)(x), [n, n], axis=-1)\no = f(i, 3)\n",
        "    return Split(parts=[n, n], axis=-1)(layers.Dense(2 * n)(x))",
        "self.n",
    ),
    "a product of sizes of one op": (
        "def f(x, n):\n    return tf.repeat(layers.Dense(n)(x), n * n, axis=1)\no = f(i, 3)\n",
        "    return Repeat(repeats=n * n, axis=1)(layers.Dense(n)(x))",
        "self.n",
    ),
    "lists of sizes that differ in what they are made of": (
        "def f(x, n, m):\n    x = tf.tile(layers.Dense(2)(x), [1, n, m])\n"
        "    return tf.tile(layers.Dense(2)(x), [1, n * m, 2])\no = f(i, 3, 2)\n",
        "    return Tile(multiples=[1, n * m, 2])(layers.Dense(2)(x))",
        "class Tile2",
    ),
    "sizes of the operand beside what nobody knows": (
        "from elsewhere import read\n"
        "def f(x, n):\n    x = layers.Dense(8)(x)\n"
        "    return tf.transpose(tf.reshape(x, [-1, x.shape[1], n, 2]), [0, 2, 1, 3])\n"
        "o = f(i, read())\n",
        "    return SplitHeads(n)(x)\n",
        "x.shape[1])",
    ),
    "a constant of TensorFlow": (
        "def f(x):\n    return tf.exp(x) * tf.constant(0.5, dtype=tf.float32)\no = f(i)\n",
        "        return tf.exp(x) * tf.constant(0.5, dtype=tf.float32)\n",
        "_dtype",
    ),
    "a constant that is made of a plain value": (
        "def f(x, n=3):\n    return tf.gather(tf.eye(n), tf.cast(x, 'int32'))\no = f(i)\n",
        "tf.eye(self.n)",
        "_dtype",
    ),
    "a constant of what may be a tensor": (
        "from elsewhere import read\ndef f(x):\n    return tf.exp(x) * tf.constant(read())\n"
        "o = f(i)\n",
        "=tf.constant(read()))(",
        "self.read",
    ),
    "a small number of a layer that has a name": (
        "def normalize(x):\n    return x / tf.maximum(tf.norm(x, axis=-1, keepdims=True), 1e-6)\n"
        "o = normalize(i)\n",
        "    return Normalize(epsilon=1e-6)(x)\n",
        "keepdims=True), 1e-6)",
    ),
    "a root of a size": (
        "def scores(q, k):\n    depth = q.shape[-1]\n"
        "    x = tf.matmul(q, k, transpose_b=True) / math.sqrt(depth)\n    return tf.exp(x)\n"
        "o = scores(i, i)\n",
        "        x = tf.matmul(q, k, transpose_b=True) / math.sqrt(depth)\n",
        "self.",
    ),
    "a root of a parameter": (
        "def f(x, depth):\n    return tf.exp(x) / math.sqrt(depth)\no = f(i, 4)\n",
        "/ math.sqrt(self.depth)",
        "math.sqrt(depth)(",
    ),
    "a module that only a function knows": (
        "def f(x, depth):\n    import math as math\n"
        "    return tf.exp(x) / math.sqrt(depth)\no = f(i, 4)\n",
        "math.sqrt(depth)",
        "",
    ),
    "a choice of shapes": (
        "def f(x, flat):\n    n = x.shape[1]\n    x = tf.transpose(x, [0, 2, 1])\n"
        "    shape = [-1, n * 4] if flat else [-1, 2, n, 2]\n    return tf.reshape(x, shape)\n"
        "o = f(i, True)\n",
        "        shape = [-1, n * 4] if self.flat else [-1, 2, n, 2]\n",
        "ReshapeTensor",
    ),
    "parts of a run that have names": (
        "def f(q, k, heads):\n    q = layers.Dense(4)(q)\n"
        "    q = tf.transpose(tf.reshape(q, [-1, 6, heads, 4 // heads]), [0, 2, 1, 3])\n"
        "    k = tf.transpose(tf.reshape(k, [-1, 6, heads, 4 // heads]), [0, 2, 1, 3])\n"
        "    x = tf.sin(q)\n    return tf.exp(tf.matmul(x, k, transpose_b=True))\n"
        "o = f(i, i, 2)\n",
        "    q = SplitHeads(heads)(q)\n    k = SplitHeads(heads)(k)\n",
        "",
    ),
    "a run that begins with what has a name": (
        "def f(q, k, v):\n    q = layers.Dense(4)(q)\n"
        "    s = tf.matmul(q, k, transpose_b=True) / 2.0\n"
        "    x = tf.matmul(tf.nn.softmax(s), v)\n    x = tf.reverse(x, [1])\n"
        "    return tf.exp(x) * x\no = f(i, i, i)\n",
        "    x = ScaledDotProductAttention()(q, k, v)\n",
        "",
    ),
    "values in the order of the helper": (
        "def blend(x, low, high):\n    x = tf.minimum(x, high)\n    return tf.maximum(x, low)\n"
        "o = blend(i, 0.5, 2.0)\n",
        "    return Blend(low, high)(x)\n",
        "",
    ),
    "more values than a reader counts": (
        "def moved(x, a1, b1, c1, d1, e1):\n    x = tf.exp(x * a1 + b1)\n"
        "    return tf.sin(x * c1 + d1) * e1\no = moved(i, 1.0, 2.0, 3.0, 4.0, 5.0)\n",
        "a1=a1",
        "",
    ),
    "one op twice": (
        "o = tf.expand_dims(tf.expand_dims(i, 1), 2)\n",
        'o = ExpandDims(axis=2, name="expand_dims2")(',
        "Twice",
    ),
    "an idiom with an operand that may be None": (
        "def attend(q, k, v, mask=None):\n    s = tf.matmul(q, k, transpose_b=True) / 2.0\n"
        "    if mask is not None:\n        s = tf.where(mask, s, -1e9)\n"
        "    w = tf.nn.softmax(s)\n    return tf.matmul(w, v), w\no, w = attend(i, i, i)\n"
        'o, w = attend(i, i, i, keras.Input((6, 6), dtype="bool"))\n',
        '    """Values weighted by the softmax of scaled query-key products, and `w`."""\n',
        "Given",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_layer_holds_what_a_reader_expects_there(name: str) -> None:
    body, held, missing = CASES[name]
    text = planned((HEADER + body).encode(), Path("/models/model.py"), "layer").rewritten.decode()
    assert held in text
    assert not missing or missing not in text


CHOICES = {
    "a plain value": ("x - (tf.exp(x) if flag else 0.0)", "x - (tf.exp(x) if self.flag else 0.0)"),
    "the other way round": (
        "tf.nn.relu(x - (0.0 if not flag else tf.exp(x)))",
        "tf.nn.relu(x - (0.0 if not self.flag else tf.exp(x)))",
    ),
    # What is in one branch alone would become a part of the model.
    "another tensor": ("tf.exp(x) - (tf.sin(y) if flag else 0.0)", None),
    "a call": ("tf.exp(x) - (tf.sin(x * count()) if flag else 0.0)", None),
    "a test of a tensor": ("tf.exp(x) - (tf.sin(x) if y is not None else 0.0)", None),
}


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_by_a_plain_value_stands_in_the_layer(name: str) -> None:
    value, written = CHOICES[name]
    source = (
        "import tensorflow as tf\nfrom tensorflow import keras\nfrom names import count\n"
        f"def head(x, y, flag=False):\n    return {value}\n"
        "i = keras.Input((4,))\nm = keras.Model(i, [head(i, i), head(i, i, True)])\n"
    )
    after = planned(source.encode(), Path("/model.py"), "layer").rewritten.decode()
    if written is None:
        assert "if self.flag" not in after
    else:
        assert f"        return {written}\n" in after


INSIDE = {
    "tf.matmul(q, k) / tf.math.sqrt(tf.cast(depth, tf.float32))": ["depth"],
    "tf.exp(q) * tf.pow(10000.0, 2 * depth)": ["depth"],
    # What a caller may give as a tensor is a value.
    "tf.exp(q) * tf.cast(other, tf.float32)": None,
}


@pytest.mark.parametrize("value", INSIDE)
def test_what_tensorflow_computes_of_plain_values_is_computed_in_the_layer(value: str) -> None:
    source = (
        "import tensorflow as tf\nfrom tensorflow import keras\n"
        f"depth = int(input())\ndef head(q, k, other):\n    return {value}\n"
        "i = keras.Input((4, 4))\nm = keras.Model(i, head(i, i, tf.constant(3)))\n"
    )
    after = planned(source.encode(), Path("/model.py"), "layer").rewritten.decode()
    assert ("np.asarray" in after) == (INSIDE[value] is None)


def test_the_dtype_that_the_backend_tells_is_asked_for_in_the_layer() -> None:
    source = (
        "import tensorflow as tf\nfrom tensorflow import keras\nK = keras.backend\n"
        "i = keras.Input((4, 4))\nm = keras.Model(i, K.cast(K.equal(i, 0.0), K.dtype(i)))\n"
    )
    after = planned(source.encode(), Path("/model.py"), "layer").rewritten.decode()
    assert "        return K.cast(K.equal(x, 0.0), K.dtype(x))\n" in after


def test_a_product_with_a_number_is_no_operator_of_keras_3_where_call_runs_on_it() -> None:
    source = (
        "import tensorflow as tf\nfrom tensorflow import keras\n"
        "class Own(keras.layers.Layer):\n    def call(self, x):\n        return tf.abs(x)\n"
        "class Told(Own):\n    def compute_output_shape(self, shape):\n        return shape\n"
        "i = keras.Input((4, 4))\na = Own()(i * 2.0)\nb = Told()(i * 3.0)\n"
        "c = keras.layers.Lambda(tf.abs)(i * 4.0)\nd = keras.layers.Dense(2)(i * 5.0)\n"
    )
    after = planned(source.encode(), Path("/model.py"), "layer").rewritten.decode()
    kept = [number for number in "2345" if f"i * {number}.0" in after]
    assert kept == ["3", "5"]
