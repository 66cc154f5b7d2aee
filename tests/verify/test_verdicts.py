"""Verdicts from what children found, without running any."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Literal, cast

import pytest

from codemod.engine.verdict_rules import accepted_tiers, is_accepted, why
from codemod.verdict import ModelVerdict, RawOp, Tier, Verdict
from codemod.verify.child.protocol import (
    Answer,
    Compared,
    GraphTier,
    Job,
    OriginalResult,
    RewrittenModel,
    RewrittenResult,
    Told,
)
from codemod.verify.child.told import plain, told, without_lines
from codemod.verify.model_verdicts import ORDER_CHANGED
from codemod.verify.under_keras_3 import Under3, failures_under_3, new_failures, why_not_made
from codemod.verify.verdicts import (
    NOTHING_BUILT,
    keeps_order,
    merged,
    probe_of,
    verdict_of,
)
from codemod.verify.workers import result_of
from tests.support.child_results import original_model, rewritten_model

TIERS: tuple[Tier, ...] = (
    "proved",
    "equal-by-rules",
    "bitwise",
    "close",
    "unverified",
    "different",
)


def of_models(*models: RewrittenModel) -> Verdict:
    original: OriginalResult = {
        "device": "CPU",
        "models": [original_model(f"m{number}") for number in range(len(models))],
    }
    return verdict_of(original, {"models": list(models)}, None)


@pytest.mark.parametrize(
    ("tier", "graph", "decides", "expected"),
    [
        ("bitwise", "proved", False, "proved"),
        ("bitwise", "equal-by-rules", False, "equal-by-rules"),
        ("bitwise", "different", False, "bitwise"),
        ("bitwise", "different", True, "different"),
        ("bitwise", "not compared", False, "bitwise"),
        ("bitwise", None, False, "bitwise"),
        ("close", "proved", False, "close"),
        ("different", "proved", False, "different"),
    ],
)
def test_the_tier_of_a_model(
    tier: Literal["bitwise", "close", "different"],
    graph: GraphTier | None,
    decides: bool,
    expected: Tier,
) -> None:
    found = of_models(rewritten_model(tier, graph, decides))
    assert found.verdict == expected
    assert found.models[0].verdict == expected
    assert found.models[0].bitwise is (tier == "bitwise")


def test_what_the_graphs_say_is_told_with_what_the_samples_say() -> None:
    decided = of_models(rewritten_model("bitwise", "different", True))
    assert decided.reason == ("m0: the samples give the same, the graphs do not: `Sum`: axis is 2")
    apart = of_models(rewritten_model("different", "proved", reason="output 0 differs"))
    assert apart.reason == "m0: output 0 differs, although the graphs are proved"
    evidence = of_models(rewritten_model("bitwise", "different"))
    assert evidence.reason == decided.reason
    opaque = rewritten_model("bitwise", "not compared")
    opaque["graph"]["reason"] = "it calls Python code"
    text = "m0: the samples give the same, the graphs cannot be compared: it calls Python code"
    assert of_models(opaque).reason == text


def test_a_rule_and_its_assumptions_are_told() -> None:
    found = of_models(rewritten_model("bitwise", "equal-by-rules"))
    assert found.models[0].graph == "a rule"
    assert found.assumptions == ("paired by name",)


def test_what_changes_beside_the_outputs_is_different() -> None:
    model = rewritten_model()
    model["changed"] = "the gradient of w is gone"
    found = of_models(model)
    assert (found.verdict, found.reason) == ("different", "m0: the gradient of w is gone")
    assert found.models[0].bitwise is True


def test_a_missing_or_failing_model_is_different() -> None:
    missing: RewrittenModel = {"name": "m", "line": 3, "missing": "it builds fewer models"}
    failing = rewritten_model(graph=None)
    failing["failure"] = "ValueError: no"
    for model, reason in (
        (missing, "it builds fewer models"),
        (failing, "the rewritten model does not run: ValueError: no"),
    ):
        found = of_models(rewritten_model(), model)
        assert (found.verdict, found.reason) == ("different", f"m1: {reason}")


def test_models_whose_weights_move_are_not_accepted() -> None:
    model = rewritten_model()
    del model["difference"]
    model["order_kept"] = False
    found = of_models(model)
    assert found.verdict == "different"
    assert found.models[0].weight_order_kept is False
    assert why(found) == ORDER_CHANGED
    assert not is_accepted(found)
    assert not keeps_order({"models": [rewritten_model(), model]})
    assert keeps_order({"models": [rewritten_model()]})
    assert not keeps_order({"failure": "it ran longer than 3 s"})


def test_only_equal_models_in_the_same_order_are_accepted() -> None:
    for tier in TIERS:
        found = Verdict(verdict=tier)
        assert is_accepted(found) is (tier in ("proved", "equal-by-rules"))
        also = accepted_tiers("bitwise")
        assert is_accepted(found, also) is (tier in ("proved", "equal-by-rules", "bitwise"))
        moved = ModelVerdict(name="m", line=1, verdict=tier, weight_order_kept=False)
        assert not is_accepted(Verdict(verdict=tier, models=(moved,)), also)


@pytest.mark.parametrize("pair", list(itertools.combinations(range(len(TIERS)), 2)))
def test_the_worst_verdict_of_several_counts(pair: tuple[int, int]) -> None:
    better, worse = (Verdict(verdict=TIERS[index], reason=TIERS[index]) for index in pair)
    for order in ((better, worse), (worse, better)):
        assert merged(order).verdict == worse.verdict
        assert merged(order).reason == worse.reason


def test_merged_verdicts_keep_models_assumptions_and_hazards() -> None:
    op = RawOp(path=Path("m.py"), line=1, end_line=1, column=0, end_column=3, op="f", layer="f")
    one = Verdict(
        verdict="proved",
        models=(ModelVerdict(name="a", line=1, verdict="proved"),),
        assumptions=("x", "y"),
        raw_ops_left=(op, replace(op, line=3)),
        hazards=("h",),
    )
    two = Verdict(
        verdict="bitwise",
        models=(ModelVerdict(name="b", line=1, verdict="bitwise"),),
        assumptions=("y", "z"),
        raw_ops_left=(op, replace(op, line=2)),
    )
    found = merged([one, two])
    assert [model.name for model in found.models] == ["a", "b"]
    assert found.assumptions == ("x", "y", "z")
    assert found.raw_ops_left == (op, replace(op, line=3), replace(op, line=2))
    assert found.hazards == ("h",)


def test_a_failure_is_new_whatever_its_line() -> None:
    before: RewrittenResult = {"failures": [told(12, ": NameError: a"), told(13, ": b")]}
    moved: RewrittenResult = {"failures": [told(40, ": NameError: a")]}
    other: RewrittenResult = {"failures": [told(12, ": NameError: c")]}
    inner: RewrittenResult = {"failures": [told(9, ": `x`: ", [7], " was not run (no)")]}
    shifted: RewrittenResult = {"failures": [told(90, ": `x`: ", [70], " was not run (no)")]}
    assert new_failures(before, moved) == []
    assert new_failures(before, other) == ["line 12: NameError: c"]
    assert new_failures(inner, shifted) == []
    assert new_failures({}, inner) == ["line 9: `x`: line 7 was not run (no)"]


def test_what_fails_under_keras_3_alone_is_told_without_what_follows_from_it() -> None:
    before: RewrittenResult = {"failures": [told(20, ": ValueError: no text")]}
    after: RewrittenResult = {
        "failures": [
            told(9, ": TypeError: a"),
            told(12, ": `x`: ", [9], " was not run (TypeError: a)"),
            told(14, ": FileNotFoundError: no model was saved as 'm.h5' in this run"),
            told(20, ": AttributeError: no text"),
        ]
    }
    assert failures_under_3(before, after) == ["line 9: TypeError: a"]


def test_a_statement_that_fails_only_after_the_rewrite_makes_it_different() -> None:
    original: OriginalResult = {"models": [original_model()], "failures": []}
    rewritten: RewrittenResult = {
        "models": [rewritten_model()],
        "failures": [told(4, ": TypeError: no")],
    }
    found = verdict_of(original, rewritten, None)
    assert found.verdict == "different"
    assert found.reason == "only the rewritten source fails: line 4: TypeError: no"


def test_a_model_that_the_original_does_not_build_is_told_with_its_error() -> None:
    original: OriginalResult = {
        "models": [original_model()],
        "failures": [told(9, ": TypeError: none")],
    }
    rewritten: RewrittenResult = {
        "models": [rewritten_model()],
        "failures": [told("it makes another model, `net`")],
    }
    found = verdict_of(original, rewritten, None)
    assert found.verdict == "different"
    assert found.reason == (
        "it makes another model, `net`, which the original does not (line 9: TypeError: none)"
    )


def test_a_rewritten_side_that_came_to_no_end_is_unverified() -> None:
    original: OriginalResult = {"device": "CPU", "models": [original_model()]}
    found = verdict_of(original, {"failure": "it ran longer than 3 s"}, None)
    assert (found.verdict, found.reason) == ("unverified", "it ran longer than 3 s")


NOT_BUILT = "not checked: the rewrite does not build under Keras 3"
NO_ORIGINAL = "not checked: the original does not build there, even with the bridge: "


@pytest.mark.parametrize(
    ("under_3", "keras3", "port"),
    [
        ({"failure": "no Keras 3", "absent": True}, "not checked: no Keras 3", None),
        ({"failure": "crashed"}, "does not build: crashed", NOT_BUILT),
        ({"models": [], "failures": [["no"]]}, "does not build: no", NOT_BUILT),
        ({"models": [{"missing": "gone"}]}, "does not build: gone", NOT_BUILT),
        (
            {"models": [{"failure": "ValueError"}]},
            "does not run: ValueError",
            "not checked: the rewrite does not run under Keras 3",
        ),
        ({"models": [rewritten_model("bitwise")]}, NO_ORIGINAL + "no", "bitwise"),
        # The model is there: what fails after it is another matter.
        (
            {"models": [rewritten_model("bitwise")], "failures": [[9, ": no K.function"]]},
            NO_ORIGINAL + "no",
            "bitwise",
        ),
        (
            {
                "models": [{"missing": "gone"}],
                "failures": [[2, ": first"], [4, ": second"], [9, ": third"]],
            },
            "does not build: line 2: first",
            NOT_BUILT,
        ),
        ({"models": [rewritten_model("close")]}, NO_ORIGINAL + "no", "close (up to 3 ULP)"),
        (
            {"models": [rewritten_model("different", reason="no")]},
            NO_ORIGINAL + "no",
            "different (no)",
        ),
    ],
)
def test_the_claims_where_keras_3_does_not_build_the_original(
    under_3: object, keras3: str, port: str | None
) -> None:
    original: OriginalResult = {"models": [original_model()]}
    without: OriginalResult = {"models": [{"name": "m", "line": 3, "missing": "no"}]}
    both = Under3(rewritten=cast(RewrittenResult, under_3), original=without)
    found = verdict_of(original, {"models": [rewritten_model()]}, both)
    assert (found.models[0].keras3, found.models[0].port) == (keras3, port or keras3)
    assert found.verdict == "proved"


@pytest.mark.parametrize(
    ("here", "keras3"),
    [
        (rewritten_model(), "proved"),
        (rewritten_model(graph="equal-by-rules"), "equal-by-rules"),
        (
            rewritten_model(graph="different"),
            "bitwise (the samples give the same, the graphs do not: `Sum`: axis is 2)",
        ),
        (rewritten_model("different", reason="no"), "different (no, although the graphs are "),
        ({"failure": "ValueError", "order_kept": True, "raw_ops_left": 0}, "different ("),
    ],
)
def test_the_claim_under_keras_3_has_its_tier(here: RewrittenModel, keras3: str) -> None:
    original: OriginalResult = {"models": [original_model()]}
    after: RewrittenModel = {**rewritten_model("close"), "here": cast(Compared, here)}
    both = Under3(rewritten={"models": [after]}, original=original)
    found = verdict_of(original, {"models": [rewritten_model()]}, both)
    claim = found.models[0].keras3 or ""
    assert claim == keras3 or (keras3.endswith(("are ", "(")) and claim.startswith(keras3))
    assert found.models[0].port == "close (up to 3 ULP)"


def test_no_model_is_called_different_that_may_be_another_which_does_not_build() -> None:
    original: OriginalResult = {"models": [original_model("a"), original_model("b")]}
    other = rewritten_model("different", reason="no")
    after: RewrittenModel = {**other, "here": cast(Compared, other), "uncertain": True}
    lost: RewrittenModel = {"name": "a", "line": 3, "missing": "no"}
    both = Under3(rewritten={"models": [lost, after]}, original=original)
    found = verdict_of(original, {"models": [rewritten_model()] * 2}, both)
    reason = "not checked: `a` does not build there, and which model this one is is not certain"
    assert [(model.keras3, model.port) for model in found.models[1:]] == [(reason, reason)]
    assert (found.models[0].keras3 or "").startswith("does not build: ")
    after["uncertain"] = False
    found = verdict_of(original, {"models": [rewritten_model()] * 2}, both)
    assert (found.models[1].keras3 or "").startswith("different (no")


def test_a_model_is_not_built_for_what_failed_in_the_statement_that_makes_it() -> None:
    models: list[RewrittenModel] = [
        {"name": "a", "line": 3, "statement": 20},
        {"name": "b", "line": 3, "statement": 30, "call": "build()"},
    ]
    failures: list[Told] = [
        told(12, ": no callback"),
        told(20, " (raised at ", 3, "): no loss"),
        told("build()", ": no size"),
    ]
    assert why_not_made(models, 0, failures) == "line 20 (raised at line 3): no loss"
    assert why_not_made(models, 1, failures) == "build(): no size"
    lacking: Told = [20, ": `x`: ", *told(12), " was not run (no callback)"]
    assert why_not_made(models, 0, [failures[0], lacking]) == "line 12: no callback"
    assert why_not_made(models, 0, failures[:1]) == "line 12: no callback"
    assert why_not_made(models, 0, []) is None


def test_nothing_is_claimed_under_a_keras_3_that_was_not_asked() -> None:
    found = verdict_of({"models": [original_model()]}, {"models": [rewritten_model()]}, None)
    assert (found.models[0].keras3, found.models[0].port) == (None, None)


def test_the_probe_tells_why_nothing_can_be_compared() -> None:
    running, broken = original_model("a"), original_model("b")
    broken["failure"] = "ValueError: no input fits the model"
    assert probe_of({"models": [running, broken]}).models == ("a",)
    assert probe_of({"models": [running, broken]}).failure is None
    only_broken = probe_of({"models": [broken]})
    assert only_broken.failure == "the original b does not run: ValueError: no input fits the model"
    failures: list[Told] = [told(number, ": no") for number in range(1, 5)]
    nothing = probe_of({"models": [], "failures": failures})
    assert nothing.failure == "no model was built: line 1: no; line 2: no; line 3: no"
    assert nothing.assumptions[0] == "not run: line 1: no"
    assert probe_of({"models": []}).failure is None
    assert NOTHING_BUILT.endswith("--build")


def test_raw_ops_of_models_that_do_not_run_are_left_out() -> None:
    broken = original_model("b")
    broken["failure"] = "no"
    place = {"path": "m.py", "line": 1, "end_line": 1, "column": 0, "end_column": 3}
    op = {**place, "layer": "l", "tensors": []}
    result = {
        "models": [original_model("a"), broken],
        "raw_ops": [
            {**op, "op": "in both", "models": [0, 1]},
            {**op, "line": 2, "op": "in the broken one", "models": [1]},
            {**op, "line": 3, "op": "in no model", "models": []},
            {**op, "op": "at the same place", "models": [0]},
        ],
    }
    found = probe_of(cast(OriginalResult, result)).raw_ops
    assert [op.op for op in found] == ["at the same place", "in no model"]


def test_line_numbers_in_foreign_texts_are_numbers_too() -> None:
    text = told("ValueError: see line 12 of baseline 7")
    assert text == ["ValueError: see ", 12, " of baseline 7"]
    assert plain(text) == "ValueError: see line 12 of baseline 7"
    assert told("line 3") == told(3) == [3]
    assert without_lines(text) == "ValueError: see line of baseline 7"


def test_a_child_that_came_to_no_end_has_no_result(tmp_path: Path) -> None:
    job: Job = {
        "kind": "original",
        "result": str(tmp_path / "result.json"),
        "working_folder": str(tmp_path),
        "time_limit": 1.0,
        "memory_limit": None,
    }
    crashed: Answer = {"status": "crashed", "detail": "it was ended by SIGSEGV"}
    done: Answer = {"status": "done", "detail": "it exited with 0"}
    assert result_of(job, {"failure": "it ended"}) == {"failure": "it ended"}
    assert result_of(job, done) == {"failure": "running the code failed: it exited with 0"}
    (tmp_path / "result.json").write_text(json.dumps({"device": "CPU"}))
    assert result_of(job, done) == {"device": "CPU"}
    assert result_of(job, crashed) == {
        "failure": "running the code failed: it was ended by SIGSEGV"
    }
