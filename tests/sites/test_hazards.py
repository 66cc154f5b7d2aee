"""Hazards that are told only where they are meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.api import rewrite_source
from codemod.engine.engine import rewrite_files
from codemod.files.discovery import discover
from codemod.settings import Settings
from tests.support.golden import planned
from transforms.plan.module_plan import Granularity

HEAD = """\
import tensorflow as tf
from tensorflow import keras
i = keras.Input((4,))
m = keras.Model(i, i)
"""


def hazards(line: str) -> list[tuple[str, int]]:
    source = f"{HEAD}{line}\n".encode()
    found = planned(source, Path("/models/model.py"), "layer").hazards
    return [(hazard.code, hazard.span.line) for hazard in found]


def test_a_sum_over_the_batch_is_told() -> None:
    assert hazards("x = tf.reduce_sum(i)") == [("KC201", 5)]
    assert hazards("x = tf.reduce_sum(i, axis=1)") == []


@pytest.mark.parametrize("arguments", ["i, **options", "*[i, 1]", "i, *axes"])
def test_axes_that_are_not_in_sight_are_no_alarm(arguments: str) -> None:
    line = f"options, axes = {{'axis': 1}}, (1,)\nx = tf.reduce_sum({arguments})"
    assert hazards(line) == []


def test_an_axis_that_a_partial_function_holds_is_no_alarm() -> None:
    held = "from functools import partial\nf = partial(tf.reduce_sum, axis=1)\nx = f(i)"
    assert "KC201" not in dict(hazards(held))
    assert "KC201" not in dict(
        hazards("import functools as f\nf.partial(tf.reduce_sum, axis=1)(i)")
    )
    chosen = "f = {'sum': partial(tf.reduce_sum, axis=1)}\nx = f['sum'](i)"
    assert "KC201" not in dict(hazards(f"from functools import partial\n{chosen}"))
    assert "KC201" in dict(hazards("f = tf.reduce_sum\nx = f(i)"))


@pytest.mark.parametrize(
    ("weight", "is_told"),
    [
        ("dense.kernel", False),
        ("m.layers[1].weights[0]", False),
        ("tf.Variable([[1.0] * 4])", True),
    ],
)
def test_a_weight_of_a_layer_is_tracked(weight: str, is_told: bool) -> None:
    layer = "dense = keras.layers.Dense(4)\nj = dense(i)\nm = keras.Model(i, j)\n"
    told = dict(hazards(f"{layer}w = {weight}\nx = tf.matmul(j, w)"))
    assert ("KC202" in told) == is_told


@pytest.mark.parametrize(("method", "told"), [("add_loss", []), ("add_metric", [("KC403", 5)])])
def test_a_scalar_is_what_a_loss_or_a_metric_wants(
    method: str, told: list[tuple[str, int]]
) -> None:
    # A layer adds the loss; a metric without a name stays.
    assert hazards(f"m.{method}(tf.reduce_sum(i))") == told
    assert hazards(f"m.{method}x(tf.reduce_sum(i))") == [("KC201", 5)]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("keras.layers.Lambda(lambda t: t + z)(i)", ["KC206", "KC208"]),
        ("keras.layers.Lambda(str, arguments={'b': z})(i)", ["KC208"]),
        ("keras.layers.Lambda(lambda t: t[0] + t[1])([i, z])", ["KC206"]),
        ("keras.layers.Lambda(lambda z: z + 1)(i)", ["KC206"]),
        ("keras.layers.Lambda(str, arguments={'b': 2})(i)", []),
    ],
)
def test_a_lambda_that_reads_a_tensor_from_outside_is_told(call: str, told: list[str]) -> None:
    assert [code for code, _ in hazards(f"z = keras.layers.Dense(4)(i)\ny = {call}")] == told


def test_operators_in_h5_files_of_keras_3_are_told() -> None:
    body = "y = x[:, :2]\nmodel = keras.Model(x, y)\nmodel.save('model.h5')\n"
    head = "import tensorflow as tf\nfrom tensorflow import keras\nx = keras.Input((4,))\n"
    kept = planned((head + body).encode(), Path("model.py"), "layer")
    assert ("KC405", 6) in [(one.code, one.span.line) for one in kept.hazards]
    layers = body.replace("x[:, :2]", "tf.nn.relu(x)")
    for other in (layers, body.replace(".h5", ".keras"), body.replace("save(", "save_weights(")):
        done = planned((head + other).encode(), Path("model.py"), "layer")
        assert not any("operators" in one.message for one in done.hazards)


def test_operators_beside_layers_are_told_of_checkpoints_too() -> None:
    source = (
        "import tensorflow as tf\nfrom tensorflow import keras\nx = keras.Input((4,))\n"
        "y = keras.layers.Dense(4)(x)\nmodel = keras.Model(x, tf.nn.relu(x + y))\n"
        "keep = keras.callbacks.ModelCheckpoint('model.h5')\n"
        "light = keras.callbacks.ModelCheckpoint('model.weights.h5', save_weights_only=True)\n"
    )
    expected: list[tuple[Granularity, list[int]]] = [("op", [6]), ("run", [])]
    for granularity, lines in expected:
        done = planned(source.encode(), Path("model.py"), "layer", "keep", granularity)
        assert [one.span.line for one in done.hazards if "operators" in one.message] == lines


ASKED = "x = tf.nn.relu(i)\n{}"


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ('m.get_layer("tf.nn.relu")', True),
        ('history = m.fit({"val_tf.math.add_1_loss": 3})', True),
        ('[one for one in m.layers if one.name.startswith("tf.nn")]', True),
        ('"tf." in m.name', True),
        (r're.match(r"^tf\.nn", m.name)', True),
        ('m.get_layer("tf_op_layer_Relu")', True),
        ('m.get_layer("relu")', False),
        ('keras.layers.Dense(3, name="tf.nn.relu")', False),
        ('open("tf.py/a"), print("tf.nn.relu is used")', False),
        ('"tf.nn.relu"', False),
    ],
)
def test_names_of_raw_ops_are_told_where_nothing_is_verified(line: str, is_told: bool) -> None:
    source = f"{HEAD}{ASKED.format(line)}\n".encode()
    settings = Settings(verify=False)
    told = [one.code for one in rewrite_source(source, settings, Path("/m/model.py")).hazards]
    assert ("KC210" in told) == is_told
    # Verification sees which names there are.
    assert "KC210" not in dict(hazards(ASKED.format(line)))
    alone = f"{HEAD}{line}\n".encode()
    assert not rewrite_source(alone, settings, Path("/m/model.py")).hazards


def test_names_of_raw_ops_of_other_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(f"{HEAD}model = keras.Model(i, tf.nn.relu(i))\n")
    (tmp_path / "use.py").write_text(
        "from tensorflow import keras\nfrom net import model\nmodel.get_layer('tf.nn.relu')\n"
    )
    files = discover([str(tmp_path)]).files
    told = rewrite_files(files, Settings(verify=False), write=False)
    results = [one for some in told for one in some]
    assert {Path(one.path).name: [each.code for each in one.hazards] for one in results} == {
        "net.py": [],
        "use.py": ["KC210"],
    }


@pytest.mark.parametrize(
    ("body", "is_told"),
    [
        ("def block(x, act=tf.nn.relu):\n    return act(x)\ny = block(i)\n", True),
        ("def block(x, act=tf.nn.relu):\n    return tf.nn.relu(x)\ny = block(i)\n", False),
        (
            "ACT = {'a': tf.nn.relu, 'b': tf.nn.elu}\ndef block(x, kind='a'):\n"
            "    return ACT[kind](x)\ny = block(i)\n",
            False,
        ),
        ("act = tf.nn.relu\ny = act(i)\n", False),
    ],
)
def test_a_function_for_which_a_layer_may_be_given(body: str, is_told: bool) -> None:
    done = planned(f"{HEAD}{body}".encode(), Path("model.py"), "layer")
    assert [one.status for one in done.sites] == ["rewritable"]
    assert ("KC211" in [one.code for one in done.hazards]) == is_told
