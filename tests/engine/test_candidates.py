"""Plans as verification decides them: places, what is planned once, and what comes next."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.engine.candidates import Decisions, is_at, is_uncertain, refined
from codemod.settings import Settings
from codemod.verdict import RawOp
from tests.support.table_verifier import Workbench, workbench
from transforms.sites import refusals
from transforms.syntax.records import Refusal, Site, Span

HEAD = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

i = keras.Input((4,))
"""
# The ops of one run: two in one expression, then one.
RUN = HEAD + "x = tf.exp(tf.sin(i))\nx = tf.cos(x)\nm = keras.Model(i, x)\n"
APART = HEAD + "x = tf.sin(i)\nx = layers.Dense(4)(x)\nx = tf.cos(x)\nm = keras.Model(i, x)\n"
UNSURE = HEAD + "from somewhere import block\nx = tf.sin(block(i))\n"


def op_at(line: int, column: int, end_line: int, end_column: int) -> RawOp:
    return RawOp(
        path=Path("m.py"),
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        op="tf.abs",
        layer="abs",
    )


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (op_at(2, 4, 3, 10), True),  # The same place.
        (op_at(2, 8, 2, 90), True),
        (op_at(3, 0, 3, 10), True),
        (op_at(3, 0, 3, 2), True),
        (op_at(2, 3, 2, 9), False),  # Before it, on its first line.
        (op_at(2, 0, 3, 10), False),
        (op_at(1, 9, 1, 12), False),
        (op_at(1, 9, 2, 6), False),
        (op_at(3, 2, 3, 11), False),  # Beyond its end.
        (op_at(3, 11, 3, 12), False),
        (op_at(2, 4, 4, 1), False),
        (op_at(4, 5, 4, 6), False),
    ],
)
def test_an_op_is_at_a_span_that_holds_it(op: RawOp, expected: bool) -> None:
    assert is_at(Span(2, 4, 3, 10), op) is expected


def test_an_op_at_the_start_of_its_line_has_a_column() -> None:
    assert is_at(Span(2, 0, 2, 5), op_at(2, 0, 2, 5))
    assert not is_at(Span(2, 4, 2, 9), op_at(2, 0, 2, 9))


@pytest.mark.parametrize(
    ("line", "expected"), [(1, False), (2, True), (3, True), (4, True), (5, False)]
)
def test_an_op_without_columns_is_at_all_spans_of_its_line(line: int, expected: bool) -> None:
    assert is_at(Span(2, 4, 4, 10), op_at(line, -1, line, -1)) is expected


def test_only_what_the_analysis_cannot_tell_is_uncertain() -> None:
    span = Span(1, 0, 1, 5)
    for refusal, expected in (
        (None, False),
        (Refusal(code="KC301", text="cannot tell"), True),
        (Refusal(code="KC304", text="prints"), False),
    ):
        site = Site(
            code="KC101",
            span=span,
            ops=("tf.abs",),
            builder="m",
            status="refused",
            refusal=refusal,
        )
        assert is_uncertain(site) is expected


def spans_of(bench: Workbench) -> list[Span]:
    plan = bench.planner.plan(bench.candidates["m"], Decisions())
    return [site.span for site in plan.sites]


def layers_made(bench: Workbench, decisions: Decisions) -> int:
    return bench.planner.plan(bench.candidates["m"], decisions).rewritten.count(
        b"@keras.utils.register"
    )


def test_a_plan_for_the_same_decisions_is_made_once(tmp_path: Path) -> None:
    bench = workbench(tmp_path, m=APART)
    first, second = spans_of(bench)
    plan = bench.planner.plan
    candidate = bench.candidates["m"]
    assert candidate.path == tmp_path / "m.py"
    assert plan(candidate, Decisions()) is plan(candidate, Decisions())
    found = [
        plan(candidate, Decisions()),
        plan(candidate, Decisions(), only=frozenset({first})),
        plan(candidate, Decisions(), only=frozenset({second})),
        plan(candidate, Decisions(), only=frozenset()),
        plan(candidate, Decisions().refusing({first: refusals.not_exercised()})),
        plan(candidate, Decisions().refusing({first: refusals.not_equal("no")})),
        plan(candidate, Decisions().planning_finer([first], "op")),
    ]
    assert len({id(result) for result in found}) == len(found)


def test_sites_that_are_not_asked_for_are_left(tmp_path: Path) -> None:
    bench = workbench(tmp_path, m=APART)
    first, second = spans_of(bench)
    alone = bench.planner.plan(bench.candidates["m"], Decisions(), only={second})
    assert [site.status for site in alone.sites] == ["refused", "rewritable"]
    assert b"\nx = tf.sin(i)\n" in alone.rewritten
    assert b"\nx = tf.cos(x)\n" not in alone.rewritten
    refused = Decisions().refusing({second: refusals.not_equal("no")})
    nothing = bench.planner.plan(bench.candidates["m"], refused, only={second})
    assert nothing.rewritten == APART.encode()
    assert [site.refusal and site.refusal.code for site in nothing.sites] == ["KC311", "KC310"]
    assert bench.planner.plan(bench.candidates["m"], Decisions(), only={first}) != alone


def test_the_settings_reach_the_plan(tmp_path: Path) -> None:
    body = HEAD + "x = tf.sin(i)\ny = i * 2.0\nm = keras.Model(i, [x, y])\n"

    def planned(settings: Settings) -> str:
        bench = workbench(tmp_path, settings, m=body)
        return bench.planner.plan(bench.candidates["m"], Decisions()).rewritten.decode()

    assert "x = Sin(" in planned(Settings())
    assert "x = layers.Lambda(" in planned(Settings(target="lambda"))
    assert "\ny = i * 2.0\n" in planned(Settings())
    assert "\ny = i * 2.0\n" not in planned(Settings(operators="wrap"))
    assert planned(Settings(lines=((1, 5),))) == body
    assert "x = Sin(" in planned(Settings(lines=((6, 6),)))


def test_what_is_confirmed_is_planned(tmp_path: Path) -> None:
    bench = workbench(tmp_path, m=UNSURE)
    (span,) = spans_of(bench)
    plan, candidate = bench.planner.plan, bench.candidates["m"]
    assert plan(candidate, Decisions()).rewritten == UNSURE.encode()
    confirmed = plan(candidate, Decisions(confirmed=frozenset({span})))
    assert confirmed.sites[0].status == "rewritable"
    assert confirmed.rewritten != UNSURE.encode()


def test_a_plan_that_fails_is_made_finer_step_by_step_then_refused(tmp_path: Path) -> None:
    bench = workbench(tmp_path, m=RUN)
    spans = spans_of(bench)
    candidate = bench.candidates["m"]
    decisions = Decisions()
    seen = [layers_made(bench, decisions)]
    for _ in range(2):
        decisions = refined(bench.planner, candidate, decisions, spans, "no")
        seen.append(layers_made(bench, decisions))
    assert seen == [1, 2, 3]
    assert decisions.refused == {}
    decisions = refined(bench.planner, candidate, decisions, iter(spans), "output 0 differs")
    assert decisions.refused == dict.fromkeys(spans, refusals.not_equal("output 0 differs"))
    assert bench.planner.plan(candidate, decisions).rewritten == RUN.encode()


def test_only_the_sites_that_fail_are_planned_finer(tmp_path: Path) -> None:
    bench = workbench(tmp_path, m=RUN + "y = tf.tan(tf.abs(m.output))\n")
    *_, last = spans_of(bench)
    candidate = bench.candidates["m"]
    decisions = refined(bench.planner, candidate, Decisions(), [last], "no")
    # As a single expression it is no coarser as a run: the next step is one layer for each op.
    assert decisions.finer == {last: "op"}
    assert layers_made(bench, decisions) == 3
    decisions = refined(bench.planner, candidate, decisions, [last], "no")
    assert set(decisions.refused) == {last}


def test_sites_are_never_planned_coarser_again(tmp_path: Path) -> None:
    bench = workbench(tmp_path, m=RUN)
    first, second = spans_of(bench)
    fine = Decisions().planning_finer([first], "op")
    decisions = refined(bench.planner, bench.candidates["m"], fine, [first, second], "no")
    assert decisions.finer[first] == "op"


def test_decisions_add_up(tmp_path: Path) -> None:
    one, two = Span(1, 0, 1, 5), Span(2, 0, 2, 5)
    decisions = (
        Decisions(confirmed=frozenset({one}))
        .planning_finer([one], "expression")
        .planning_finer([two], "op")
        .refusing({one: refusals.not_exercised()})
        .refusing({two: refusals.not_equal("no")})
    )
    assert decisions == Decisions(
        finer={one: "expression", two: "op"},
        refused={one: refusals.not_exercised(), two: refusals.not_equal("no")},
        confirmed=frozenset({one}),
    )
