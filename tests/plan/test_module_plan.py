"""Plans of whole modules: edits that fit each other, classes that stand before their use."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from transforms.edit.edits import apply_edits
from transforms.interpret.symbolic import analyse
from transforms.plan.module_plan import Granularity, Plan, PlanSettings, plan_module
from transforms.syntax.source_text import read_source_text

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
i = keras.Input((4,))
"""
PATH = Path("planned.py").absolute()


def planned(body: str, granularity: Granularity) -> tuple[Plan, str]:
    """The plan for ``body`` after a header, and the text that it gives."""
    source = (HEADER + body).encode()
    analysis = analyse({PATH: source}, [PATH])
    settings = PlanSettings(granularity=granularity)
    plan = plan_module(analysis, analysis.modules[PATH], read_source_text(source), settings)
    return plan, apply_edits(source, plan.edits).decode()


def test_classes_stand_before_the_first_layer_also_where_a_run_follows_later_imports() -> None:
    body = "x = tf.exp(i)\nh = layers.Dense(3)(x)\nimport os\ny = tf.square(h)\nz = tf.sin(y)\nz\n"
    _, text = planned(body, "run")
    assert text.index("class Exp(") < text.index("x = Exp(")
    assert text.index("class SineOfSquare(") < text.index("z = SineOfSquare(")


def test_an_op_beside_a_kept_operator_is_rewritten_once_inside_the_call_that_is_given_it() -> None:
    _, text = planned("o = tf.add(layers.Dense(4)(tf.exp(i) + 1.0), i)\n", "op")
    assert text.count('Exp(name="exp")') == 1
    assert '(layers.Dense(4)(Exp(name="exp")(i) + 1.0), i)' in text


@pytest.mark.parametrize("granularity", ["run", "expression", "op"])
def test_equal_layers_share_one_class_and_each_site_has_its_edit(granularity: Granularity) -> None:
    plan, text = planned(
        "a = layers.Dense(2)(tf.exp(i))\nb = layers.Dense(2)(tf.exp(i))\n", granularity
    )
    assert text.count("class Exp(") == 1
    assert [site.class_name for site in plan.sites] == ["Exp", "Exp"]
    assert len(plan.unit_edits) == 2
    assert plan.edits == (*plan.module_edits, *plan.unit_edits)


def test_a_plan_without_edits_keeps_its_sites() -> None:
    plan, _ = planned("o = tf.exp(i)\n", "run")
    assert plan.edits
    assert plan.without_edits().edits == ()
    assert plan.without_edits().sites == plan.sites


def test_a_refused_op_leaves_the_whole_expression_alone() -> None:
    plan, text = planned("o = tf.exp(tf.print(i))\n", "op")
    assert [site.status for site in plan.sites] == ["refused"]
    assert plan.edits == ()
    assert text == HEADER + "o = tf.exp(tf.print(i))\n"


def test_layer_names_that_differ_only_in_case_are_kept_apart() -> None:
    body = "Gate = layers.Dense(2)(tf.exp(i))\nscores = tf.abs(i)\nf(scores)\nScores = tf.exp(i)\n"
    plan, _ = planned(body, "expression")
    names = [site.layer_name for site in plan.sites if site.layer_name is not None]
    assert len(names) == 3
    assert len({name.lower() for name in names}) == 3


@pytest.mark.parametrize("granularity", ["expression", "op"])
def test_a_refused_site_inside_the_operand_of_another_is_left_as_it_is(
    granularity: Granularity,
) -> None:
    inside = "tf.nn.relu(tf.exp(i)) + tf.multiply(v, tf.abs(i))"
    body = (
        f"def build():\n    v = tf.Variable(1.0)\n    return tf.add(layers.Dense(4)({inside}), i)\n"
    )
    plan, text = planned(body + "build()\n", granularity)
    assert {site.status for site in plan.sites} == {"rewritable", "refused"}
    assert f"layers.Dense(4)({inside})" in text
    called = {
        node.func.id
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    defined = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)}
    assert {name for name in called if name[0].isupper()} <= defined


@pytest.mark.parametrize("clause", ["finally", "except E"])
def test_what_a_handler_or_finally_reads_is_still_bound_in_nested_suites(clause: str) -> None:
    tried = "        if flag:\n            e = tf.sin(i)\n            e2 = tf.cos(e)\n"
    body = (
        f"def net(flag):\n    e = i\n    try:\n{tried}    {clause}:\n        print(e)\nnet(True)\n"
    )
    _, text = planned(body, "run")
    net = text.partition("def net")[2]
    assert "            e = " in net or "            e, e2 = " in net


def test_a_return_through_finally_keeps_what_finally_reads() -> None:
    body = (
        "def net(flag):\n    e = i\n    try:\n        if flag:\n            e = tf.sin(i)\n"
        "            return tf.cos(e)\n    finally:\n        print(e)\nnet(True)\n"
    )
    _, text = planned(body, "run")
    assert "            e = " in text.partition("def net")[2]


def test_a_global_that_is_returned_through_another_op_is_still_set() -> None:
    body = "def net():\n    global e\n    e = tf.sin(i)\n    return tf.cos(e)\nnet()\nprint(e)\n"
    _, text = planned(body, "run")
    assert "    e = " in text.partition("def net")[2]


def test_a_fault_of_the_planning_is_told_and_changes_nothing() -> None:
    source = (HEADER + "o = tf.exp(i)\n").encode()
    analysis = analyse({PATH: source}, [PATH])
    of_another_file = read_source_text(b"import os\n")
    plan = plan_module(analysis, analysis.modules[PATH], of_another_file, PlanSettings())
    assert not plan.edits
    assert [hazard.code for hazard in plan.hazards] == ["KC207"]
    assert "IndexError" in plan.hazards[0].message and "please report" in plan.hazards[0].message
