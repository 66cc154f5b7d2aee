"""Names that Keras 3 numbers itself: operators that stay share their numbers with unnamed layers.

Each source has many models, so that one run of each side judges all of them. ``NEW`` is false in
the original and true in the rewrite.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from codemod.verdict import Verdict
from tests.support.old_and_new import verdicts_of

pytestmark = pytest.mark.tensorflow

HEADER = """
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


@keras.utils.register_keras_serializable()
class Square(layers.Layer):
    def call(self, x):
        return tf.square(x)


def square(x):
    return Square()(x) if NEW else tf.square(x)


def add(x, y, **arguments):
    return layers.Add(**arguments)([x, y])


NEW = {new}
a = keras.Input((4,), name="a")
b = keras.Input((4,), name="b")
"""
# The layers get other numbers, since the operators take some without the bridge.
SAME = """
x = square(add(a, b) + a) + b
keras.Model([a, b], add(x * 2.0, a), name="between_operators")
x = add(a + b, b)
keras.Model([a, b], [x, add(square(x), a), add(x, x) + a], name="outputs")
inner = keras.Model([a, b], add(square(a) + b, add(a, b)), name="inner")
keras.Model([a, b], add(inner([b, a]), inner([a, b])) + a, name="nested")
shared = layers.Add()
x = shared([a, square(b)])
keras.Model([a, b], shared([x + a, b]), name="shared")
x = layers.Concatenate(axis=1)([a, b + a])
x = layers.Dense(3)(x + 1.0)
x = layers.Multiply()([x, layers.Softmax()(x) * x])
keras.Model([a, b], layers.Dense(2)(square(x)), name="weights")
head = keras.Sequential([layers.Dense(3), layers.Softmax(), layers.Dropout(0.1, seed=1)])
keras.Model([a, b], head(square(a) + add(a, b)) + 1.0, name="sequential")
x = add(a, b, name="add_2") + add(a, a)
keras.Model([a, b], add(square(x), b), name="some_named")


def never():
    return keras.Model([a, b], a).get_layer("add_1"), "multiply"
"""
SAME_NAMES = [
    "between_operators",
    "outputs",
    "inner",
    "nested",
    "shared",
    "weights",
    "sequential",
    "some_named",
]
# These do what the other does, with other layers.
OTHER = """
x = add(square(a), b)
keras.Model([a, b], (x + a) if NEW else add(x, a), name="one_less")
x = (a + b) if NEW else add(a, b)
keras.Model([a, b], add(x, square(a)) if NEW else (x + square(a)), name="moved")
x = layers.Activation("linear")(square(a) + b)
x = layers.Dropout(0.0)(x) if NEW else layers.Activation("linear")(x)
keras.Model([a, b], square(x), name="kind")
x = layers.Dropout(0.2 if NEW else 0.1, seed=1)(square(a) + b)
keras.Model([a, b], layers.Dropout(0.1 if NEW else 0.2, seed=1)(x), name="configurations")
x = add(a, b, name="mine" if NEW else "add_77") + square(a)
keras.Model([a, b], add(x, a), name="given_name")
x = add(a, b, name=None if NEW else "sum") + square(a)
keras.Model([a, b], square(add(x, a)), name="name_dropped")
y = add(square(a), b)
z = add(square(b), b)
keras.Model([a, b], [z, y] if NEW else [y, z], name="outputs_swapped")
y, z = (a, b) if NEW else (b, a)
keras.Model([a, b], add(add(square(a), y), z), name="operands_moved")
"""
REASONS = {
    "one_less": "(Add) is gone",
    "moved": "takes the result of an op, not that of `a`",
    "kind": "is gone",
    "configurations": "has rate 0.2, not 0.1",
    "given_name": "the layer `add_77` (Add) is gone",
    "name_dropped": "the layer `sum` (Add) is gone",
    "outputs_swapped": "output 0",
    "operands_moved": "takes the result of `a`, not that of `b`",
}


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    """Those on the models that are the same, and on the others."""
    return verdicts_of(HEADER + body for body in (SAME, OTHER))


@pytest.fixture(scope="module")
def claims(verdicts: list[Verdict]) -> Mapping[str, str]:
    return {model.name: model.keras3 or "" for verdict in verdicts for model in verdict.models}


@pytest.mark.parametrize("name", SAME_NAMES)
def test_numbers_of_keras_are_nobodys(name: str, claims: Mapping[str, str]) -> None:
    assert claims[name].startswith(("proved", "equal-by-rules")), claims[name]


@pytest.mark.parametrize("name", REASONS)
def test_other_layers_are_a_difference(name: str, claims: Mapping[str, str]) -> None:
    assert claims[name].startswith("different"), claims[name]
    assert REASONS[name] in claims[name]


def test_code_that_names_a_numbered_layer_is_told(verdicts: list[Verdict]) -> None:
    told = [text for text in verdicts[0].hazards if "says" in text]
    assert len(told) == 1, verdicts[0].hazards
    line = 1 + (HEADER + SAME)[: (HEADER + SAME).index("add_1")].count("\n")
    assert f"Keras 3: line {line} of the rewritten source says `add_1`, which is `" in told[0]
