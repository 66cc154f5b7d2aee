"""A helper that looks at its arguments before its ops lends them its name all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.golden import planned

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""
OPS = """\
    noise = keep + tf.random.uniform([tf.shape(x)[0], 1], dtype=x.dtype)
    return x * tf.floor(noise)
"""
CALLED = "m = keras.Model(i := keras.Input((4,)), drop_samples(layers.Dense(4)(i), 0.2))\n"
NAMED = {
    "a guard": "    if keep == 1:\n        return x\n",
    "a plain value": "    keep = 1.0 - float(keep)\n",
    "what is not allowed": "    if keep > 1:\n        raise ValueError(keep)\n",
    "an assertion": "    assert 0 < keep < 1\n",
    "several": "    assert keep\n    keep = 1.0 - keep\n    if keep == 1:\n        return x\n",
}
NOT_NAMED = {
    "another result": "    if keep == 1:\n        return layers.ReLU()(x)\n",
    "two branches": "    if keep == 1:\n        keep = 0.5\n    else:\n        keep = 0.2\n",
    "a layer": "    x = layers.ReLU()(x)\n",
    "a call": "    keep = choose(keep)\n",
    "an operand": "    x = x[:, 1:]\n    if keep == 1:\n        return x\n",
}


def rewritten(before: str) -> str:
    head = "def choose(keep):\n    return keep\ndef drop_samples(x, keep=0.5):\n"
    source = f"{HEADER}{head}{before}{OPS}{CALLED}".encode()
    return planned(source, Path("/models/model.py"), "layer").rewritten.decode()


@pytest.mark.parametrize("name", NAMED)
def test_what_stands_before_the_ops_says_nothing(name: str) -> None:
    text = rewritten(NAMED[name])
    assert f"{NAMED[name]}    return DropSamples(keep)(x)\n" in text
    default = "keep" if "keep = " in NAMED[name] else "keep=0.5"
    assert f"def __init__(self, {default}, **kwargs)" in text


DRAWN = "tf.floor(keep + tf.random.uniform([tf.shape(x)[0], 1]))"
BRANCHES = {
    "only if": (
        f"    if keep < 1:\n        x = x * {DRAWN}\n    return x\n",
        "        x = DropSamples(keep)(x)\n    return x\n",
    ),
    "else as it is": (
        "    if keep == 1:\n        out = x\n    else:\n        keep = float(keep)\n"
        f"        kept = {DRAWN}\n        out = x * kept\n    return out\n",
        "    else:\n        keep = float(keep)\n        out = DropSamples(keep)(x)\n",
    ),
    "return": (
        f"    if keep < 1:\n        return x * {DRAWN}\n    return x\n",
        "        return DropSamples(keep)(x)\n    return x\n",
    ),
}


@pytest.mark.parametrize("name", BRANCHES)
def test_the_branch_that_does_something_is_what_the_helper_does(name: str) -> None:
    function, expected = BRANCHES[name]
    source = f"{HEADER}def drop_samples(x, keep=0.5):\n{function}{CALLED}".encode()
    text = planned(source, Path("/models/model.py"), "layer").rewritten.decode()
    assert expected in text
    other = function.replace("return x\n", "return tf.nn.relu(x)\n").replace(
        "out = x\n", "out = -x\n"
    )
    if other != function:
        source = f"{HEADER}def drop_samples(x, keep=0.5):\n{other}{CALLED}".encode()
        text = planned(source, Path("/models/model.py"), "layer").rewritten.decode()
        assert "class DropSamples" not in text


@pytest.mark.parametrize("name", NOT_NAMED)
def test_what_computes_something_else_says_more(name: str) -> None:
    assert "class DropSamples" not in rewritten(NOT_NAMED[name])
