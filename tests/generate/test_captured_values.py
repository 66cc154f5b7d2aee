"""How a layer keeps a value that is bound when it is made, and saves it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.golden import planned

SOURCE = """\
import os
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
FLAG = os.environ.get("FLAG")
def build():
    i = keras.Input((4,))
    scale = {}
    return keras.Model(i, tf.multiply(i, scale))
"""


TENSOR = "scale if scale_dtype is None else tf.constant(scale, scale_dtype)"
ARRAY = "scale if scale_dtype is None else np.asarray(scale, scale_dtype)"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("2.0", "scale"),
        ("[1.0, 2.0]", "scale"),
        ("tf.constant(2.0)", TENSOR),
        ("np.array([1.0, 2.0])", ARRAY),
        # Only sometimes a tensor: it must not become one when it is loaded again.
        ("tf.constant(2.0) if FLAG else 2.0", ARRAY),
    ],
)
def test_a_captured_value_is_loaded_as_what_it_was(value: str, kept: str) -> None:
    source = SOURCE.format(value).encode()
    text = planned(source, Path("/models/model.py"), "layer").rewritten.decode()
    assert f"\n        self.scale = {kept}\n" in text
    assert ('"scale": self.scale}\n' in text) is (kept == "scale")
    assert ("scale_dtype=None, **kwargs" in text) is (kept != "scale")
    assert "Scale(scale)(" in text


WITH_DTYPES = """\
import tensorflow as tf
from tensorflow import keras

def bias(mask, dtype=tf.float32):
    mask = tf.cast(mask, dtype)
    return (1.0 - mask) * -1e4

def build(dtype=tf.float16, kind=None):
    i = keras.Input((4,), dtype="int32")
    half = tf.dtypes.half
    j = keras.Input((4,))
    low = tf.where(j > 0, j, j.dtype.min)
    made = [bias(i), bias(i, dtype), tf.cast(i, half), tf.cast(i, kind or dtype), low]
    return keras.Model([i, j], made)
"""


def test_a_layer_is_given_a_dtype() -> None:
    """Keras saves it by its name."""
    result = planned(WITH_DTYPES.encode(), Path("/models/model.py"), "layer")
    text = result.rewritten.decode()
    assert not [site.refusal for site in result.sites if site.refusal is not None]
    assert "return Bias(dtype_value=dtype)(mask)" in text
    # A dtype is asked where the tensor is.
    assert "tf.where(x > 0, x, x.dtype.min)" in text
    # An operand that is called like the argument that Keras fills has another name.
    assert "def call(self, x):\n        mask = tf.cast(x, self.dtype_value)\n" in text
    assert '"dtype_value": self.dtype_value}' in text


INGREDIENTS = {
    # (body, bound, computed inside)
    "arithmetic": ("tf.reshape(x, [-1, width * 2])", "(width)", "[-1, self.width * 2]"),
    "a static size": (
        "tf.reshape(x, [-1, 6, x.shape[-1] // width, width])",
        "(width)",
        "[-1, 6, x.shape[-1] // self.width, self.width]",
    ),
    "an attribute": (
        "tf.reshape(x, [-1, options.width + 1])",
        "width=options.width",
        "self.width + 1",
    ),
    "a constant of a module": ("x / SIZE ** 0.5 + tf.sin(x)", "size=SIZE", "self.size ** 0.5"),
    # Whole: calls, too many parts, what may be an array.
    "a call": ("tf.reshape(x, [-1, int(width)])", "shape=[-1, int(width)]", "self.shape"),
    "many parts": ("tf.reshape(x, [p, q, r, s, width])", "shape=[p, q, r, s, width]", "self.shape"),
    "perhaps an array": ("x * (TABLE * 2)", "factor=TABLE * 2", "self.factor"),
}


@pytest.mark.parametrize("name", INGREDIENTS)
def test_a_layer_is_given_what_a_value_is_made_of(name: str) -> None:
    body, bound, inside = INGREDIENTS[name]
    source = (
        "import numpy as np\nimport tensorflow as tf\nfrom tensorflow import keras\n"
        "SIZE = 4\nTABLE = np.ones(3)\nclass options:\n    width = 2\n"
        "def block(x, width, options, p=1, q=2, r=3, s=4):\n"
        f"    return tf.abs({body})\n"
        "i = keras.Input((6, 4))\n"
        "m = keras.Model(i, block(i, 2, options))\n"
    )
    text = planned(source.encode(), Path("/models/model.py"), "layer").rewritten.decode()
    made, _, used = text.partition("def block")
    assert bound in used
    assert inside in made


CAUSAL = """\
import tensorflow as tf
from tensorflow import keras

def attention(q, k, v, scale=0.5, rows=None):
    scores = tf.matmul(q, k, transpose_b=True) * scale
    below = tf.linalg.band_part(tf.ones((q.shape[1], k.shape[1]), tf.float32), -1, 0)[tf.newaxis, :]
    scores = tf.where(below > 0, scores, -1e9)
    bias = tf.cast(tf.range(q.shape[1]) < rows, tf.float32)
    return tf.matmul(tf.nn.softmax(scores + bias), v)

def shifted(x, length):
    ones = tf.ones(length)
    x = tf.nn.relu(x) - ones
    return x * 2.0, ones

i = keras.Input((6, 4))
m = keras.Model(i, [attention(i, i, i, rows=4), *shifted(i, 4)[:1]])
"""


ASKED_SIZES = """\
import math
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend as K

def attend(q, k, v):
    dim = q.get_shape().as_list()[-1]
    w = tf.matmul(q, k, transpose_b=True) / math.sqrt(dim)
    return tf.matmul(tf.nn.softmax(w), v)

def blur(x):
    n = K.int_shape(x)[1]
    x = tf.reshape(x, [-1, n // 2, 2, x.shape.as_list()[-1]])
    return tf.reduce_mean(x, axis=2) / x.get_shape()[1]

i = keras.Input((4, 3))
m = keras.Model(i, blur(attend(i, i, i)))
"""


def test_a_layer_asks_its_operands_for_sizes() -> None:
    """However that is written: what Keras 3 lacks of it, the tensors of TensorFlow have."""
    result = planned(ASKED_SIZES.encode(), Path("/models/model.py"), "layer")
    text = result.rewritten.decode()
    assert "return Attend()(q, k, v)" in text
    assert "return Blur()(x)" in text
    assert not [hazard for hazard in result.hazards if hazard.code == "KC403"]


UNPACKED = """\
import tensorflow as tf
from tensorflow import keras

def build(size=8, epsilon=1e-6):
    i = keras.Input((size, size, 3))
    pad = dict(paddings=[[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT")
    x = tf.pad(i, **pad)
    options = {"axis": 1, "epsilon": epsilon}
    x = tf.nn.l2_normalize(x, **options)
    options["axis"] = 2
    scale = {"y": tf.constant(2.0)}
    x = tf.multiply(x, **scale)
    noise = {"shape": [tf.shape(x)[0], 1]}
    return keras.Model(i, [x, tf.random.normal(**noise)])

m = build()
"""


def test_a_layer_is_given_a_dict_of_plain_arguments() -> None:
    """One that is changed later, or that holds a tensor, is none."""
    result = planned(UNPACKED.encode(), Path("/models/model.py"), "layer")
    text = result.rewritten.decode()
    assert "x = Pad(pad)(i)" in text
    assert "return tf.pad(x, **self.pad)" in text
    refused = {site.span.line: site.refusal.code for site in result.sites if site.refusal}
    assert refused == {9: "KC308", 12: "KC308", 14: "KC308"}


ASKED_DTYPES = """\
import tensorflow as tf
from tensorflow import keras

def masked_max(x, mask):
    low = tf.as_dtype(x.dtype).min
    x = tf.where(tf.expand_dims(mask, -1) > 0, x, low)
    return tf.reduce_max(x, axis=1)

def hidden(x, mask):
    return tf.nn.softmax(x + (1.0 - mask) * (x.dtype.min / 2))

i, k = keras.Input((6, 4)), keras.Input((6,))
print(i.dtype.max)
m = keras.Model([i, k], [masked_max(i, k), hidden(keras.layers.Dense(6)(k), k)])
"""


def test_a_layer_asks_the_dtype_of_its_operand() -> None:
    """There it is one of TensorFlow, in both generations: only what stays is told."""
    result = planned(ASKED_DTYPES.encode(), Path("/models/model.py"), "layer")
    text = result.rewritten.decode()
    assert "return MaskedMax()(x, mask)" in text
    assert "return SoftmaxOfSum()(x, mask)" in text
    assert [hazard.span.line for hazard in result.hazards if hazard.code == "KC403"] == [13]


def test_a_layer_makes_the_tensors_that_it_alone_reads() -> None:
    """Of sizes and numbers: no table of them is saved."""
    text = planned(CAUSAL.encode(), Path("/models/model.py"), "layer").rewritten.decode()
    assert "return Attention(scale, rows)(q, k, v)" in text
    assert (
        "below = tf.linalg.band_part(tf.ones((q.shape[1], k.shape[1]), tf.float32), -1, 0)" in text
    )
    assert "tf.cast(tf.range(q.shape[1]) < self.rows, tf.float32)" in text
    # What is read elsewhere too stays where it is.
    assert "    ones = tf.ones(length)\n    x = " in text


SHADOWED = """\
import tensorflow as tf
from tensorflow import keras

scale = tf.constant([1.0, 2.0, 3.0, 4.0])
table = tf.Variable([1.0, 2.0, 3.0, 4.0])

def act(x):
    return tf.nn.relu(x)

def given(x, scale):
    return tf.cos(tf.sin(x) * scale)

def made(x, n=4):
    scale = tf.ones(n)
    print(scale)
    return tf.exp(tf.sin(x) * scale)

def called(x, act=tf.nn.tanh):
    return act(tf.sin(x))

def changing(x, table):
    return tf.tan(x * table)

def each(x, scales):
    return [tf.abs(x * scale) for scale in scales]

i = keras.Input((4,))
m = keras.Model(i, [given(i, scale), made(i), called(i), changing(i, table), *each(i, [scale])])
"""


def test_a_name_of_a_function_is_not_that_of_the_module() -> None:
    """Whatever callers give, the layer is given that."""
    result = planned(SHADOWED.encode(), Path("/models/model.py"), "layer")
    classes = [
        node
        for node in ast.walk(ast.parse(result.rewritten))
        if isinstance(node, ast.ClassDef) and node.name != "UncastLayer"
    ]
    assert len(classes) == 4
    for one in classes:
        call = next(node for node in ast.walk(one) if getattr(node, "name", "") == "call")
        read = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
        assert read.isdisjoint({"scale", "table", "act"})
    refused = {site.span.line: site.refusal.code for site in result.sites if site.refusal}
    assert refused == {22: "KC306"}


def test_two_values_never_have_one_name() -> None:
    # The first is too short to be a name, so it is called after the parameter of the op.
    source = (
        "import tensorflow as tf\nfrom tensorflow import keras\n"
        "n, depth = 3, 5\n"
        "i = keras.Input((4,), dtype='int32')\n"
        "a = tf.one_hot(i, n)\n"
        "b = tf.one_hot(tf.argmax(a, -1), depth)\n"
        "m = keras.Model(i, [a, b])\n"
    )
    text = planned(source.encode(), Path("/models/model.py"), "layer").rewritten.decode()
    assert "(depth=n, depth_2=depth, name=" in text


OF_MATH = """\
import math
import tensorflow as tf
from tensorflow import keras

class Other:
    pi = 3.0

def gelu_of(x):
    return x * (1.0 + tf.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * tf.pow(x, 3))))

def of_another(x, math):
    return tf.sin(tf.pow(x, 2) + 2 * math.pi)

i = keras.Input((4,))
m = keras.Model(i, [gelu_of(i), of_another(i, Other)])
"""


def test_constants_of_math_stand_in_the_layer() -> None:
    """What another object has that is called so is given."""
    text = planned(OF_MATH.encode(), Path("/models/model.py"), "layer").rewritten.decode()
    assert "tf.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * tf.pow(x, 3)))" in text
    assert "return GeluOf()(x)" in text
    assert "return OfAnother(offset=2 * math.pi)(x)" in text
