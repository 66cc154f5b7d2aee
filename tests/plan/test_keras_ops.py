"""Raw ops that become calls of keras.ops: source in, source out."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from codemod.api import rewrite_source
from codemod.results import FileResult
from codemod.settings import Settings
from tests.support.golden import planned
from transforms.plan.module_plan import Granularity
from transforms.syntax.records import Operators

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend as K, layers
"""
INPUTS = """\
i = j = keras.Input((4, 6))
n = keras.Input((4,), dtype="int32")
b = keras.Input((4, 6), dtype="bool")
"""


def rewrite(
    body: str,
    header: str = HEADER,
    granularity: Granularity = "run",
    operators: Operators = "keep",
) -> FileResult:
    source = (header + body).encode()
    result = planned(source, Path("/models/model.py"), "ops", operators, granularity)
    assert result.error is None
    ast.parse(result.rewritten)
    return result


def text(result: FileResult) -> str:
    return result.rewritten.decode()


IN_OPS = {
    "the call alone": (
        'x = tf.einsum("...ijk->...jik", i)',
        'keras.ops.einsum("...ijk->...jik", i)',
    ),
    "nested": (
        "x = tf.nn.relu(tf.reduce_mean(i, 1, keepdims=True) + j) * 2.0 - i",
        "keras.ops.relu(keras.ops.mean(i, 1, keepdims=True) + j) * 2.0 - i",
    ),
    "backend": ("x = K.mean(i, axis=1)", "keras.ops.mean(i, axis=1)"),
    "other names of parameters": (
        "x = tf.clip_by_value(t=i, clip_value_min=0, clip_value_max=1)",
        "keras.ops.clip(i, 0, 1)",
    ),
    "keywords in place": (
        "x = tf.transpose(i, perm=[0, 2, 1])",
        "keras.ops.transpose(i, axes=[0, 2, 1])",
    ),
    "a default that is another one": (
        "x = tf.gather(i, [0, 2])",
        "keras.ops.take(i, [0, 2], axis=0)",
    ),
    "a default of K": ("x = K.concatenate([i, j])", "keras.ops.concatenate([i, j], axis=-1)"),
    "gelu": ("x = tf.nn.gelu(i)", "keras.ops.gelu(i, approximate=False)"),
    "cumsum": ("x = tf.cumsum(i)", "keras.ops.cumsum(i, axis=0)"),
    "sizes": ("x, y = tf.split(i, [2, 4], axis=-1)", "keras.ops.split(i, [2], axis=-1)"),
    "number of parts": ("x, y = tf.split(i, 2, -1)", "keras.ops.split(i, 2, -1)"),
    "list of a loop": (
        "x = tf.stack([tf.nn.relu(p) for p in tf.unstack(i, axis=1)], axis=1)",
        "keras.ops.stack([keras.ops.relu(p) for p in keras.ops.unstack(i, axis=1)], axis=1)",
    ),
    "moments": ("x, y = tf.nn.moments(i, axes=[1])", "keras.ops.moments(i, [1])"),
    "top_k unpacked": ("x, y = tf.math.top_k(i, k=2)", "keras.ops.top_k(i, 2)"),
    "top_k by field": ("x = tf.nn.top_k(i, 2).indices", "keras.ops.top_k(i, 2)[1]"),
    "dtype": ("x = tf.cast(i, tf.float16)", 'keras.ops.cast(i, "float16")'),
    "dtype of a tensor": ("x = tf.cast(n, i.dtype)", "keras.ops.cast(n, i.dtype)"),
    "one_hot": ("x = tf.one_hot(n, depth=3)", "keras.ops.one_hot(n, 3)"),
    "transposed factor": (
        "x = tf.matmul(i, j, transpose_b=True) / tf.sqrt(6.0)",
        'keras.ops.einsum("...ij,...kj->...ik", i, j) / tf.sqrt(6.0)',
    ),
    "no transposed factor": (
        "x = tf.matmul(i, tf.transpose(j, [0, 2, 1]), transpose_b=False)",
        "keras.ops.matmul(i, keras.ops.transpose(j, [0, 2, 1]))",
    ),
    "captured": (
        "axis = 1\nscale = 0.5\nx = tf.reduce_max(i, axis) * scale",
        "keras.ops.max(i, axis) * scale",
    ),
    "static size": (
        "x = tf.reshape(i, (-1, i.shape[1] * i.shape[2]))",
        "keras.ops.reshape(i, (-1, i.shape[1] * i.shape[2]))",
    ),
    "softmax": ("x = tf.nn.softmax(i, axis=1)", "keras.ops.softmax(i, axis=1)"),
    "comparison": (
        "x = tf.where(i > 0, i, tf.zeros_like(i))",
        "keras.ops.where(i > 0, i, keras.ops.zeros_like(i))",
    ),
    "bools": (
        "x = tf.cast(b & tf.logical_not(b), tf.float32)",
        'keras.ops.cast(b & keras.ops.logical_not(b), "float32")',
    ),
    "padding": (
        'x = tf.pad(i, [[0, 0], [1, 1], [0, 0]], "REFLECT", name="p")',
        'keras.ops.pad(i, [[0, 0], [1, 1], [0, 0]], mode="reflect")',
    ),
    "pooling": (
        'x = tf.nn.max_pool2d(i[..., None], [1, 2, 2, 1], 2, "SAME")',
        'keras.ops.max_pool(i[..., None], (2, 2), 2, "same", data_format="channels_last")',
    ),
    "comments and lines": (
        "x = tf.gather(  # pick\n    i, [0, 1],  # two\n)",
        "keras.ops.take(  # pick\n    i, [0, 1], axis=0,  # two\n)",
    ),
    "alias of an op": ("act = tf.nn.relu\nx = act(i)", "keras.ops.relu(i)"),
    "activation of Keras": (
        "x = tf.expand_dims(keras.activations.relu(i), 1)",
        "keras.ops.expand_dims(keras.activations.relu(i), 1)",
    ),
}


@pytest.mark.parametrize("name", IN_OPS)
def test_what_keras_ops_compute_too(name: str) -> None:
    body, expected = IN_OPS[name]
    result = rewrite(f"{INPUTS}{body}\n")
    assert text(result).rstrip("\n").endswith(f"= {expected}")
    assert "class " not in text(result)
    assert {site.target for site in result.sites} == {"ops"}
    assert all(site.functions and site.note is None for site in result.sites)


AS_LAYERS = {
    "argmax": ("x = tf.argmax(i, axis=-1)", "gives int32"),
    "mean of whole numbers": ("x = tf.reduce_mean(n, axis=1)", "of int32"),
    "quotient of whole numbers": ("x = tf.divide(n, n)", "of int32"),
    "sum of bytes": ("x = tf.reduce_sum(tf.cast(n, tf.uint8), 1)", "of uint8"),
    "negative numbers": ("x = K.sqrt(i)", "NaN"),
    "axis that may be None": (
        "def f(x, axis=None):\n    return tf.nn.softmax(x, axis)\nx = f(i)",
        "may be None",
    ),
    "unknown size": ("x = tf.reshape(i, [tf.shape(i)[0], 24])", "is a tensor of the model"),
    "batch_dims": ("x = tf.gather(i, n, batch_dims=1)", "`batch_dims`"),
    "first axis": ("x = tf.squeeze(i, axis=0)", "size may be unknown"),
    "sizes that are not known": (
        "def f(x, sizes):\n    return tf.split(x, sizes, 1)\nx = f(i, [2, 2])",
        "takes indices",
    ),
    "array": ("import numpy as np\nx = tf.add(i, np.ones((4, 6)))", "may be an array"),
    "comparison in half precision": (
        "x = tf.less(tf.cast(i, tf.float16), 0.1)",
        "of float16",
    ),
    "operator on an array": (
        "import numpy as np\nx = tf.nn.relu(i * np.ones((4, 6)))",
        "may be an array",
    ),
    "quotient in an expression": ("x = tf.expand_dims(n / 2, 1)", "an operator"),
    "logic of whole numbers": ("x = tf.expand_dims(n & 1, 1)", "an operator"),
    "named result": ("x = tf.math.top_k(i, 2)\ny = x.values", "fields"),
    "several ops of which one has no equal": (
        "x = tf.cast(tf.argmax(i, -1), tf.float32)",
        "gives int32",
    ),
    "list of other things": ("x = tf.concat([i, tf.zeros((1, 4, 6))], 0)", "more than tensors"),
    "function that callers choose": (
        "def f(x, act=tf.nn.relu):\n    return act(x)\nx = f(i)",
        "which function",
    ),
    "unpacking": ("x, y, z, w = keras.Input((3,), batch_size=4)", "unpacked"),
    "indices that may be negative": ("x = tf.gather(i, n[0], axis=1)", "no rule proves it"),
    "random numbers": ("x = tf.nn.dropout(i, 0.5)", "draws other numbers"),
    "equation of a product": (
        'h = tf.cast(i, "float16")\nx = tf.einsum("bqd,dv->bqv", h, h[0])',
        "matrix product",
    ),
    "order of evaluation": (
        "x = tf.clip_by_value(clip_value_max=int('2'), clip_value_min=int('1'), t=i)",
        "another order",
    ),
    "comment among arguments that are written anew": (
        "x = tf.reduce_sum(input_tensor=i,  # all\n    name='s')",
        "a comment",
    ),
}


@pytest.mark.parametrize("name", AS_LAYERS)
def test_what_has_no_exact_equal_becomes_a_layer(name: str) -> None:
    body, reason = AS_LAYERS[name]
    result = rewrite(f"{INPUTS}{body}\n")
    made = [site for site in result.sites if site.target == "layer"]
    assert made and "class " in text(result)
    assert reason in (made[-1].note or "")


IMPORTS = {
    "keras of tensorflow": (
        "import tensorflow as tf\nfrom tensorflow import keras\n",
        "keras.ops.",
    ),
    "tensorflow alone": ("import tensorflow as tf\n", "tf.keras.ops."),
    "keras": ("import tensorflow as tf\nimport keras\n", "keras.ops."),
    "keras.ops": ("import tensorflow as tf\nimport keras\nfrom keras import ops\n", "ops."),
    "a function of keras.ops": (
        "import tensorflow as tf\nimport keras\nfrom keras.ops import exp\n",
        "",
    ),
    "another name": ("import tensorflow as tf\nimport keras as k3\n", "k3.ops."),
}


@pytest.mark.parametrize("name", IMPORTS)
def test_keras_ops_are_named_as_the_file_names_keras(name: str) -> None:
    header, written = IMPORTS[name]
    root = {"tensorflow alone": "tf.keras", "another name": "k3"}.get(name, "keras")
    result = rewrite(f"i = {root}.Input((4,))\nx = tf.exp(i)\n", header)
    assert text(result) == f"{header}i = {root}.Input((4,))\nx = {written}exp(i)\n"


def test_an_import_is_added_that_leaves_the_name_keras_alone() -> None:
    header = "import tensorflow as tf\nfrom keras.layers import Input\n"
    body = "keras = 3\ni = Input((4,))\nx = tf.exp(i)\n"
    lines = text(rewrite(body, header)).splitlines()
    assert lines[2] == "import keras as tfk"
    assert lines[-1] == "x = tfk.ops.exp(i)"


def test_a_parameter_called_keras_hides_the_module() -> None:
    body = "def f(x, keras):\n    return tf.exp(x)\nx = f(keras.Input((4,)), 1)\n"
    assert "    return tf.keras.ops.exp(x)\n" in text(rewrite(body))


def test_the_package_of_keras_2_has_no_ops() -> None:
    header = "import tensorflow as tf\nimport tf_keras as keras\n"
    (site,) = rewrite("x = tf.exp(keras.Input((4,)))\n", header).sites
    assert (site.target, site.note) == ("layer", "tf_keras has no keras.ops")


def test_an_augmented_assignment_keeps_its_operator() -> None:
    assert text(rewrite(f"{INPUTS}x = i\nx += K.mean(i, axis=1, keepdims=True)\n")).endswith(
        "x += keras.ops.mean(i, axis=1, keepdims=True)\n"
    )


def test_calls_of_keras_ops_stand_in_the_calls_of_layers_and_around_them() -> None:
    result = rewrite(f"{INPUTS}d = layers.Dense(4)\nx = tf.exp(d(tf.argmax(d(tf.exp(i)))))\n")
    assert text(result).endswith(
        'x = keras.ops.exp(d(Argmax(name="argmax")(d(keras.ops.exp(i)))))\n'
    )


def test_what_is_the_same_bit_for_bit_alone_is_for_those_who_accept_bits() -> None:
    source = f"{HEADER}{INPUTS}x = tf.gather(i, n[0], axis=1)\n".encode()
    result = planned(source, Path("/models/model.py"), "ops", accepts_bits=True)
    assert text(result).endswith("x = keras.ops.take(i, n[0], axis=1)\n")
    result = rewrite_source(source, Settings(target="ops"))
    assert text(result).endswith("x = keras.ops.take(i, n[0], axis=1)\n")


def test_what_verification_must_prove_is_a_layer_without_it() -> None:
    source = f"{HEADER}{INPUTS}x = tf.matmul(i, j, transpose_b=True)\n".encode()
    (site,) = rewrite_source(source, Settings(target="ops")).sites
    assert (site.target, site.note) == (
        "layer",
        "keras.ops gives the same for some shapes alone, which verification tells",
    )


def test_without_verification_nothing_can_move_weights() -> None:
    body = f"{INPUTS}x = tf.nn.relu(tf.exp(i) + tf.linalg.band_part(j, -1, 0))\n"
    assert text(rewrite(body, granularity="op")).endswith(
        "x = keras.ops.relu(keras.ops.exp(i) + keras.ops.tril(j))\n"
    )


def test_a_product_with_a_number_goes_into_the_layer_that_would_not_take_it() -> None:
    result = rewrite(f"{INPUTS}x = tf.square(i * 0.3)\ny = tf.argmax(x, -1)\n")
    assert [site.target for site in result.sites] == ["layer", "layer"]
    alone = rewrite(f"{INPUTS}x = tf.square(i * 0.3)\n")
    assert text(alone).endswith("x = keras.ops.square(i * 0.3)\n")


def test_mixed_precision_asks_for_what_is_the_same_in_all_floats() -> None:
    policy = 'keras.mixed_precision.set_global_policy("mixed_float16")\n'
    body = f"{policy}{INPUTS}x = tf.nn.relu(i)\ny = tf.reduce_mean(i, 1)\n"
    assert [site.target for site in rewrite(body).sites] == ["ops", "layer"]


def test_a_second_run_changes_nothing() -> None:
    once = rewrite(f"{INPUTS}x = tf.nn.relu(tf.reduce_mean(i, 1))\n")
    again = planned(once.rewritten, Path("/models/model.py"), "ops")
    assert (again.rewritten, again.sites) == (once.rewritten, ())


MARKED = {
    "tf.nn.softmax(i * 0.3)": False,
    "tf.square(i * 0.3)": True,
    "tf.multiply(tf.exp(i), 0.3)": True,
    "tf.exp(i) * 0.3": True,
    "tf.exp(i) * 0.3 + j": False,
    "tf.concat([i * 0.3, j], 1)": False,
    "tf.concat([i * 0.3, j * 0.5], 1)": True,
    "tf.exp(i)[:, 0] * 0.3 / tf.exp(j)[:, 0]": True,
    "tf.reshape(-(i * 0.3), [-1, 24])": True,
    "tf.exp(i) * j": False,
}


@pytest.mark.parametrize("call", MARKED)
def test_what_keras_takes_for_sparse_goes_into_a_layer_beside_layers(call: str) -> None:
    first, _ = rewrite(f"{INPUTS}x = {call}\ny = tf.argmax(x, -1)\n").sites
    assert (first.target == "layer") == MARKED[call]


def test_an_op_takes_no_name_of_a_layer() -> None:
    named = f'{INPUTS}d = layers.Dense(4, name="exp")(i)\nx = tf.exp(i)\ny = tf.sin(i)\n'
    first, second = rewrite(named).sites
    assert (first.target, first.note) == ("layer", "the op would take the name of a layer")
    assert second.target == "ops"
    automatic = f"{INPUTS}d = layers.Reshape((24,))(i)\nx = tf.reshape(i, [-1, 24])\n"
    assert rewrite(automatic).sites[0].target == "layer"
    activation = f'{INPUTS}d = layers.Dense(4, activation="relu")(i)\nx = tf.nn.relu(d)\n'
    assert rewrite(activation).sites[0].target == "ops"


def test_a_layer_takes_no_name_of_an_op() -> None:
    result = rewrite(
        f"{INPUTS}x = tf.split(i, 2, 1)\n"
        "def f(t, sizes):\n    return tf.split(t, sizes, 1)\ny = f(i, [2, 2])\n"
    )
    assert [site.layer_name for site in result.sites] == [None, "split2"]
