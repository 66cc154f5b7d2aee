"""Where a reason lies, and what stays without being refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.golden import planned
from transforms.interpret.symbolic import analyse
from transforms.syntax.records import Operators

HEAD = "import tensorflow as tf\nfrom tensorflow import keras\ni = keras.Input((4,))\n"
HELPER = "def norm(x):\n    return tf.exp(x)\n"


def reasons(source: str) -> list[str]:
    found = planned(source.encode(), Path("/models/model.py"), "layer")
    return [site.refusal.text for site in found.sites if site.refusal is not None]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("print(norm(tf.zeros(3)))\n", "`norm(tf.zeros(3))` at model.py:7"),
        (
            "def outer(y):\n    return norm(y)\nouter(i)\nouter(tf.zeros(3))\n",
            "`outer(tf.zeros(3))` at model.py:10",
        ),
    ],
)
def test_the_call_on_eager_tensors_is_named(call: str, told: str) -> None:
    (reason,) = reasons(HEAD + HELPER + "m = keras.Model(i, norm(i))\n" + call)
    assert reason == f"this code also runs on tensors that are not symbolic, from {told}"


def test_the_call_may_stand_in_another_file(tmp_path: Path) -> None:
    sources = {
        tmp_path / "helper.py": "import tensorflow as tf\n" + HELPER,
        tmp_path / "train.py": HEAD + "from helper import norm\nm = norm(i)\nnorm(tf.ones(2))\n",
    }
    for path, text in sources.items():
        path.write_text(text)
    contents = {path: text.encode() for path, text in sources.items()}
    analysis = analyse(contents, list(contents), [tmp_path])
    path = tmp_path / "helper.py"
    found = planned(contents[path], path, "layer", analysis=analysis)
    (site,) = found.sites
    assert site.refusal is not None and site.refusal.code == "KC303"
    assert site.refusal.text.endswith(", from `norm(tf.ones(2))` at train.py:6")


@pytest.mark.parametrize(("operators", "kept"), [("keep", [4, 6]), ("wrap", [])])
def test_operators_and_slices_that_stay_are_counted(operators: Operators, kept: list[int]) -> None:
    # What stands inside of a raw expression is part of it.
    body = "x = i + 1.0\ny = tf.exp(x - 1.0)\nz = y[:, :2]\nm = keras.Model(i, z)\n"
    source = (HEAD + body).encode()
    found = planned(source, Path("/models/model.py"), "layer", operators, "expression")
    assert [span.line for span in found.kept] == kept


def test_a_choice_that_is_not_in_sight_is_told_in_words() -> None:
    source = (
        HEAD
        + "import enum\n"
        + 'class Kind(enum.Enum):\n    RELU = "relu"\n\n'
        + "def build(kind=Kind.RELU):\n"
        + "    return keras.Model(i, keras.activations.get(kind.value)(tf.exp(i)))\n"
    )
    (reason,) = reasons(source)
    assert reason == (
        "callers choose the function `keras.activations.get(kind.value)` among what is not in "
        "sight; no layer could save that by name"
    )


def test_operators_on_numbers_and_shapes_are_no_sites() -> None:
    source = """\
import tensorflow as tf
from tensorflow.keras import Input, Model, layers

class Part(layers.Layer):
    def __init__(self, size, **kwargs):
        self.size = size
        super().__init__(**kwargs)
    def compute_output_shape(self, shape):
        assert shape[1] == self.size
        return (shape[0], self.size * 2)

def build(graph, shape):
    i = Input(shape)
    size = layers.Dense(4)(graph.size)
    x = Part(size)(i)
    if graph.made(x) == 3:
        x = layers.Dense(int(graph.made(x) * 2))(x)
    return Model(i, tf.abs(x))
"""
    assert reasons(source) == []
