"""Raw ops that only a run shows become sites, and are rewritten where the source names them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from transforms.interpret.symbolic import analyse
from transforms.plan.module_plan import PlanSettings, plan_module
from transforms.sites.observed import ObservedOp, with_observed
from transforms.syntax.source_text import read_source_text

HEAD = """\
import tensorflow as tf
from tensorflow import keras
from hidden import x, y, get_activation, act
"""
PATH = Path("/nonexistent/builder.py")


def sites(
    line: str,
    *ops: tuple[str, str, tuple[int | str, ...]],
    lists: tuple[int | str, ...] = (),
) -> list[tuple[str, str | None]]:
    """The ops and refusals of the sites in ``line`` once a run showed ``ops``.

    Each is told by its expression, the name that the run gives it, and its symbolic arguments;
    ``lists`` are those that are lists of nothing else.
    """
    source = HEAD + line + "\n"
    content = source.encode()
    analysis = analyse({PATH: content}, [PATH])
    text = read_source_text(content)
    spans = {
        ast.unparse(node): text.span(node)
        for node in ast.walk(analysis.modules[PATH].tree)
        if isinstance(node, ast.expr)
    }
    observed = [
        ObservedOp(span=spans[e], name=name, tensors=tensors, lists=lists)
        for e, name, tensors in ops
    ]
    found = with_observed(analysis, {PATH: observed}, {PATH: text})
    assert (found is analysis) == (not observed)
    plan = plan_module(found, found.modules[PATH], text, PlanSettings(operators="wrap"))
    return [
        (" ".join(site.ops), None if site.refusal is None else site.refusal.text)
        for site in plan.sites
    ]


def test_without_a_run_nothing_is_known() -> None:
    assert sites("z = tf.square(x)") == []


@pytest.mark.parametrize(
    "line, name, tensors, ops",
    [
        ("z = tf.square(x)", "tf.math.square", (0,), "tf.square"),
        ("z = tf.reduce_sum(x, axis=1)", "tf.math.reduce_sum", ("input_tensor",), "tf.reduce_sum"),
        ("z = tf.square(x=x)", "tf.math.square", ("x",), "tf.square"),
        ("z = tf.add(x, y)", "tf.math.add", (0, 1), "tf.add"),
        ("z = x + 1.0", "tf.__operators__.add", (0,), "operator.add"),
        ("z = 1.0 + x", "tf.__operators__.radd", (0,), "operator.add"),
        ("z = -x", "tf.math.negative", (0,), "operator.neg"),
        ("z = x[0]", "tf.__operators__.getitem", (0,), "operator.getitem"),
        ("z = x > 0.5", "tf.math.greater", (0,), "operator.gt"),
    ],
)
def test_an_op_that_the_source_names_is_rewritten(
    line: str, name: str, tensors: tuple[int | str, ...], ops: str
) -> None:
    assert sites(line, (line[4:], name, tensors)) == [(ops, None)]


def test_only_what_was_symbolic_is_an_input() -> None:
    (site,) = sites("z = tf.add(x, y)", ("tf.add(x, y)", "tf.math.add", (0,)))
    assert site == ("tf.add", None)


@pytest.mark.parametrize(
    "expression", ["get_activation('relu')(x)", "act(x)", "keras.utils.unknown(x)"]
)
def test_an_op_that_the_source_does_not_name_is_told(expression: str) -> None:
    ((ops, reason),) = sites(f"z = {expression}", (expression, "tf.nn.relu", (0,)))
    assert ops == "tf.nn.relu"
    advice = "name the function, or give its file too"
    assert reason == f"found at run time: `{expression}` makes tf.nn.relu here; {advice}"


def test_items_of_a_list_are_not_guessed() -> None:
    line = "z = tf.concat([x, y], 0)"
    ((_, reason),) = sites(line, (line[4:], "tf.concat", ("values",)))
    assert reason and reason.startswith("found at run time")


@pytest.mark.parametrize("line", ["z = tf.concat([x, y], 0)", "z = tf.stack(values=(x, y))"])
def test_a_list_that_held_symbolic_tensors_alone_is_known(line: str) -> None:
    op = line[4:].partition("(")[0]
    assert sites(line, (line[4:], op, ("values",)), lists=("values",)) == [(op, None)]


def test_a_list_of_unknown_length_is_not_known() -> None:
    line = "z = tf.concat([x, *y], 0)"
    ((_, reason),) = sites(line, (line[4:], "tf.concat", ("values",)), lists=("values",))
    assert reason and reason.startswith("found at run time")


def test_what_makes_several_ops_is_told() -> None:
    ops = [("tf.norm(x)", "tf.math.square", (0,)), ("tf.norm(x)", "tf.math.sqrt", (0,))]
    ((_, reason),) = sites("z = tf.norm(x)", *ops)
    assert reason and reason.startswith("found at run time")


def test_ops_in_each_other_are_one_site() -> None:
    line = "z = tf.abs(tf.square(x))"
    ops = [("tf.square(x)", "tf.math.square", (0,)), (line[4:], "tf.math.abs", (0,))]
    assert sites(line, *ops) == [("tf.abs tf.square", None)]
