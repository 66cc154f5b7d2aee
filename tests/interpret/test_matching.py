"""What a call is known to do is applied to other objects: the right ones, where it fits."""

from __future__ import annotations

import pytest

from tests.interpret.test_analysis_patterns import found

HOLDER = """
class Holder:
    def __init__(self, x):
        self.x = x
        self.items = []
    def put(self, x):
        self.items.append(x)
def off(holder):
    holder.x = 1.0
i = keras.Input((3,))
"""

FOUND = {
    "a method changes the object that it is called on": (
        HOLDER + "a = Holder(1.0)\nb = Holder(1.0)\na.put(i)\nb.put(i)\ntf.add_n(b.items)\n",
        ["tf.add_n(b.items)"],
    ),
    "an argument that is also known by a global name": (
        HOLDER + "known = [1.0]\ndef push(items):\n    items.append(i)\n    return known[-1]\n"
        "other = [1.0]\ntf.exp(push(other))\ntf.abs(push(known))\n",
        ["tf.abs(push(known))"],
    ),
    "an argument that is changed by its global name": (
        HOLDER + "known = [1.0]\ndef push(items):\n    known.append(i)\n    return items[-1]\n"
        "tf.exp(push([1.0]))\ntf.abs(push(known))\n",
        ["tf.abs(push(known))"],
    ),
    "one list given twice": (
        HOLDER + "def move(one, other):\n    one.append(i)\n    return other[-1]\n"
        "tf.exp(move([1.0], [1.0]))\nboth = [1.0]\ntf.abs(move(both, both))\n",
        ["tf.abs(move(both, both))"],
    ),
    "one of several objects of a place is changed, the others stay": (
        HOLDER + "one = Holder(i)\noff(one)\nmany = []\nfor _ in range(9):\n"
        "    many.append(Holder(i))\noff(many[0])\ntf.abs(many[-1].x)\n",
        ["tf.abs(many[-1].x)"],
    ),
    "functions made by one call and by another": (
        HOLDER + "def outer(x):\n    def inner():\n        return tf.abs(x)\n    return inner\n"
        "first = outer(1.0)\nsecond = outer(i)\nfirst()\nsecond()\n",
        ["tf.abs(x)"],
    ),
    "attributes that one object has and the other has not": (
        HOLDER + "def change(holder):\n    setattr(holder, choose(), i)\n"
        "a = Holder(1.0)\nb = Holder(1.0)\nb.y = 1.0\nchange(a)\nchange(b)\ntf.abs(b.y)\n",
        ["tf.abs(b.y)"],
    ),
    "a method of a class and of one that overrides what it calls": (
        HOLDER + "class Base:\n    def run(self, x):\n        return self.step(x)\n"
        "    def step(self, x):\n        return 1.0\n"
        "class Other(Base):\n    def step(self, x):\n        return x\n"
        "tf.exp(Base().run(i))\ntf.abs(Other().run(i))\n",
        ["tf.abs(Other().run(i))"],
    ),
    "a helper tells of each parameter that it applies a layer to": (
        "def helper(x):\n    return keras.layers.Dense(2)(x)\n"
        "def first(a):\n    helper(a)\n    return tf.abs(a)\n"
        "def second(b):\n    helper(b)\n    return tf.exp(b)\n",
        ["tf.abs(a)", "tf.exp(b)"],
    ),
    "and of each item of a parameter": (
        "def helper(values):\n    for value in values:\n        keras.layers.Dense(2)(value)\n"
        "def first(a):\n    helper(a)\n    return tf.add_n(a)\n"
        "def second(b):\n    helper(b)\n    return tf.stack(b)\n",
        ["tf.add_n(a)", "tf.stack(b)"],
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_a_call_did_is_done_to_the_objects_of_the_next_call(name: str) -> None:
    source, expected = FOUND[name]
    assert found("from settings import choose\n" + source, certain=True) == expected
