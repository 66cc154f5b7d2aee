"""A new layer has a literal name where that can meet no other one, and where others have some."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.golden import planned
from transforms.interpret.symbolic import analyse
from transforms.plan.module_plan import plan_module
from transforms.plan.settings import PlanSettings
from transforms.syntax.source_text import read_source_text

PATH = Path("/models/model.py")
HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""
MODEL = 'i = keras.Input((4,))\nm = keras.Model(i, f(i), name="m")\n'
WRITTEN = {
    "a helper that is called once in sight": (
        f"def f(x):\n    x = layers.Dense(4)(x)\n    return tf.sinh(x)\n{MODEL}",
        "return Sinh()(x)",
    ),
    "its variable says more, but callers may call it twice": (
        "def f(x):\n    x = layers.Dense(4)(x)\n    energy = tf.sinh(x)\n"
        f"    return energy\n{MODEL}",
        "energy = Sinh()(x)",
    ),
    "the layers beside it have literal names": (
        f'def f(x):\n    x = layers.Dense(4, name="first")(x)\n    return tf.sinh(x)\n{MODEL}',
        'return Sinh(name="sinh")(x)',
    ),
    "some have": (
        "def f(x):\n    x = layers.Dense(4)(layers.Dense(4)(x))\n"
        f'    x = layers.Dense(4, name="first")(x)\n    return tf.sinh(x)\n{MODEL}',
        "return Sinh()(x)",
    ),
    "their names are made of a parameter": (
        'def f(x, name="a"):\n    x = layers.Dense(4, name=f"{name}_dense")(x)\n'
        f"    return tf.sinh(x)\n{MODEL}",
        "return Sinh()(x)",
    ),
    "a loop whose layers are named by its counter": (
        "def f(x):\n    for k in range(2):\n"
        '        x = layers.Dense(4, name=f"d{k}")(x)\n'
        f"        x = tf.sinh(x)\n    return x\n{MODEL}",
        'x = Sinh(name=f"sinh_{k}")(x)',
    ),
    "a loop whose layers have no names": (
        "def f(x):\n    for k in range(2):\n        x = layers.Dense(4)(x)\n"
        f"        x = tf.sinh(x)\n    return x\n{MODEL}",
        "x = Sinh()(x)",
    ),
    "a whole model whose layers have names": (
        "def build():\n    i = keras.Input((4,))\n    energy = tf.sinh(i)\n"
        '    return keras.Model(i, layers.Dense(4, name="a")(energy))\nbuild()\n',
        'energy = Sinh(name="energy")(i)',
    ),
    "a whole model whose layers have none": (
        "def build():\n    i = keras.Input((4,))\n"
        "    return keras.Model(i, layers.Dense(4)(tf.sinh(i)))\nbuild()\n",
        "layers.Dense(4)(Sinh()(i))",
    ),
    "a script": ("i = keras.Input((4,))\nm = keras.Model(i, tf.sinh(i))\n", 'Sinh(name="sinh")(i)'),
    "the name that Keras would give is in the code": (
        'def f(x):\n    x = layers.Dense(4)(x)\n    return tf.sinh(x)\nprint("sinh")\n' + MODEL,
        'return Sinh(name="sinh2")(x)',
    ),
    "the name that Keras would give is a key alone": (
        "def f(x):\n    x = layers.Dense(4)(x)\n    return tf.sinh(x)\n"
        + MODEL.replace("f(i)", 'dict(sinh=0) or {"sinh": f(i)}'),
        "return Sinh()(x)",
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_whether_there_is_a_literal_name(name: str) -> None:
    body, expected = WRITTEN[name]
    assert expected in rewritten(body)


def test_a_literal_keeps_away_from_what_keras_counts() -> None:
    text = rewritten(
        "def f(x):\n    x = layers.Dense(4)(x)\n    return tf.sinh(x)\n"
        "i = keras.Input((4,))\nm = keras.Model(i, tf.sinh(f(i)))\n"
    )
    assert "return Sinh()(x)" in text
    assert "keras.Model(i, Sinh()(f(i)))" in text


def test_a_layer_of_keras_gets_no_name_where_it_may_be_made_twice() -> None:
    body = (
        "def f(x):\n    a, b = layers.Conv2D(4, 3)(x), layers.Conv2D(4, 3)(x)\n"
        "    return tf.concat([a, b], -1)\ni = keras.Input((9, 9, 4))\nx = f(i)\n"
        "m = keras.Model(i, layers.Concatenate()([x, layers.Conv2D(4, 1)(x)]))\n"
    )
    assert "return Concat(axis=-1)([a, b])" in rewritten(body)
    named = body.replace("Conv2D(4, 3)", 'Conv2D(4, 3, name="a")', 1)
    assert 'return layers.Concatenate(name="concat")([a, b])' in rewritten(named)


def test_what_keras_counts_keeps_away_from_literals_of_other_files() -> None:
    source = (HEADER + f"def f(x):\n    return tf.sinh(layers.Dense(4)(x))\n{MODEL}").encode()
    settings = PlanSettings(taken=frozenset({"sinh"}), fixed=frozenset({"sinh"}))
    analysis = analyse({PATH: source}, [PATH])
    plan = plan_module(analysis, analysis.modules[PATH], read_source_text(source), settings)
    assert [(site.layer_name, site.is_named) for site in plan.sites] == [("sinh2", True)]
    plan = plan_module(
        analysis,
        analysis.modules[PATH],
        read_source_text(source),
        PlanSettings(taken=frozenset({"sinh"})),
    )
    assert [(site.layer_name, site.is_named) for site in plan.sites] == [("sinh", False)]


def rewritten(body: str) -> str:
    return planned((HEADER + body).encode(), PATH, "layer").rewritten.decode()
