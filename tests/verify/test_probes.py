"""What is known of an original after it ran: its raw ops, its models, its failures."""

from __future__ import annotations

from pathlib import Path

from codemod.verdict import RawOp, Verdict
from codemod.verify.child.protocol import OriginalModel, OriginalResult, RawOpRecord
from codemod.verify.records import Probe
from codemod.verify.verdicts import NOTHING_BUILT, probe_of, raw_ops_of, unverified
from tests.support.child_results import original_model

BROKEN: OriginalModel = {**original_model("b"), "failure": "no input fits"}


def raw_op(line: int = 1, models: tuple[int, ...] = (), op: str = "tf.abs") -> RawOpRecord:
    return {
        "path": "/m.py",
        "line": line,
        "end_line": line + 1,
        "column": 4,
        "end_column": 9,
        "op": op,
        "layer": "tf.math.abs",
        "models": list(models),
        "tensors": [0],
        "lists": [],
        "in_block": False,
        "inexact": "",
        "inner": "",
    }


def test_a_raw_op_is_told_with_its_place() -> None:
    assert raw_ops_of({"raw_ops": [raw_op(7)]}) == [
        RawOp(
            path=Path("/m.py"),
            line=7,
            end_line=8,
            column=4,
            end_column=9,
            op="tf.abs",
            layer="tf.math.abs",
            tensors=(0,),
            is_loose=True,
        )
    ]
    assert raw_ops_of({}) == []


def test_raw_ops_of_a_rewrite_count_in_whatever_model_they_are() -> None:
    found = raw_ops_of({"raw_ops": [raw_op(1, (0,)), raw_op(2, (5,)), raw_op(3)]})
    assert [op.line for op in found] == [1, 2, 3]


def test_places_on_one_line_are_told_apart() -> None:
    left, right = raw_op(1), raw_op(1)
    right["column"] = 5
    assert len(raw_ops_of({"raw_ops": [left, right, raw_op(1, op="tf.exp")]})) == 2


def test_what_a_whole_model_shows_too_is_not_in_a_block_alone() -> None:
    of_block = raw_op(3)
    of_block["in_block"] = True
    (alone,) = raw_ops_of({"raw_ops": [of_block, of_block]})
    (both,) = raw_ops_of({"raw_ops": [of_block, raw_op(3)]})
    assert (alone.in_block, both.in_block) == (True, False)


def test_the_failure_of_the_run_is_that_of_the_probe() -> None:
    found = probe_of({"failure": "it ran longer than 3 s", "failures": [["line 2: no"]]})
    assert found == Probe(failure="it ran longer than 3 s", assumptions=("not run: line 2: no",))
    result: OriginalResult = {"failure": "memory", "models": [BROKEN], "failures": [["no"]]}
    assert probe_of(result).failure == "memory"


def test_nothing_is_wrong_with_a_run_that_builds_nothing() -> None:
    assert probe_of({}) == Probe()


def test_failed_statements_are_no_failure_where_a_model_runs() -> None:
    found = probe_of({"models": [original_model("a")], "failures": [["line ", 2, ": no"]]})
    assert found.failure is None
    assert found.models == ("a",)


def test_what_a_verdict_takes_for_granted_is_listed() -> None:
    result: OriginalResult = {
        "models": [original_model("a"), BROKEN],
        "failures": [[2, ": no"]],
        "notes": ["Model.fit was left out"],
    }
    assert probe_of(result).assumptions == (
        "Model.fit was left out",
        "not run: line 2: no",
        "not compared: the original b does not run: no input fits",
    )


def test_a_raw_op_counts_where_one_model_that_holds_it_runs() -> None:
    result: OriginalResult = {
        "models": [BROKEN, original_model("a")],
        "raw_ops": [raw_op(1, (0,)), raw_op(2, (1,)), raw_op(3, (0, 1)), raw_op(4)],
    }
    assert [op.line for op in probe_of(result).raw_ops] == [2, 3, 4]


def test_nothing_to_compare_is_unverified_for_the_reason_of_the_probe() -> None:
    found = unverified(Probe(failure="no", assumptions=("a",)), "CPU")
    assert found == Verdict(verdict="unverified", reason="no", device="CPU", assumptions=("a",))
    assert unverified(Probe(), "CPU").reason == NOTHING_BUILT


def test_a_stand_in_is_the_last_thing_that_may_be_why() -> None:
    stand_in = "the package `wandb` is not installed: a stand-in was used"
    found = probe_of({"failures": [[stand_in], ["f(): ValueError: no"]]})
    assert found.failure == f"no model was built: f(): ValueError: no; {stand_in}"
    assert found.assumptions == (stand_in, "not run: f(): ValueError: no")
