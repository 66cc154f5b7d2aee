"""The verdict of one model as a whole record, and what a verdict says beside its tier."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from codemod.verdict import ModelVerdict, RawOp, Verdict
from codemod.verify.child.protocol import (
    Compared,
    GraphTier,
    OriginalModel,
    OriginalResult,
    RewrittenModel,
    RewrittenResult,
)
from codemod.verify.model_verdicts import ORDER_CHANGED
from codemod.verify.under_keras_3 import Under3
from codemod.verify.verdicts import keeps_order, verdict_of
from tests.support.child_results import original_model, rewritten_model

HERE: Compared = cast(Compared, rewritten_model())
UNDER_3 = Under3(
    original={"models": [original_model()]},
    rewritten={"models": [{**rewritten_model(), "here": HERE}]},
)


def compared(
    after: RewrittenModel,
    before: OriginalModel | None = None,
    under_3: Under3 | None = None,
) -> Verdict:
    original: OriginalResult = {"device": "CPU", "models": [before or original_model()]}
    return verdict_of(original, {"models": [after]}, under_3)


def without(model: RewrittenModel, *keys: str) -> RewrittenModel:
    return cast(RewrittenModel, {key: value for key, value in model.items() if key not in keys})


def test_a_proved_model_has_all_its_fields() -> None:
    assert compared(rewritten_model(), under_3=UNDER_3).models == (
        ModelVerdict(
            name="m",
            line=3,
            verdict="proved",
            proved=True,
            bitwise=True,
            keras3="proved",
            port="bitwise",
            raw_ops_left=0,
            weight_order_kept=True,
        ),
    )


def test_a_different_model_tells_how_many_raw_ops_are_left() -> None:
    after = rewritten_model("different", "different", reason="output 0 differs")
    after["raw_ops_left"] = 2
    assert compared(after).models == (
        ModelVerdict(
            name="m",
            line=3,
            verdict="different",
            reason="output 0 differs; `Sum`: axis is 2",
            proved=False,
            bitwise=False,
            raw_ops_left=2,
            weight_order_kept=True,
            graph="`Sum`: axis is 2",
        ),
    )


@pytest.mark.parametrize(
    ("graph", "proved"),
    [("proved", True), ("equal-by-rules", False), ("different", False), ("not compared", None)],
)
def test_a_model_is_proved_by_its_graph_alone(graph: GraphTier, proved: bool | None) -> None:
    assert compared(rewritten_model(graph=graph)).models[0].proved is proved
    assert compared(rewritten_model(graph=None)).models[0].proved is None


def test_all_rules_are_told() -> None:
    after = rewritten_model(graph="equal-by-rules")
    after["graph"]["rules"] = ["the same axis", "the same constant"]
    assert compared(after).models[0].graph == "the same axis; the same constant"
    assert compared(rewritten_model(graph=None)).models[0].graph == ""


def test_a_missing_model_has_the_line_of_the_original() -> None:
    after: RewrittenModel = {"name": "m", "line": 9, "missing": "it builds fewer models"}
    assert compared(after, under_3=UNDER_3).models == (
        ModelVerdict(
            name="m",
            line=3,
            verdict="different",
            reason="it builds fewer models",
            keras3="proved",
            port="bitwise",
        ),
    )


def test_a_model_that_was_not_run_since_its_weights_moved() -> None:
    after = without(rewritten_model(), "difference")
    after["order_kept"] = False
    assert compared(after, under_3=UNDER_3).models == (
        ModelVerdict(
            name="m",
            line=3,
            verdict="different",
            reason=ORDER_CHANGED,
            keras3="proved",
            port="bitwise",
            weight_order_kept=False,
        ),
    )


def test_a_model_that_was_run_keeps_its_tier_although_its_weights_moved() -> None:
    after = rewritten_model("different", reason="output 0 differs")
    after["order_kept"] = False
    found = compared(after).models[0]
    assert found.reason.startswith("output 0 differs")
    assert found.weight_order_kept is False
    failing = without(after, "difference")
    failing["failure"] = "ValueError: no"
    found = compared(failing).models[0]
    assert found.reason == (
        "the rewritten model does not run: ValueError: no, although the graphs are proved"
    )
    assert found.weight_order_kept is False


def test_an_original_that_does_not_run_leaves_its_model_unverified() -> None:
    before = original_model()
    before["failure"] = "no input fits"
    found = compared(without(rewritten_model(graph=None), "difference"), before, UNDER_3)
    assert found.models == (
        ModelVerdict(
            name="m",
            line=3,
            verdict="unverified",
            reason="no input fits",
            keras3="built",
            raw_ops_left=0,
            weight_order_kept=True,
        ),
    )
    assert (found.verdict, found.reason) == ("unverified", "m: no input fits")


def test_a_model_that_does_not_run_does_not_hide_the_others() -> None:
    broken = original_model("b")
    broken["failure"] = "no input fits"
    original: OriginalResult = {"models": [original_model("a"), broken]}
    after: RewrittenResult = {
        "models": [rewritten_model(), without(rewritten_model(graph=None), "difference")]
    }
    found = verdict_of(original, after, None)
    assert (found.verdict, found.reason) == ("proved", "")
    assert [model.verdict for model in found.models] == ["proved", "unverified"]
    assert found.assumptions == (
        "not compared: the original b does not run: no input fits",
        "paired by name",
    )


def test_what_the_samples_show_is_told_before_what_changed_beside_them() -> None:
    after = rewritten_model("different", reason="output 0 differs")
    after["changed"] = "the gradient of w is gone"
    assert compared(after).models[0].reason == "output 0 differs, although the graphs are proved"


@pytest.mark.parametrize(
    ("tier", "graph", "reason"),
    [
        ("close", "proved", "3 ULP, although the graphs are proved"),
        ("close", "not compared", "3 ULP"),
        ("different", "different", "3 ULP; `Sum`: axis is 2"),
        ("different", "equal-by-rules", "3 ULP, although the graphs are equal-by-rules"),
    ],
)
def test_samples_that_differ_are_told_with_the_graphs(
    tier: str, graph: GraphTier, reason: str
) -> None:
    after = rewritten_model("close" if tier == "close" else "different", graph, reason="3 ULP")
    assert compared(after).models[0].reason == reason


@pytest.mark.parametrize("graph", ["proved", "equal-by-rules"])
def test_assumptions_of_a_graph_are_those_of_what_it_proves(graph: GraphTier) -> None:
    assert compared(rewritten_model(graph=graph)).assumptions == ("paired by name",)
    assert compared(rewritten_model("close", graph)).assumptions == ()


def test_notes_of_both_sides_are_told_once() -> None:
    after = rewritten_model()
    after["note"] = "no gradients: too large"
    after["notes"] = ["checkpoint h5 was not loaded"]
    original: OriginalResult = {
        "models": [original_model("a"), original_model("b")],
        "notes": ["Model.fit was left out"],
    }
    found = verdict_of(original, {"models": [after, after]}, None)
    assert found.assumptions == (
        "Model.fit was left out",
        "no gradients: too large",
        "a: checkpoint h5 was not loaded",
        "b: checkpoint h5 was not loaded",
        "paired by name",
    )


def test_the_device_is_that_of_the_original() -> None:
    original: OriginalResult = {"device": "NVIDIA H100", "models": [original_model()]}
    after: RewrittenResult = {"models": [rewritten_model()], "device": "CPU"}
    broken: RewrittenResult = {**after, "failures": [["no"]]}
    for rewritten in after, broken, RewrittenResult(failure="it ran longer than 3 s"):
        assert verdict_of(original, rewritten, None).device == "NVIDIA H100"
    assert verdict_of({"models": [original_model()]}, after, None).device == ""


def test_raw_ops_that_the_rewrite_leaves_are_told() -> None:
    left = RawOp(path=Path("/m.py"), line=7, end_line=7, column=4, end_column=9, op="a", layer="l")
    after: RewrittenResult = {
        "models": [rewritten_model()],
        "raw_ops": [
            {
                "path": "/m.py",
                "line": 7,
                "end_line": 7,
                "column": 4,
                "end_column": 9,
                "op": "a",
                "layer": "l",
                "models": [0],
                "tensors": [],
                "lists": [],
                "in_block": False,
                "inexact": "",
                "inner": "",
            }
        ],
    }
    assert verdict_of({"models": [original_model()]}, after, None).raw_ops_left == (left,)


def test_weights_of_a_model_that_says_nothing_of_them_are_not_kept() -> None:
    missing: RewrittenModel = {"name": "m", "line": 3, "missing": "it builds fewer models"}
    assert keeps_order({"models": [missing]}) is False
    assert keeps_order({"models": []}) is True
