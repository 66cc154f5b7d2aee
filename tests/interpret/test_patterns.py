"""Patterns of Python that builders are written in: each is followed."""

from __future__ import annotations

import pytest

from tests.interpret.test_analysis_patterns import found

I = "i = keras.Input((3,))\n"  # noqa: E741
FOLLOWED = {
    "deque": (
        "from collections import deque\nq = deque([i])\nq.appendleft(1.0)\ntf.abs(q.pop())\n",
        ["tf.abs(q.pop())"],
    ),
    "a comprehension with an effect": (
        "xs = []\n[xs.append(i) for _ in range(3)]\ntf.add_n(xs)\n",
        ["tf.add_n(xs)"],
    ),
    "typing.NamedTuple": (
        "import typing\nclass Pair(typing.NamedTuple):\n    a: object\n    b: object = 1.0\n"
        "tf.abs(Pair(i).a)\ntf.exp(Pair(i).b)\n",
        ["tf.abs(Pair(i).a)"],
    ),
    "fields with a factory": (
        "import dataclasses\n@dataclasses.dataclass\nclass Bag:\n"
        "    items: list = dataclasses.field(default_factory=list)\n"
        "a = Bag()\nb = Bag()\na.items.append(i)\ntf.add_n(a.items)\ntf.exp(b.items)\n",
        ["tf.add_n(a.items)"],
    ),
    "__getattr__": (
        "class Any:\n    def __init__(self, x):\n        self.kept = x\n"
        "    def __getattr__(self, name):\n        return self.kept\ntf.abs(Any(i).other)\n",
        ["tf.abs(Any(i).other)"],
    ),
    "a property with a setter": (
        "class Held:\n    @property\n    def x(self):\n        return self._x\n    @x.setter\n"
        "    def x(self, value):\n        self._x = value\nh = Held()\nh.x = i\ntf.abs(h.x)\n",
        ["tf.abs(h.x)"],
    ),
    "global and nonlocal": (
        "kept = 1.0\ndef store(x):\n    global kept\n    kept = x\nstore(i)\ntf.abs(kept)\n"
        "def outer():\n    kept = 1.0\n    def inner():\n        nonlocal kept\n        kept = i\n"
        "    inner()\n    return kept\ntf.exp(outer())\n",
        ["tf.abs(kept)", "tf.exp(outer())"],
    ),
    "global inside another function binds in the module": (
        "x = 1.0\ndef outer():\n    x = 2.0\n    def inner():\n        global x\n        x = i\n"
        "    inner()\n    return x\ntf.exp(outer())\ntf.abs(x)\n",
        ["tf.abs(x)"],
    ),
    "context managers": (
        "import contextlib\n@contextlib.contextmanager\ndef scoped(x):\n    yield x\n"
        "with scoped(i) as x:\n    tf.abs(x)\n",
        ["tf.abs(x)"],
    ),
    "generators": (
        "def parts(x):\n    yield 1.0\n    yield from [x]\n*_, last = parts(i)\n"
        "for part in parts(i):\n    part = layers.Dense(3)(i)\n    tf.abs(part)\n",
        ["tf.abs(part)"],
    ),
    "itertools and operator": (
        "import itertools\nfor x in itertools.chain([i], [i]):\n    tf.abs(x)\n"
        "for a, b in zip([i], itertools.repeat(2.0)):\n    tf.exp(a)\noperator.add(i, 1.0)\n",
        ["tf.abs(x)", "tf.exp(a)", "operator.add(i, 1.0)"],
    ),
    "pairs of itertools": (
        "import itertools\nfor a, b in itertools.combinations([i, i], 2):\n    tf.abs(b)\n"
        "for a, b in itertools.pairwise([i, i]):\n    tf.exp(b)\n"
        "for a in itertools.compress([i, i], [1, 0]):\n    tf.sin(a)\n"
        "for a in zip(*itertools.tee([i], 2)):\n    tf.cos(a[1])\n",
        ["tf.abs(b)", "tf.exp(b)", "tf.sin(a)", "tf.cos(a[1])"],
    ),
    "pow": ("x = tf.abs(pow(i, 2))\n", ["tf.abs(pow(i, 2))", "pow(i, 2)"]),
    "an augmented assignment changes the list that others hold": (
        "xs = []\nys = xs\nxs += [i]\ntf.add_n(ys)\n",
        ["tf.add_n(ys)"],
    ),
    "what uncalled functions leave to each other": (
        "table = {}\ndef read():\n    return tf.abs(table['x'])\n"
        "def fill():\n    table['x'] = keras.Input((3,))\n",
        ["tf.abs(table['x'])"],
    ),
    "break keeps what was there": (
        "x = 1.0\nfor n in range(5):\n    x = i\n    if n:\n        break\n    x = 1.0\n"
        "tf.abs(x)\n",
        ["tf.abs(x)"],
    ),
    "finally sees what the body did": (
        "x = 1.0\ntry:\n    x = i\n    fail()\n    x = 1.0\nfinally:\n    tf.abs(x)\n",
        ["tf.abs(x)"],
    ),
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_the_pattern_is_followed(name: str) -> None:
    source, expected = FOLLOWED[name]
    assert found(I + source, certain=True) == expected
