"""Where ``--to lambda`` gives a ``Lambda``, and where only a class is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.golden import planned
from transforms.plan.module_plan import Granularity

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
i = keras.Input((6, 4))
d = layers.Dense(4)(i)
t = keras.Input((6,), dtype="int32")
"""
# Each with whether it is one too where nothing is compared.
LAMBDAS = {
    "several tensors": (
        "o = tf.concat([i, d], axis=1)\n",
        "lambda tensors: tf.concat(tensors, axis=1)",
        True,
    ),
    "a tuple": ("o = tf.stack((i, d))\n", "lambda tensors: tf.stack(tensors)", True),
    "another order": (
        "o = tf.concat([d, i, d], 1)\n",
        "lambda tensors: tf.concat([tensors[0], tensors[1], tensors[0]], 1)",
        True,
    ),
    "a cast": ("o = tf.cast(d, tf.float32)\n", "lambda d: tf.cast(d, tf.float32)", False),
    "floats of a cast": (
        "c = tf.cast(d, tf.float32)\nprint(c)\no = tf.sin(c)\n",
        "lambda c: tf.sin(c)",
        False,
    ),
    "what Keras fills": (
        "mask = training = layers.Dense(4)(i)\no = tf.sin(training)\n",
        "lambda x: tf.sin(x)",
        True,
    ),
    "a list": (
        "pair = [layers.Dense(n)(i) for n in (4, 4)]\no = tf.add_n(pair)\n",
        "lambda pair: tf.add_n(pair)",
        False,
    ),
}
CLASSES = {
    "integers": "o = tf.gather(d, t, batch_dims=1)\n",
    "integers that come out": "o = tf.argmax(d, 1)\n",
    "doubles": "o = tf.cast(d, tf.float64)\n",
    "floats of another policy": (
        "keras.mixed_precision.set_global_policy('mixed_float16')\no = tf.cast(d, tf.float32)\n"
    ),
    "a list beside a tensor": (
        "pair = [layers.Dense(n)(i) for n in (4, 4)]\no = tf.add_n(pair) + tf.sin(d)\n"
    ),
}


def rewritten(body: str, granularity: Granularity = "run") -> str:
    source = (HEADER + body).encode()
    path = Path("/models/model.py")
    return planned(source, path, "lambda", granularity=granularity).rewritten.decode()


@pytest.mark.parametrize("name", LAMBDAS)
def test_a_lambda_does_what_the_op_did(name: str) -> None:
    body, function, always = LAMBDAS[name]
    assert function in rewritten(body)
    assert (function in rewritten(body, "op")) == always


@pytest.mark.parametrize("name", CLASSES)
def test_where_a_lambda_would_cast_there_is_a_class(name: str) -> None:
    text = rewritten(CLASSES[name])
    assert "autocast=False" in text
    assert "Lambda" not in text


def test_a_lambda_in_a_function_is_counted_since_another_file_may_call_it_twice() -> None:
    helper = "def f(x):\n    return tf.square(tf.sin(layers.Dense(4)(x)))\no = f(i)\n"
    model = "def build():\n    x = keras.Input((4,))\n    return keras.Model(x, tf.tan(x))\n"
    result = planned((HEADER + helper + model).encode(), Path("/m.py"), "lambda").rewritten
    assert b"get_uid" in result.partition(b"def build")[0]
    assert b'name="tan' in result


def test_a_lambda_and_a_class_never_have_one_name() -> None:
    # Keras names the layer of the class, which integers need, after it.
    body = (
        "def build():\n    x = keras.Input((6,))\n    n = keras.Input((6,), dtype='int32')\n"
        "    y = layers.Dense(6)(x)\n    z = tf.reshape(n, [-1, 6, 1])\n    print(y, z)\n"
        "    return keras.Model([x, n], [tf.reshape(y, [-1, 2, 3]), z])\n"
    )
    result = planned((HEADER + body).encode(), Path("/m.py"), "lambda").rewritten.decode()
    assert "class ReshapeTensor(" in result
    assert "name=f\"reshape_tensor.{keras.backend.get_uid('reshape_tensor')}\"" in result
