"""Programs of a few lines that the analysis once got wrong: what changes is followed."""

from __future__ import annotations

import ast

import pytest

from tests.interpret.test_analysis_patterns import analysed, found
from tests.interpret.test_soundness import rewritable

PUSH = """
def push(values, x):
    values.append(x)
"""
HOLDER = """
class Holder:
    x = 1.0
    def __init__(self, x):
        self.x = x
    def off(self):
        self.x = 1.0
"""

FOUND = {
    "a: a call with equal arguments has its effect again": (
        PUSH + "i = keras.Input((3,))\na = []\nb = []\npush(a, i)\npush(b, i)\ntf.add_n(b)\n",
        ["tf.add_n(b)"],
    ),
    "b: a call with equal arguments makes a new list": (
        "def make():\n    return []\na = make()\nb = make()\na.append(keras.Input((3,)))\n"
        "tf.add_n(a)\ntf.add_n(b)\n",
        ["tf.add_n(a)"],
    ),
    "c: a method that is perhaps called leaves what was there": (
        HOLDER + "h = Holder(keras.Input((3,)))\nif choose():\n    h.off()\ntf.abs(h.x)\n",
        ["tf.abs(h.x)"],
    ),
    "e: attributes of classes and dicts that are perhaps set": (
        HOLDER + "Holder.y = keras.Input((3,))\nd = {'x': keras.Input((3,))}\n"
        "if choose():\n    Holder.y = 1.0\n    d.update({'x': 1.0})\n"
        "tf.abs(Holder.y)\ntf.abs(d['x'])\n",
        ["tf.abs(Holder.y)", "tf.abs(d['x'])"],
    ),
    "f: ways to fill a dict": (
        "import collections\ni = keras.Input((3,))\nd = {}\nd.update(k=i)\ntf.abs(d['k'])\n"
        "d.setdefault('m', []).append(i)\ntf.add_n(d['m'])\n"
        "e = collections.defaultdict(list)\ne['m'].append(i)\ntf.add_n(e['m'])\n",
        ["tf.abs(d['k'])", "tf.add_n(d['m'])", "tf.add_n(e['m'])"],
    ),
    "a dict is updated by one dict or another, or by pairs": (
        "i = keras.Input((3,))\nd = {'k': 1.0}\ne = dict(k=i)\n"
        "if choose():\n    e = dict(zip(['k', 'm'], [1.0, 2.0]))\nd.update(e)\n"
        "tf.add_n(list(d.values()))\nf = dict([('k', 1.0)] if choose() else e)\ntf.abs(f['k'])\n",
        ["tf.add_n(list(d.values()))", "tf.abs(f['k'])"],
    ),
    "g: keywords of one dict or another": (
        "p = {'x': keras.Input((3,))}\nq = {'x': 1.0}\nd = {**(p if choose() else q)}\n"
        "def f(x=1.0):\n    return tf.abs(x)\ntf.exp(d['x'])\nf(**(p if choose() else q))\n",
        ["tf.abs(x)", "tf.exp(d['x'])"],
    ),
    "h: a handler sees what the body has done": (
        "x = 1.0\ntry:\n    x = keras.Input((3,))\n    fail()\n    x = 2.0\nexcept ValueError:\n"
        "    tf.abs(x)\n",
        ["tf.abs(x)"],
    ),
    "i: a value that takes three turns": (
        "a = b = c = d = 1.0\nx = keras.Input((3,))\nfor _ in range(9):\n    d = c\n    c = b\n"
        "    b = a\n    a = x\ntf.abs(d)\n",
        ["tf.abs(d)"],
    ),
    "k: a layer that returns a named tuple, and one that returns a dataclass": (
        "import collections\nimport dataclasses\nPair = collections.namedtuple('Pair', 'a b')\n"
        "@dataclasses.dataclass\nclass Both:\n    a: object\n    b: object\n"
        "class One(layers.Layer):\n    def call(self, x):\n        return Pair(x, x)\n"
        "class Two(layers.Layer):\n    def call(self, x):\n        return Both(x, x)\n"
        "x = keras.Input((3,))\ntf.abs(One()(x).a)\ntf.exp(Two()(x).b)\n",
        ["tf.abs(One()(x).a)", "tf.exp(Two()(x).b)"],
    ),
    "l: a decorator is what it is, not what it is called": (
        "def jit(function):\n    return function\n@jit\ndef scaled(x):\n    return tf.abs(x)\n"
        "compiled = tf.function\n@compiled\ndef step(x):\n    return tf.exp(x)\n"
        "x = keras.Input((3,))\nscaled(x)\nstep(x)\n",
        ["tf.abs(x)"],
    ),
    "m: classes with operators, iteration and items of their own": (
        "class Bag:\n    def __init__(self, x):\n        self.x = x\n"
        "    def __add__(self, other):\n        return tf.add(self.x, other)\n"
        "    def __iter__(self):\n        yield self.x\n"
        "    def __getitem__(self, key):\n        return self.x\n"
        "bag = Bag(keras.Input((3,)))\ntf.abs(bag + 1.0)\nfor item in bag:\n    tf.exp(item)\n"
        "tf.tanh(bag['k'])\n",
        ["tf.add(self.x, other)", "tf.abs(bag + 1.0)", "tf.exp(item)", "tf.tanh(bag['k'])"],
    ),
    "the iterator of one object or another": (
        "class Bag:\n    def __init__(self, x):\n        self.x = x\n"
        "    def __iter__(self):\n        yield self.x\n"
        "bag = Bag(keras.Input((3,)))\nif choose():\n    bag = Bag(1.0)\ntf.abs(next(iter(bag)))\n",
        ["tf.abs(next(iter(bag)))"],
    ),
    "a loop that is left before its end in a later turn": (
        "y = z = 1.0\nwhile True:\n    if choose():\n        break\n    y = keras.Input((3,))\n"
        "tf.abs(y)\ndef taken():\n    global z\n    while True:\n        if choose():\n"
        "            return\n        z = keras.Input((3,))\ntaken()\ntf.exp(z)\n",
        ["tf.abs(y)", "tf.exp(z)"],
    ),
    "a loop that makes a list in each turn": (
        "rows = []\nfor _ in range(9):\n    row = [keras.Input((3,))]\n    rows.append(row)\n"
        "row.clear()\ntf.add_n(rows[0])\n",
        ["tf.add_n(rows[0])"],
    ),
    "what is under a key, or under one that is not known": (
        "d = {}\nif choose():\n    d['k'] = 1.0\nelse:\n    d[choose()] = keras.Input((3,))\n"
        "tf.abs(d['k'])\n",
        ["tf.abs(d['k'])"],
    ),
    "special methods and properties of one object or another": (
        "class Last:\n    def __init__(self, x):\n        self.x = x\n"
        "    @property\n    def current(self):\n        last[0] = self.x\n        return 1.0\n"
        "    def __getitem__(self, key):\n        last[1] = self.x\n        return 1.0\n"
        "    def __add__(self, key):\n        last[2] = self.x\n        return 1.0\n"
        "last = {0: 1.0, 1: 1.0, 2: 1.0}\none = Last(keras.Input((3,)))\n"
        "one = one if choose() else Last(2.0)\none.current\none[0]\none + 1.0\n"
        "tf.abs(last[0])\ntf.exp(last[1])\ntf.sin(last[2])\n",
        ["tf.abs(last[0])", "tf.exp(last[1])", "tf.sin(last[2])"],
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_changes_is_followed(name: str) -> None:
    source, expected = FOUND[name]
    assert found("from settings import choose, fail\n" + source, certain=True) == expected


def test_d_an_item_that_is_perhaps_appended_is_not_surely_there() -> None:
    source = (
        "from settings import choose\nxs = [1.0]\nif choose():\n    xs.append(keras.Input((3,)))\n"
        "y = xs[-1]\ntf.abs(y)\n"
    )
    assert found(source, certain=True) == ["tf.abs(y)"]
    assert rewritable(source) == []


def test_j_a_list_is_looked_at_to_its_end() -> None:
    inner = ", ".join(["[i]"] * 30)
    analysis, tree = analysed(f"i = keras.Input((3,))\nxs = [{inner}, [1.0]]\ntf.add_n(xs)\n")
    statement = tree.body[-1]
    assert isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    argument = statement.value.args[0]
    assert analysis.facts[argument].mixed


def test_a_list_that_is_changed_by_another_name_is_not_taken_apart() -> None:
    source = """
from settings import choose
def maybe(x):
    if choose():
        return x
    return 1.0
def main():
    u = keras.Input((3,))
    xs = [u]
    ys = xs
    ys.insert(0, maybe(u))
    ys.pop()
    tf.add_n(xs)
main()
"""
    assert rewritable(source) == []


NOT_REWRITABLE = {
    "a default of what may stand under a key that is not known": (
        "i = keras.Input((3,))\nd = dict(zip(['k', 'm'], [1.0]))\ntf.abs(d.setdefault('k', i))\n"
    ),
    "an op on a number or something unknown": (
        "i = keras.Input((3,))\nv = 1.0\nif choose():\n    v = fail()\n"
        "if choose():\n    i = tf.abs(v)\ntf.exp(i)\n"
    ),
}


@pytest.mark.parametrize("name", NOT_REWRITABLE)
def test_what_may_be_a_number_is_not_rewritten(name: str) -> None:
    assert rewritable("from settings import choose, fail\n" + NOT_REWRITABLE[name]) == []
