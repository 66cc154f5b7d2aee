"""Which statements become one layer, and what leaves it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from transforms.interpret.symbolic import analyse
from transforms.sites.runs import Run, find_runs
from transforms.sites.sites import find_raw_expressions
from transforms.syntax.accesses import accessed_name, is_access
from transforms.syntax.liveness import live_after
from transforms.syntax.source_text import read_source_text

HEAD = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from somewhere import block
i = keras.Input((4,))
"""
PATH = Path("/m.py")


def runs(body: str, keep_operators: bool = True) -> list[Run]:
    source = (HEAD + body).encode()
    analysis = analyse({PATH: source}, [PATH])
    module = analysis.modules[PATH]
    live = live_after(module.tree.body)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef):
            live |= live_after(node.body)
    expressions = find_raw_expressions(analysis, module, read_source_text(source))
    return find_runs(analysis, expressions, live, keep_operators)


def texts(body: str, keep_operators: bool = True) -> list[list[str]]:
    return [
        [ast.unparse(statement.node) for statement in run.statements]
        for run in runs(body, keep_operators)
    ]


def outputs(body: str) -> tuple[str, ...]:
    (run,) = runs(body)
    return run.outputs


def test_statements_of_raw_ops_in_a_row_are_a_run() -> None:
    assert texts("x = tf.sin(i)\ny = tf.cos(x)\nz = tf.tan(y)\n") == [
        ["x = tf.sin(i)", "y = tf.cos(x)", "z = tf.tan(y)"]
    ]
    assert texts("x = tf.sin(i)\n") == []


def test_anything_else_in_between_ends_a_run() -> None:
    body = "x = tf.sin(i)\nx = tf.cos(x)\n{}\nx = tf.tan(x)\nx = tf.exp(x)\n"
    apart = [["x = tf.sin(i)", "x = tf.cos(x)"], ["x = tf.tan(x)", "x = tf.exp(x)"]]
    for between in (
        "x = layers.Dense(4)(x)",
        "print(x)",
        "n = f()",
        "assert tf.abs(x) is not None",
    ):
        assert texts(body.format(between)) == apart, between


PLAIN = {
    "a size": (["n = x.shape[-1]", "x = tf.reshape(x, [-1, n])"], [0, 1, 2], []),
    "sizes": (["_, n = x.shape", "x = tf.reshape(x, [-1, n])"], [0, 1, 2], []),
    "arithmetic": (["n = k // 2", "x = tf.reshape(x, [-1, n * 2])"], [0, 1, 2], []),
    "a list": (["n = [-1, k]", "x = tf.reshape(x, n)"], [0, 1, 2], []),
    "a list of sizes": (["n = [tf.shape(x)[0], k]", "x = tf.reshape(x, n)"], [0, 1, 2], []),
    "what is read later": (["n = k // 2", "x = tf.reshape(x, [-1, n])", "print(n)"], [0, 2], [1]),
    "what nothing reads": (["n = k // 2", "x = tf.cos(x)"], [0, 2], [1]),
    "the size of no operand": (["n = q.shape[-1]", "x = tf.reshape(x, [-1, n])"], [0, 2], [1]),
    "a size inside that is read later": (
        ["n = x.shape[-1]", "x = tf.cos(x)", "x = tf.tan(x)", "print(n)"],
        [2, 3],
        [],
    ),
    "a name of before": (
        ["x = tf.roll(x, n, 1)", "n = k // 2", "x = tf.roll(x, n, 1)"],
        [0, 1],
        [],
    ),
    "a call": (["n = f(k)", "x = tf.reshape(x, [-1, n])", "x = tf.cos(x)"], [2, 3], []),
    "a list that is changed": (
        ["n = [tf.shape(x)[0]]", "n.append(k)", "x = tf.tan(x)", "x = tf.cos(x)", "print(n)"],
        [3, 4],
        [],
    ),
}


@pytest.mark.parametrize("name", PLAIN)
def test_values_without_tensors_go_into_the_layer_or_before_it(name: str) -> None:
    statements, inside, before = PLAIN[name]
    statements = ["x = tf.sin(i * 2)", *statements, "return layers.Dense(2)(x)"]
    # A layer stands first, so that no run is the whole body.
    body = ["q = layers.Dense(3)(i)", *statements]
    source = "def g(i, k, n=1):\n" + "".join(f"    {line}\n" for line in body) + "y = g(i, 4)\n"
    (run,) = runs(source)
    # Python 3.10 writes brackets around the targets.
    written = [ast.unparse(ast.parse(line.replace("return ", ""))) for line in statements]
    assert [ast.unparse(one.node) for one in run.statements] == [written[at] for at in inside]
    assert [ast.unparse(one.node) for one in run.hoisted] == [written[at] for at in before]


def test_what_has_nothing_in_common_is_apart() -> None:
    body = "a = tf.sin(i)\na = tf.cos(a)\nb = tf.tan(i)\nb = tf.exp(b)\n"
    assert texts(body) == [["a = tf.sin(i)", "a = tf.cos(a)"], ["b = tf.tan(i)", "b = tf.exp(b)"]]
    assert texts(body + "c = tf.add(a, b)\n") == [[*body.splitlines(), "c = tf.add(a, b)"]]
    assert texts("a = tf.sin(i)\nb = tf.cos(i)\n") == []


def test_a_return_passes_on_what_the_run_has_made() -> None:
    body = "def f(x):\n    y = tf.sin(x)\n    return tf.cos(y), {}\na, b = f(i)\n"
    assert texts(body.format("y")) == [["y = tf.sin(x)", "return (tf.cos(y), y)"]]
    # What a layer is given it does not give back.
    assert texts(body.format("x")) == []


def test_values_at_module_level_stay_there() -> None:
    (run,) = runs("x = tf.sin(i)\nn = 3\nx = tf.roll(x, n, 1)\n")
    assert [ast.unparse(one.node) for one in run.hoisted] == ["n = 3"]


def test_lists_of_sizes_at_module_level_go_into_the_layer() -> None:
    (run,) = runs("s = tf.shape(i)\nsize = [s[0], s[1] // 2]\nx = tf.slice(i, [0, 0], size)\n")
    assert (len(run.statements), run.hoisted, run.outputs) == (3, (), ("x",))


def test_static_sizes_before_a_run_are_read_inside() -> None:
    body = "def g(i, k):\n    h = layers.Dense(4)(i)\n    n = h.shape[-1]\n    m = k // 2\n"
    body += "    h = tf.reshape(h, [-1, n, m])\n    h = tf.sin(h)\n    return layers.Dense(2)(h)\n"
    assert len(texts(body + "y = g(i, 4)\n")[0]) == 4
    first = body.replace("    n = h.shape[-1]\n    m = k // 2\n", "    m = k // 2\n    n = m * 3\n")
    assert texts(first + "y = g(i, 4)\n") == [["h = tf.reshape(h, [-1, n, m])", "h = tf.sin(h)"]]
    of_size = body.replace("m = k // 2", "m = n // 2")
    assert len(texts(of_size + "y = g(i, 4)\n")[0]) == 4
    body = body.replace("    m = k // 2\n", "").replace("m]", "k]")
    assert len(texts(body + "y = g(i, 4)\n")[0]) == 3


def test_each_suite_has_runs_of_its_own() -> None:
    body = "x = tf.sin(i)\nif block:\n    x = tf.cos(x)\n    x = tf.tan(x)\nx = tf.exp(x)\n"
    assert texts(body) == [["x = tf.cos(x)", "x = tf.tan(x)"]]
    body = "x = tf.sin(i)\nx = tf.abs(x)\nif block:\n    x = tf.cos(x)\n    x = tf.tan(x)\n"
    assert texts(body) == [["x = tf.sin(i)", "x = tf.abs(x)"], ["x = tf.cos(x)", "x = tf.tan(x)"]]


def test_a_return_ends_a_run_and_belongs_to_it() -> None:
    body = "def f(x):\n    x = tf.sin(x)\n    return tf.cos(x)\ny = f(i)\n"
    (run,) = runs(body)
    assert run.returns
    assert run.outputs == ()
    assert [expression.keys for expression in run.expressions] == [("tf.sin",), ("tf.cos",)]
    assert not runs("x = tf.sin(i)\ny = tf.cos(x)\n")[0].returns
    dead = "def f(x):\n    x = tf.sin(x)\n    return tf.cos(x)\n    y = tf.tan(x)\ny = f(i)\n"
    assert texts(dead) == [["x = tf.sin(x)", "return tf.cos(x)"]]


@pytest.mark.parametrize(
    "statement",
    [
        "y = tf.cos(x)",
        "y: object = tf.cos(x)",
        "x += tf.cos(x)",
        "x *= x",
        "y = tf.cos(x), tf.tan(x)",
        "y, z = tf.split(x, 2, 1)",
        "[y, z] = tf.split(x, 2, 1)",
        "y = z = tf.cos(x)",
    ],
)
def test_what_can_stand_in_a_run(statement: str) -> None:
    body = f"x = tf.sin(i)\n{statement}\nw = tf.exp(x)\n"
    assert [len(run) for run in texts(body)] == [3]


@pytest.mark.parametrize(
    "statement",
    [
        "block.y = tf.cos(x)",
        "block[0] = tf.cos(x)",
        "y, (z, w) = tf.split(x, 2, 1)",
        "y, block.z = tf.split(x, 2, 1)",
        "block.y += tf.cos(x)",
        "block.y: object = tf.cos(x)",
        "y: object",
        "y = tf.cos(x), 3",
        "y = [tf.cos(x)]",
        "y = layers.Dense(2)(tf.cos(x))",
        "y = tf.cos(layers.Dense(2)(tf.tan(x)))",
        "tf.cos(x)",
        "y = tf.print(x)",
    ],
)
def test_what_cannot_stand_in_a_run(statement: str) -> None:
    body = f"x = tf.sin(i)\nx = tf.abs(x)\n{statement}\nw = tf.exp(x)\n"
    assert texts(body) == [["x = tf.sin(i)", "x = tf.abs(x)"]]


def test_what_the_run_defines_is_not_read_outside_the_layer() -> None:
    # A captured value is evaluated where the layer is made, before the run has set it.
    captured = "n = tf.sin(i)\nx = tf.cos(n)\ny = tf.reshape(x, [-1, len(n)])\nz = tf.tan(y)\n"
    assert texts(captured) == [
        ["n = tf.sin(i)", "x = tf.cos(n)"],
        ["y = tf.reshape(x, [-1, len(n)])", "z = tf.tan(y)"],
    ]
    # A layer asks its own tensors for their sizes.
    assert [len(run) for run in texts(captured.replace("len(n)", "n.shape[1]"))] == [4]
    changed = "x = layers.Dense(4)(i)\nx += tf.sin(i)\ny = tf.reshape(x, [-1, len(x)])\n"
    assert texts(changed) == []
    assert [len(run) for run in texts(changed.replace("len(x)", "x.shape[1]"))] == [2]
    assert [len(run) for run in texts(changed.replace("len(x)", "i.shape[1]"))] == [2]
    item = "x, w = tf.split(i, 2, 1)\ny = tf.cos(x)\nz = tf.tan(y)\n"
    assert [len(run) for run in texts(item)] == [3]


def test_a_function_that_a_parameter_holds_is_taken_out_before_the_layer() -> None:
    body = (
        "def build(pair=(tf.nn.relu, 0.5)):\n"
        "    x = tf.sin(i)\n"
        "    x = tf.cos(x)\n"
        "    act, by = pair\n"
        "    x = act(x) * by\n"
        "    return tf.tan(x)\n"
    )
    assert texts(body) == [
        ["x = tf.sin(i)", "x = tf.cos(x)"],
        ["x = act(x) * by", "return tf.tan(x)"],
    ]


def test_items_of_what_the_run_defines_stay_in_it() -> None:
    body = "parts = tf.split(i, 2, 1)\nx = tf.cos(parts[0])\ny = tf.tan(parts[1])\n"
    assert [len(run) for run in texts(body)] == [3]


def test_the_outputs_are_the_names_that_are_read_afterwards() -> None:
    body = "a = tf.sin(i)\nb = tf.cos(a)\nc = tf.tan(b)\n"
    assert outputs(body + "keras.Model(i, [c, a])\n") == ("a", "c")
    assert outputs(body + "keras.Model(i, c)\n") == ("c",)
    assert outputs(body + "keras.Model(i, b)\nc = 1\n") == ("b",)
    # Something has to leave the layer.
    assert outputs(body) == ("c",)


def test_outputs_are_told_once_in_the_order_of_the_source() -> None:
    body = "b, a = tf.split(i, 2, 1)\na += b\nb: object = tf.cos(a)\nc = d = tf.tan(b)\n"
    assert outputs(body + "print(a, b, c, d)\n") == ("b", "a", "c", "d")
    assert outputs(body) == ("c", "d")


def test_operators_at_the_ends_are_left_where_keras_3_has_them() -> None:
    body = "x = i * 2.0\nx = x + 1.0\nx = tf.sin(x)\nx = x - 1.0\nx = tf.cos(x)\nx = x / 3.0\n"
    assert texts(body) == [["x = tf.sin(x)", "x = x - 1.0", "x = tf.cos(x)"]]
    assert [len(run) for run in texts(body, keep_operators=False)] == [6]
    assert texts("x = i * 2.0\nx = x + 1.0\n") == []
    assert texts("x = i * 2.0\nx = x + 1.0\n", keep_operators=False) == [
        ["x = i * 2.0", "x = x + 1.0"]
    ]
    assert texts("x = i * 2.0\nx = tf.sin(x)\nx = x + 1.0\n") == []


@pytest.mark.parametrize(
    ("source", "access", "name"),
    [
        ("x", True, "x"),
        ("x.a", True, "x"),
        ("x[0]", True, "x"),
        ("x['k'].a[1]", True, "x"),
        ("x[n]", False, "x"),
        ("x[0:1]", False, "x"),
        ("x[n].a", False, "x"),
        ("f(x)", False, None),
        ("f(x).a", False, None),
        ("3", False, None),
    ],
)
def test_an_access_is_a_name_or_an_item_of_one(source: str, access: bool, name: str | None) -> None:
    node = ast.parse(source, mode="eval").body
    assert is_access(node) is access
    assert accessed_name(node) == name
