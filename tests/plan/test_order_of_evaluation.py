"""What code reads and changes while a model is built happens in the order of the source."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plan.test_sources_in_and_out import HEADER, after, rewrite
from tests.support.golden import planned
from transforms.interpret.symbolic import analyse

INPUT = "i = keras.Input((4,))\n"
COUNTING = """\
class Net:
    def __init__(self):
        self.count = 0
        self.limit = 1.0
    def block(self, x):
        self.count += 1
        return layers.Dense(4)(x)
    def build(self, x):
        return %s
y = Net().build(keras.Input((4,)))
"""
OUT_OF_ORDER = {
    "an attribute that a method counts up": COUNTING % "tf.multiply(self.block(x), self.count)",
    "in a list of operands": COUNTING % "tf.concat([self.block(x), x], axis=self.count)",
    "a layer of Keras": COUNTING % "tf.pad(self.block(x), [[0, 0], [self.count, 0], [0, 0]])",
    "the shape of the output of a layer": (
        INPUT + "d = layers.Dense(4)\ny = tf.reshape(d(i), (-1,) + d.output_shape[1:])\n"
    ),
    "a global": (
        INPUT + "n = 0\ndef f(x):\n    global n\n    n += 1\n    return layers.Dense(4)(x)\n"
        "y = tf.multiply(f(i), n)\n"
    ),
    "a variable of the function around": (
        "def build(x):\n    n = 0\n    def f(x):\n        nonlocal n\n        n += 1\n"
        f"        return layers.Dense(4)(x)\n    return tf.multiply(f(x), n)\n{INPUT}y = build(i)\n"
    ),
    "an assignment expression": (
        INPUT + "y = tf.reshape(layers.Dense(n := 4)(i), [-1, n // 2, 2])\n"
    ),
    "one iterator": (
        INPUT + "s = iter([2, 4])\ny = tf.reshape(layers.Dense(next(s))(i), [-1, next(s)])\n"
    ),
    "what a function changes of its argument": (
        INPUT + "def f(x, c):\n    c['n'] = 2\n    return layers.Dense(4)(x)\n"
        "c = {'n': 1}\ny = tf.multiply(f(i, c), c['n'])\n"
    ),
    "an object that is called": (
        INPUT + "class B:\n    calls = 0\n    def __call__(self, x):\n        B.calls += 1\n"
        "        return layers.Dense(4)(x)\nb = B()\ny = tf.multiply(b(i), B.calls)\n"
    ),
    "a property": (
        INPUT + "class B:\n    n = 0\n    @property\n    def next(self):\n        B.n += 1\n"
        "        return self.n\nb = B()\ny = tf.multiply(layers.Dense(b.next)(i), b.n)\n"
    ),
    "random numbers": (
        "import random\n" + INPUT + "y = tf.multiply(layers.Dense(random.randint(1, 5))(i), "
        "random.random())\n"
    ),
}


@pytest.mark.parametrize("name", OUT_OF_ORDER)
@pytest.mark.parametrize("target", ["layer", "lambda"])
def test_values_are_not_given_before_what_they_depend_on(name: str, target: str) -> None:
    granularity = "run" if target == "layer" else "op"
    result = rewrite(OUT_OF_ORDER[name], target, granularity=granularity)  # type: ignore[arg-type]
    refused = [site.refusal for site in result.sites if site.refusal is not None]
    assert refused
    assert all("in front of that" in one.text for one in refused)


IN_ORDER = {
    "a method that changes something else": COUNTING % "tf.multiply(self.block(x), self.limit)",
    "an attribute of a layer's maker": COUNTING % "tf.pow(layers.Dense(self.count)(x), self.count)",
    "a method that is given a list": (
        INPUT + "def f(x, skips):\n    skips.append(x)\n    return layers.Dense(4)(x)\n"
        "skips = []\nn = 2\ny = tf.multiply(f(i, skips), n)\n"
    ),
    "a function that reads": (
        INPUT + "c = {'n': 2}\ndef size():\n    return c['n']\n"
        "y = tf.reshape(layers.Dense(size())(i), [-1, size()])\n"
    ),
    "what NumPy computes": (
        "import numpy as np\n" + INPUT + "y = tf.multiply(layers.Dense(4)(i), np.sqrt(2.0))\n"
    ),
    "a value that comes first": (
        INPUT + "s = iter([2.0, 4])\ny = tf.where(i > 0, next(s), layers.Dense(next(s))(i))\n"
    ),
}


@pytest.mark.parametrize("name", IN_ORDER)
def test_what_changes_nothing_of_the_other_may_change_places(name: str) -> None:
    result = rewrite(IN_ORDER[name], granularity="op")
    assert [site.refusal for site in result.sites] == [None] * len(result.sites)


@pytest.mark.parametrize(
    ("op", "value", "times"),
    [
        ("tf.clip_by_value(i, {0}, {0})", "random.random()", 2),
        ("tf.nn.relu(i * {0}) + i * {0}", "random.random()", 2),
        ("tf.nn.relu(i * {0}) + i * {0}", "float(n)", 1),
    ],
)
def test_values_are_asked_for_as_often_as_they_stand_there(op: str, value: str, times: int) -> None:
    text = after(rewrite(f"import random\n{INPUT}n = 4\ny = {op.format(value)}\n"))
    assert text.count(value) == times


STILL_READ = {
    "attributes of a class": (
        INPUT + "class Net:\n    a = tf.nn.relu(i)\n    b = tf.exp(a)\ny = Net.a\n",
        "    a, b = ",
    ),
    "what is deleted": (
        INPUT + "def f(x):\n    a = tf.nn.relu(x)\n    b = tf.exp(a)\n    del a\n    return b, x\n"
        "y = f(i)\n",
        "    a, b = ",
    ),
    "what a generator asks for later": (
        INPUT + "def f(x):\n    g = (tf.sin(h) for _ in range(2))\n    h = tf.nn.relu(x)\n"
        "    b = tf.exp(h)\n    return list(g), b\ny = f(i)\n",
        "    h, b = ",
    ),
    "what a case asks for": (
        "def f(x, how):\n    a = tf.nn.relu(x)\n    n = len(how) * 2\n"
        "    b = tf.reshape(a, [-1, n])\n    match how:\n        case 'a' if n > 1:\n"
        "            b = tf.exp(b)\n    return b\n" + INPUT + "y = f(i, 'ab')\n",
        "    n = len(how) * 2\n",
    ),
    "what locals() gives": (
        INPUT + "def f(x):\n    a = tf.nn.relu(x)\n    b = tf.exp(a)\n    return locals()\n"
        "y = f(i)\n",
        "    a, b = ",
    ),
}


@pytest.mark.parametrize("name", STILL_READ)
def test_names_that_are_read_in_other_ways_stay(name: str) -> None:
    body, kept = STILL_READ[name]
    assert kept in after(rewrite(body))


def test_sizes_of_what_is_called_are_asked_for_though_nothing_reads_them() -> None:
    body = "def f(x):\n    n = tf.shape(layers.Dense(2)(x))[0]\n    return tf.exp(x)\n"
    assert "n = " in after(rewrite(body + INPUT + "y = f(i)\n"))


def test_imports_of_a_function_hide_those_of_the_module() -> None:
    body = (
        "import tensorflow.math as math\n"
        "def f(x, k):\n    import math\n    return tf.nn.relu(x) * math.sqrt(k)\n"
        + INPUT
        + "y = math.exp(f(i, 2))\n"
    )
    text = after(rewrite(body))
    assert "math.sqrt(self" not in text
    assert "=math.sqrt(k)" in text


def test_arithmetic_stays_where_its_exceptions_are_suppressed() -> None:
    body = (
        "import contextlib\ndef f(x, k):\n    with contextlib.suppress(ZeroDivisionError):\n"
        "        x = tf.nn.relu(x)\n        x = tf.multiply(x, 1 / k)\n    return x\n"
        + INPUT
        + "y = f(i, 0)\n"
    )
    assert "factor=1 / k" in after(rewrite(body))


@pytest.mark.parametrize(
    "given", ["d.values()", "reversed([i, i])", "(tf.exp(t) for t in [i, i])", "g"]
)
def test_keras_is_given_lists_of_what_is_unpacked(given: str) -> None:
    body = f"{INPUT}d = {{1: i, 2: i}}\ng = (t for t in [i, i])\ny = tf.concat([*{given}], -1)\n"
    assert 'name="concat")([*' in after(rewrite(body))
    body = f"{INPUT}ts = [i, i]\ny = tf.concat([*ts], -1)\n"
    assert 'name="concat")(ts)' in after(rewrite(body))


def test_values_are_not_computed_before_what_they_depend_on() -> None:
    body = COUNTING % "self.more(x)" + (
        "def more(self, x):\n    a = tf.nn.relu(self.block(x))\n    n = self.count * 2\n"
        "    b = tf.exp(tf.multiply(a, n))\n    return b, n\nNet.more = more\nNet().more(y)\n"
    )
    text = after(rewrite(body))
    assert text.index("(self.block(x))") < text.index("n = self.count * 2")


OTHERS = {
    "from": ("from . import parts\nfrom .parts import a\n", "a, b = "),
    "star": ("from .parts import *\ny = a\n", "a, b = "),
    "attribute": ("import parts\ny = parts.a\n", "a, b = "),
    "attribute of something else": ("import parts\nz = dict()\ny = z.a\n", "\nb = "),
}


@pytest.mark.parametrize("name", OTHERS)
def test_tensors_that_another_module_imports_stay(name: str) -> None:
    other, kept = OTHERS[name]
    path, user = Path("/models/parts.py"), Path("/models/user.py")
    body = f"{HEADER}{INPUT}a = tf.nn.relu(i)\nb = tf.exp(a)\nm = keras.Model(i, b)\n"
    sources = {path: body.encode(), user: other.encode()}
    analysis = analyse(sources, [*sources])
    done = planned(sources[path], path, "layer", analysis=analysis)
    assert kept in done.rewritten.decode()


def test_tensors_that_the_module_exports_stay() -> None:
    body = f"__all__ = ['a']\n{INPUT}a = tf.nn.relu(i)\nb = tf.exp(a)\nm = keras.Model(i, b)\n"
    assert "\na, b = " in after(rewrite(body))


def test_attributes_that_are_given_values_are_not_read_in_the_layer() -> None:
    body = f"def f(x):\n    return tf.nn.relu(x) * f.scale\nf.scale = 1.0\n{INPUT}y = f(i)\n"
    (site,) = rewrite(body).sites
    assert site.refusal is not None
    body = (
        "class C:\n    act = tf.nn.relu\ndef f(x, act):\n    C.act = act\n    return C.act(x)\n"
        f"{INPUT}y = f(i, tf.nn.elu)\n"
    )
    assert "return C.act(x)" not in after(rewrite(body))
