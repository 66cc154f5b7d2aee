"""One site that cannot be rewritten is refused, and the rest of the file is rewritten."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from codemod.api import rewrite_source
from codemod.settings import Settings
from tests.support.golden import planned
from transforms.edit.edits import EditError, apply_edits
from transforms.plan.settings import Granularity
from transforms.syntax.records import Edit, Operators, Target

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

i = keras.Input((4, 6))
"""

# For each: the body, the lines (of the body, from 1) that are refused, a text of the result.
ONE_REFUSED = {
    "f-string": ("print(f'{tf.tanh(i)}')\ny = tf.sin(i)\n", [1], "y = Sin("),
    "f-string in the arguments of a layer": (
        'x = layers.Dense(4, name=f"d_{tf.exp(i).shape[-1]}")(tf.cos(i))\n',
        [1],
        '{tf.exp(i).shape[-1]}")(Cos(',
    ),
    "f-string over several lines": (
        'y = tf.exp(i)\nprint(f"""\n  é {tf.shape(y)}\n'
        '  {tf.abs(y)!r:>{30}} {f\'{tf.cos(y)}\'}\n""")\n',
        [3, 4, 4],
        "y = Exp(",
    ),
    "function of a caller inside a run": (
        "def build(fn=keras.losses.mean_squared_error):\n"
        "    r = fn(i, i)\n    r = r * 4.0\n    r = tf.reduce_mean(r)\n"
        "    return keras.Model(i, r)\nbuild()\n",
        [2],
        "r = ReduceMean(",
    ),
    "function of a caller between two runs": (
        "def build(fn=keras.losses.mean_squared_error):\n"
        "    a = tf.sin(i)\n    a = tf.cos(a)\n    r = fn(a, i)\n"
        "    r = tf.tan(r)\n    r = tf.abs(r)\n    return keras.Model(i, r)\nbuild()\n",
        [4],
        "r = TanAndAbs(",
    ),
    "assignment expression": (
        "y = tf.nn.relu(z := tf.sin(i))\nw = tf.cos(z)\n",
        [1],
        "w = Cos(",
    ),
    "options": (
        "options = {'axis': tf.constant(1)}\n"
        "y = tf.reduce_mean(i, **options)\nw = tf.cos(y)\nv = tf.exp(w)\n",
        [2],
        "v = ExponentialOfCosine(",
    ),
}


@pytest.mark.parametrize("case", ONE_REFUSED.values(), ids=ONE_REFUSED)
def test_only_the_site_is_refused(case: tuple[str, list[int], str]) -> None:
    body, lines, expected = case
    result = planned((HEADER + body).encode(), Path("/models/model.py"), "layer")
    text = result.rewritten.decode()
    ast.parse(text)
    assert result.status == "would-rewrite"
    refused = [site.span.line - HEADER.count("\n") for site in result.sites if site.refusal]
    assert refused == lines
    assert expected in text


@pytest.mark.parametrize("misfit", ["Cos(", "class Cos", "all"])
def test_sites_that_no_edit_fits_are_refused_alone(
    monkeypatch: pytest.MonkeyPatch, misfit: str
) -> None:
    """No source is known that gives such an edit: those with ``misfit`` stand in for it."""

    def picky(source: bytes, edits: Sequence[Edit]) -> bytes:
        if len(edits) > 3 if misfit == "all" else any(misfit in str(edit) for edit in edits):
            raise EditError("line 7: LibCST cannot parse this")
        return apply_edits(source, edits)

    monkeypatch.setattr("transforms.edit.edits.apply_edits", picky)
    body = "y = tf.sin(i)\nprint()\nz = tf.cos(y)\nprint()\nw = tf.tan(z)\n"
    result = planned((HEADER + body).encode(), Path("/models/model.py"), "layer")
    assert result.error is None
    reasons = {str(site.refusal) for site in result.sites if site.refusal}
    assert reasons == {"KC308: no edit fits there: line 7: LibCST cannot parse this"}
    refused = [site.ops[0] for site in result.sites if site.refusal]
    if misfit != "all":
        assert refused == ["tf.cos"]
        assert b"y = Sin(" in result.rewritten and b"w = Tan(" in result.rewritten
    else:
        assert refused == ["tf.sin", "tf.cos", "tf.tan"]
        assert (result.status, result.rewritten) == ("refused", result.original)


@pytest.mark.parametrize(
    "index", ["..., k", "(..., k)", ":, k, None", "..., k:k + 1", "..., -1, None, k"]
)
@pytest.mark.parametrize("target", ["layer", "lambda"])
def test_an_index_with_a_loop_variable(index: str, target: Target) -> None:
    body = f"for k in range(2):\n    layers.Activation('relu')(i[{index}])\n"
    result = planned((HEADER + body).encode(), Path("/models/model.py"), target, "wrap")
    assert [site.status for site in result.sites] == ["rewritable"]
    text = result.rewritten.decode()
    ast.parse(text)
    # The layer saves numbers, no Ellipsis and no slice.
    assert "Slice(k, " in text or "'k': k" in text
    assert "(...," not in text.split("for k in")[1].split("lambda")[0]


@pytest.mark.parametrize("operators", ["keep", "wrap"])
@pytest.mark.parametrize(
    "parameters", ["layers=3", "keras=None", "layers=1, keras=2", "*layers", "tf_=1, **keras"]
)
def test_a_lambda_where_a_parameter_hides_keras(parameters: str, operators: Operators) -> None:
    body = f"def build({parameters}):\n    return tf.keras.Model(i, tf.nn.relu(i) + 1)\nbuild()\n"
    result = planned((HEADER + body).encode(), Path("/models/model.py"), "lambda", operators)
    text = result.rewritten.decode()
    ast.parse(text)
    hidden = parameters.replace("*", "")
    call = text.split("tf.keras.Model(i, ")[1]
    for name in ("layers", "keras"):
        if name in hidden:
            assert not call.startswith(f"{name}.")
    assert "Lambda(" in call


def test_a_lambda_where_nothing_reaches_keras_gets_an_import() -> None:
    source = b"""\
from tensorflow import nn
from tensorflow.keras import layers

i = layers.Input((4,))


def build(layers=3):
    return nn.relu(i)


build()
"""
    result = planned(source, Path("/models/model.py"), "lambda")
    assert b"from tensorflow import keras\n" in result.rewritten
    assert b"return keras.layers.Lambda(" in result.rewritten


@pytest.mark.parametrize(
    "name", ["q'uote\"s.py", "back\\slash.py", "a\nb.py", "caf\udce9.py", "日本.py", "a{b}.py"]
)
def test_any_name_of_a_file(name: str) -> None:
    source = (HEADER + "y = tf.sin(i)\n").encode()
    result = planned(source, Path("/models") / name, "layer")
    text = result.rewritten.decode()
    tree = ast.parse(text)
    assert result.status == "would-rewrite"
    assert any(isinstance(node, ast.ClassDef) for node in tree.body)


def test_there_is_no_place_for_a_class_behind_an_import_on_the_same_line() -> None:
    source = b"import tensorflow as tf; i = tf.keras.Input((8,)); y = tf.sin(i)\nz = tf.cos(y)\n"
    result = planned(source, Path("/models/model.py"), "layer")
    assert result.status == "refused"
    assert {site.refusal.code for site in result.sites if site.refusal} == {"KC308"}
    assert result.rewritten == source


@pytest.mark.parametrize(
    "source",
    [b"x = (\n", b"print 'tensorflow'\n", b"x = 1\x00 # keras\n", b"import keras\nx = '\xff'\n"],
)
def test_a_failed_result_holds_the_source(source: bytes) -> None:
    result = rewrite_source(source, Settings())
    assert result.status == "failed"
    assert result.error
    assert (result.original, result.rewritten) == (source, source)


@pytest.mark.parametrize("granularity", ["run", "expression", "op"])
def test_what_the_items_of_a_list_make_is_made_once(granularity: Granularity) -> None:
    body = (
        "s = [tf.shape(i)[0], -1, 4]\ny = tf.reshape(i, s)\nprint()\nz = tf.reshape(tf.sin(i), s)\n"
        "t = [layers.Dense(1)(i), 3.0]\nw = tf.add_n(t)\n"
        "u = [tf.abs(layers.Dense(1)(i)), 3.0]\nv = tf.add_n(u)\n"
    )
    source = (HEADER + body).encode()
    result = planned(source, Path("/models/model.py"), "layer", granularity=granularity)
    text = result.rewritten.decode()
    # No layer is called again, and each name is given once.
    assert text.count("layers.Dense(1)(i)") == 2
    names = re.findall(r"name=\"(\w+)\"", text)
    assert len(names) == len(set(names))
    # The statements of the lists are rewritten too.
    assert "s = [tf.shape(i)" not in text
    assert "u = [tf.abs(" not in text
    assert "(t[0])" in text
    reasons = [site.refusal.code for site in result.sites if site.refusal]
    assert reasons == (["KC312"] if granularity != "op" else reasons)
