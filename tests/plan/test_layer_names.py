"""How often a place runs while one model is built, and so how its layer can be named."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.golden import planned
from transforms.interpret.symbolic import analyse
from transforms.plan.layer_names import Repetition, repetition
from transforms.sites.sites import find_raw_expressions
from transforms.syntax.places import call_places
from transforms.syntax.source_text import read_source_text

HEAD = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
i = keras.Input((4,))
"""
PATH = Path("/m.py")
ONCE, OFTEN = Repetition(), Repetition(unbounded=True)


def how_often(body: str, op: str = "tf.sin") -> Repetition:
    """The repetition of the first raw expression with ``op``."""
    source = (HEAD + body).encode()
    analysis = analyse({PATH: source}, [PATH])
    module = analysis.modules[PATH]
    expressions = find_raw_expressions(analysis, module, read_source_text(source))
    expression = next(item for item in expressions if op in item.keys)
    places = call_places({*module.all_of(ast.Call)}, module.statements)
    return repetition(analysis, places, expression.place, expression.loops)


def test_once_is_one_literal_name() -> None:
    assert ONCE.once
    assert not OFTEN.once
    assert not Repetition(("k",)).once


@pytest.mark.parametrize(
    "body",
    [
        "x = tf.sin(i)\n",
        "def build():\n    i = keras.Input((4,))\n    return keras.Model(i, tf.sin(i))\n",
        "def f(x):\n    return tf.sin(x)\ny = f(i)\n",
        "def g(x):\n    return tf.sin(x)\ndef f(x):\n    return g(x)\ny = f(i)\n",
        "class C:\n    x = tf.sin(i)\n",
        "class C:\n    def f(self, x):\n        return tf.sin(x)\ny = C().f(i)\n",
        "if True:\n    x = tf.sin(i)\n",
    ],
)
def test_what_runs_once(body: str) -> None:
    assert how_often(body) == ONCE


@pytest.mark.parametrize(
    "body",
    [
        "def f(x):\n    return tf.sin(x)\ny = f(f(i))\n",
        "def f(x):\n    return tf.sin(x)\ny = f(i)\nz = f(y)\n",
        "def f(x):\n    return tf.sin(x)\nfor k in range(3):\n    i = f(i)\n",
        "def f(x):\n    return tf.sin(x)\ny = [f(i) for k in range(3)]\n",
        "def f(x):\n    return tf.sin(x)\ng = lambda x: f(x)\ny = g(i)\n",
        "def g(x):\n    return tf.sin(x)\ndef f(x):\n    return g(x)\ny = f(f(i))\n",
        "def f(x, n):\n    return f(tf.sin(x), n - 1) if n else x\ny = f(i, 3)\n",
        "f = lambda x: tf.sin(x)\ny = f(i)\n",
        # A helper that nobody calls in sight may be called any number of times.
        "def f(x):\n    x = layers.Dense(4)(x)\n    return tf.sin(x)\n",
    ],
)
def test_what_may_run_several_times(body: str) -> None:
    assert how_often(body) == OFTEN


@pytest.mark.parametrize(
    ("loop", "variables"),
    [
        ("for k in range(3):", ("k",)),
        ("for k in range(1, 9, 2):", ("k",)),
        ("for k, n in enumerate([3, 4]):", ("k",)),
        ("for k, (a, b) in enumerate([(3, 4)]):", ("k",)),
        ("for _k in range(3):", ("_k",)),
        ("for X in range(3):", ("X",)),
    ],
)
def test_a_loop_that_counts_names_its_layers(loop: str, variables: tuple[str, ...]) -> None:
    assert how_often(f"x = i\n{loop}\n    x = tf.sin(x)\n") == Repetition(variables)
    assert how_often(f"def f(x):\n    {loop}\n        x = tf.sin(x)\n    return x\ny = f(i)\n") == (
        Repetition(variables)
    )


def test_loops_in_loops_name_them_by_all_counters() -> None:
    body = "x = i\nfor k in range(2):\n    for n in range(3):\n        x = tf.sin(x)\n"
    assert how_often(body) == Repetition(("k", "n"))


@pytest.mark.parametrize(
    "loop",
    [
        "for k in [3, 4]:",
        "for k in reversed(range(3)):",
        "for k in layers.count(3):",
        "for _ in range(3):",
        "for __ in range(3):",
        "for k, n in range(3):",
        "for n in enumerate([3]):",
        "for (a, b), n in enumerate([3]):",
        "while i.ready:",
    ],
)
def test_a_loop_without_a_counter_has_no_names(loop: str) -> None:
    assert how_often(f"x = i\n{loop}\n    x = tf.sin(x)\n") == OFTEN


@pytest.mark.parametrize("line", ["k = 0", "k += 1", "n, k = 1, 2", "for k in [1]: pass"])
def test_a_counter_that_the_loop_changes_counts_nothing(line: str) -> None:
    body = f"x = i\nfor k in range(3):\n    x = tf.sin(x)\n    {line}\n"
    assert how_often(body) == OFTEN
    assert how_often(body.replace(f"\n    {line}", "\n    n = k")) == Repetition(("k",))


@pytest.mark.parametrize("loop", ["for k in range(n):", "while n:"])
def test_the_else_of_a_loop_is_no_part_of_it(loop: str) -> None:
    body = f"def f(x, n):\n    {loop}\n        n -= 1\n    else:\n        x = tf.sin(x)\n"
    assert how_often(f"{body}    return x\ny = f(i, 0)\n") == ONCE


def test_comprehensions_are_loops_without_a_counter() -> None:
    assert how_often("x = [tf.sin(i) for k in range(3)]\n") == OFTEN


def test_a_function_whose_caller_is_not_known_runs_any_number_of_times() -> None:
    source = (HEAD + "def f(x):\n    return tf.sin(x)\ny = f(i)\n").encode()
    analysis = analyse({PATH: source}, [PATH])
    module = analysis.modules[PATH]
    (expression,) = find_raw_expressions(analysis, module, read_source_text(source))
    assert (
        repetition(
            analysis,
            call_places({*module.all_of(ast.Call)}, module.statements),
            expression.place,
            (),
        )
        == ONCE
    )
    assert repetition(analysis, call_places(set(), []), expression.place, ()) == OFTEN


@pytest.mark.parametrize("own", ["scores", "Scores", "SCORES"])
def test_a_new_name_keeps_away_from_the_users_whatever_its_case(own: str) -> None:
    source = f'{HEAD}h = layers.Dense(4, name="{own}")(i)\nscores = tf.abs(h)\n'
    text = planned(source.encode(), PATH, "layer").rewritten.decode()
    assert text.endswith('scores = AbsoluteValue(name="scores2")(h)\n')
