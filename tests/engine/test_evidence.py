"""What the originals show when they run, and what follows for the sites."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from codemod.engine.candidates import Decisions
from codemod.engine.evidence import Evidence, first_decisions, gather_evidence, why_not_shown
from codemod.engine.model_runs import ModelRun
from codemod.settings import Settings
from codemod.verdict import RawOp, Verdict
from codemod.verify.records import Probe, VerifyRequest
from codemod.verify.verdicts import NOTHING_BUILT
from tests.support.table_verifier import (
    TableVerifier,
    Workbench,
    probe_all,
    raw_ops,
    verdict,
    workbench,
)
from transforms.sites import refusals
from transforms.syntax.records import Generations

HEAD = """\
import tensorflow as tf
from tensorflow import keras
from somewhere import block

i = keras.Input((4,))
"""
ONE = HEAD + "m = keras.Model(i, tf.sin(i))\n"
TWO = HEAD + "m = keras.Model(i, tf.cos(i))\n"
BUILDER = HEAD + "def build():\n    x = keras.Input((4,))\n    return keras.Model(x, tf.cos(x))\n"
CALLER = HEAD + "from b import build\ndef main():\n    build()\n"
SURE_AND_UNSURE = HEAD + "x = tf.sin(i)\ny = tf.cos(block(i))\nz = tf.print(i)\n"


class Prober(TableVerifier):
    """Answers probes with those files that it is told each run shows; notes which were asked."""

    def __init__(self, **shown: str) -> None:
        super().__init__(lambda request: verdict("proved"), self._answer)
        self.shown = shown
        self.probed: list[str] = []

    def _answer(self, request: VerifyRequest) -> Probe:
        name = request.builds[0] if request.builds else request.entry.stem
        self.probed.append(name)
        ops = [
            op
            for path, source in request.originals.items()
            if path.stem in self.shown.get(name, "").split()
            for op in raw_ops(path, source)
        ]
        return Probe(raw_ops=tuple(ops), models=("m",))


def gathered(bench: Workbench, verifier: TableVerifier, *runs: ModelRun) -> Evidence:
    candidates = list(bench.candidates.values())
    told: list[str] = []
    return gather_evidence(verifier, bench.planner, candidates, runs, told.append)


def test_files_are_run_until_every_site_was_seen(tmp_path: Path) -> None:
    bench = workbench(tmp_path, a=ONE, b=TWO, c=HEAD)
    a, b, c = (ModelRun(bench.candidates[name].path) for name in "abc")
    early = Prober(a="a b")
    assert list(gathered(bench, early, a, b, c).probes) == [a]
    late = Prober(a="a", b="b")
    assert list(gathered(bench, late, a, b, c).probes) == [a, b]
    never = Prober(a="a")
    assert list(gathered(bench, never, a, b, c).probes) == [a, b, c]
    assert (early.probed, late.probed) == (["a"], ["a", "b"])
    # No function leads to the rest: calls could not show it.
    assert never.probed == ["a", "b", "c"]


def test_modules_that_only_define_things_are_not_run_alone(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text("")
    source = "import tensorflow as tf\ndef block(i):\n    x = tf.keras.Input((4,))\n"
    bench = workbench(tmp_path, a=source + "    return tf.keras.Model(x, tf.abs(x))\n")
    run = ModelRun(bench.candidates["a"].path)
    asked: list[VerifyRequest] = []

    def answer(request: VerifyRequest) -> Probe:
        asked.append(request)
        return Probe(tried=("block(1): KeyError",), failure="it is broken")

    found = gathered(bench, TableVerifier(lambda request: verdict("proved"), answer), run)
    assert [bool(request.wanted) for request in asked] == [True]
    assert why_not_shown(found, run.entry) == Verdict(verdict="unverified", reason="it is broken")


def test_files_for_which_there_is_no_time_are_told(tmp_path: Path) -> None:
    bench = workbench(tmp_path, a=CALLER, b=BUILDER, c=ONE)
    candidates = list(bench.candidates.values())
    runs = [ModelRun(candidate.path) for candidate in candidates]
    evidence = gather_evidence(Prober(), bench.planner, candidates, runs, print, seconds=-1.0)
    a, b, c = (candidate.path for candidate in candidates)
    assert (evidence.probes, evidence.not_run) == ({}, (a, b, c))
    decided = first_decisions(bench.planner, bench.candidates["c"], evidence)
    assert [*decided.refused.values()] == [refusals.not_reached(3)]


def test_calls_are_made_up_for_what_no_run_shows(tmp_path: Path) -> None:
    bench = workbench(tmp_path, a=CALLER, b=BUILDER, c=HEAD)
    a, b, c = (ModelRun(bench.candidates[name].path) for name in "abc")
    asked: list[VerifyRequest] = []

    def answer(request: VerifyRequest) -> Probe:
        asked.append(request)
        paths = {path for path, *_ in request.wanted} if request.entry == a.entry else set()
        ops = [op for path in paths for op in raw_ops(path, request.originals[path])]
        return Probe(raw_ops=tuple(ops), models=("m",))

    verifier = TableVerifier(lambda request: verdict("proved"), answer)
    found = gathered(bench, verifier, a, c)
    wanted = frozenset({(b.entry, 8, 8, True, 26, 35)})
    # The lines that running the files did not show; the first run that shows them takes the place.
    assert [request.wanted for request in asked] == [frozenset(), frozenset(), wanted]
    assert list(found.probes) == [c, replace(a, wanted=wanted)]


def test_calls_that_show_nothing_are_kept_for_the_files_that_they_are_in(tmp_path: Path) -> None:
    bench = workbench(tmp_path, a=CALLER, b=BUILDER, c=HEAD)
    a, b, c = (ModelRun(bench.candidates[name].path) for name in "abc")

    def answer(request: VerifyRequest) -> Probe:
        is_tried = bool(request.wanted) and request.entry != c.entry
        return Probe(tried=(f"{request.entry.stem}(): KeyError",) if is_tried else ())

    found = gathered(bench, TableVerifier(lambda request: verdict("proved"), answer), a, b, c)
    assert found.tried_for(b.entry) == ("b(): KeyError",)
    # Nothing of its own was called: what calls it was.
    assert found.tried_for(c.entry) == ("a(): KeyError", "b(): KeyError")


def test_what_fails_before_there_is_a_model_shows_nothing(tmp_path: Path) -> None:
    bench = workbench(tmp_path, a=BUILDER)
    run = ModelRun(bench.candidates["a"].path)

    def answer(request: VerifyRequest) -> Probe:
        return Probe(raw_ops=raw_ops(run.entry, BUILDER.encode()), failure="the sizes do not fit")

    verifier = TableVerifier(lambda request: verdict("proved"), answer)
    evidence = gathered(bench, verifier, run)
    assert evidence.raw_ops == {run: ()}
    decided = first_decisions(bench.planner, bench.candidates["a"], evidence)
    assert [*decided.refused.values()] == [refusals.not_exercised()]


def test_what_ends_in_no_model_shows_nothing(tmp_path: Path) -> None:
    bench = workbench(tmp_path, a=ONE + "x = tf.cos(i)\n")
    run = ModelRun(bench.candidates["a"].path)

    def answer(request: VerifyRequest) -> Probe:
        first, *others = probe_all(request).raw_ops
        return Probe(raw_ops=(first, *(replace(op, is_loose=True) for op in others)), models=("m",))

    evidence = gathered(bench, TableVerifier(lambda request: verdict("proved"), answer), run)
    decided = first_decisions(bench.planner, bench.candidates["a"], evidence)
    assert len(evidence.raw_ops[run]) == 1
    assert [*decided.refused.values()] == [refusals.not_exercised()]


def test_what_keras_3_applies_itself_may_stay_where_it_alone_is_meant(tmp_path: Path) -> None:
    source = HEAD + "x = keras.applications.vgg16.preprocess_input(i)\nm = keras.Model(i, x)\n"
    for generations, refusal in (
        ("both", refusals.not_exercised()),
        ("keras3", refusals.applied_by_keras_3()),
    ):
        bench = workbench(
            tmp_path, Settings(generations=cast("Generations", generations)), a=source
        )
        run = ModelRun(bench.candidates["a"].path)
        evidence = Evidence(probes={run: Probe(models=("m",))}, raw_ops={run: ()})
        decided = first_decisions(bench.planner, bench.candidates["a"], evidence)
        assert [*decided.refused.values()] == [refusal]


def test_a_raw_op_of_another_file_on_the_same_line_is_not_the_one(tmp_path: Path) -> None:
    bench = workbench(tmp_path, a=ONE, b=ONE)
    a, b = (ModelRun(bench.candidates[name].path) for name in "ab")
    verifier = Prober(a="a", b="b")
    assert list(gathered(bench, verifier, a, b).probes) == [a, b]


def test_sites_that_the_analysis_is_unsure_of_have_to_be_seen_too(tmp_path: Path) -> None:
    unsure = HEAD + "m = keras.Model(i, tf.sin(block(i)))\n"
    bench = workbench(tmp_path, a=HEAD, b=unsure)
    a, b = (ModelRun(bench.candidates[name].path) for name in "ab")
    verifier = Prober(b="b")
    assert list(gathered(bench, verifier, a, b).probes) == [a, b]
    never = HEAD + "m = tf.print(i)\n"
    refused = workbench(tmp_path / "refused", a=HEAD, b=never)
    run = ModelRun(refused.candidates["a"].path)
    assert gathered(refused, Prober(), run).probes == {}


def test_every_build_is_run(tmp_path: Path) -> None:
    bench = workbench(tmp_path, a=ONE)
    path = bench.candidates["a"].path
    runs = [ModelRun(path, "one()"), ModelRun(path, "two()")]
    verifier = Prober(**{"one()": "a"})
    assert list(gathered(bench, verifier, *runs).probes) == runs
    assert verifier.probed == ["one()", "two()"]


def test_only_raw_ops_of_the_candidates_count(tmp_path: Path) -> None:
    bench = workbench(tmp_path, a=ONE)
    run = ModelRun(bench.candidates["a"].path)
    other = raw_ops(tmp_path / "other.py", TWO.encode())

    def probe(request: VerifyRequest) -> Probe:
        return Probe(raw_ops=(*other, *probe_all(request).raw_ops), models=("m",))

    evidence = gathered(bench, TableVerifier(lambda request: verdict("proved"), probe), run)
    own = raw_ops(bench.candidates["a"].path, ONE.encode())
    assert evidence.raw_ops == {run: own}
    assert evidence.raw_ops_of(bench.candidates["a"].path) == own
    assert evidence.raw_ops_of(tmp_path / "other.py") == ()


def test_runs_of_a_file_are_those_that_show_its_raw_ops(tmp_path: Path) -> None:
    bench = workbench(tmp_path, a=ONE, b=TWO)
    a, b = (bench.candidates[name].path for name in "ab")
    runs = [ModelRun(a, build) for build in ("one()", "two()", "three()")]
    verifier = Prober(**{"one()": "a", "two()": "a b"})
    evidence = gathered(bench, verifier, *runs)
    assert evidence.runs_with(a) == (runs[0], runs[1])
    assert evidence.runs_with(b) == (runs[1],)
    assert len(evidence.raw_ops_of(a)) == 2


def test_sites_are_confirmed_where_a_run_shows_them_and_refused_where_none_does(
    tmp_path: Path,
) -> None:
    bench = workbench(tmp_path, a=SURE_AND_UNSURE)
    candidate = bench.candidates["a"]
    sine, cosine, printed = (site.span for site in bench.planner.plan(candidate, Decisions()).sites)
    run = ModelRun(candidate.path)
    ops = raw_ops(candidate.path, candidate.source)

    def decided(*lines: int) -> Decisions:
        shown = tuple(op for op in ops if op.line in lines)
        evidence = Evidence(probes={run: Probe(raw_ops=shown)}, raw_ops={run: shown})
        return first_decisions(bench.planner, candidate, evidence)

    assert decided() == Decisions(refused={sine: refusals.not_exercised()})
    assert decided(sine.line) == Decisions()
    assert decided(sine.line, cosine.line, printed.line) == Decisions(
        confirmed=frozenset({cosine, printed})
    )
    assert decided(cosine.line) == Decisions(
        confirmed=frozenset({cosine}), refused={sine: refusals.not_exercised()}
    )


def test_a_size_that_nothing_reads_is_shown_by_an_op_in_no_model(tmp_path: Path) -> None:
    dead = "def build():\n    n = tf.shape(i)[0]\n    return keras.Model(i, tf.sin(i))\nbuild()\n"
    bench = workbench(tmp_path, a=HEAD + dead)
    candidate = bench.candidates["a"]
    size, _ = (site.span for site in bench.planner.plan(candidate, Decisions()).sites)
    run = ModelRun(candidate.path)
    ops = raw_ops(candidate.path, candidate.source)
    in_models = tuple(op for op in ops if op.line != size.line)
    loose = tuple(replace(op, is_loose=True) for op in ops if op.line == size.line)

    def decided(*shown: RawOp) -> Decisions:
        probe = Probe(models=("m",), raw_ops=(*in_models, *shown))
        evidence = Evidence(probes={run: probe}, raw_ops={run: in_models})
        return first_decisions(bench.planner, candidate, evidence)

    assert decided(*loose) == Decisions()
    # It needs no model of its own.
    evidence = gathered(bench, Prober(a="a"), run)
    place = (size.line, size.end_line, False, size.column, size.end_column)
    assert {run.dead for run in evidence.probes} == {frozenset({(run.entry, *place)})}
    assert decided() == Decisions(refused={size: refusals.not_exercised()})


def test_what_only_models_of_blocks_show_is_one_layer_for_each_op(tmp_path: Path) -> None:
    bench = workbench(tmp_path, a=HEAD + "x = tf.sin(tf.cos(i))\ny = tf.abs(tf.exp(i))\n")
    candidate = bench.candidates["a"]
    first, _ = (site.span for site in bench.planner.plan(candidate, Decisions()).sites)
    run = ModelRun(candidate.path)
    shown = tuple(
        replace(op, in_block=op.line == first.line)
        for op in raw_ops(candidate.path, candidate.source)
    )
    evidence = Evidence(probes={run: Probe(raw_ops=shown)}, raw_ops={run: shown})
    assert first_decisions(bench.planner, candidate, evidence) == Decisions(finer={first: "op"})


FAILS = Probe(failure="n is 0", assumptions=("x", "y"))
SILENT = Probe(assumptions=("y", "z"))
BUILDS = Probe(models=("m",))


@pytest.mark.parametrize(
    ("builds", "probes", "expected"),
    [
        # A run that makes models, and none that fails: the code is not needed.
        ((None,), [BUILDS], None),
        ((None, None), [FAILS, BUILDS], None),
        (("one()",), [BUILDS], None),
        ((None,), [FAILS], ("n is 0", ("x", "y"))),
        ((None,), [SILENT], (NOTHING_BUILT, ("y", "z"))),
        ((None, None), [SILENT, FAILS], ("n is 0", ("y", "z", "x"))),
        # A build that fails might have shown it.
        (("one()", "two()"), [BUILDS, FAILS], ("n is 0", ("x", "y"))),
        (("one()", "two()"), [BUILDS, SILENT], (NOTHING_BUILT, ("y", "z"))),
        ((), [], (NOTHING_BUILT, ())),
    ],
)
def test_why_no_run_shows_a_file(
    builds: tuple[str | None, ...],
    probes: list[Probe],
    expected: tuple[str, tuple[str, ...]] | None,
) -> None:
    runs = [ModelRun(Path(f"{index}.py"), build) for index, build in enumerate(builds)]
    evidence = Evidence(probes=dict(zip(runs, probes)), raw_ops={})
    found = why_not_shown(evidence, Path("other.py"))
    if expected is None:
        assert found is None
    else:
        reason, assumptions = expected
        assert found == Verdict(verdict="unverified", reason=reason, assumptions=assumptions)


def test_what_a_file_says_itself_comes_first() -> None:
    paths = [Path("first.py"), Path("second.py")]
    probes = [Probe(raw_ops=(), models=(), failure=f"of {path}", assumptions=()) for path in paths]
    evidence = Evidence(
        probes={ModelRun(path): probe for path, probe in zip(paths, probes)}, raw_ops={}
    )
    for path in paths:
        found = why_not_shown(evidence, path)
        assert found is not None and found.reason == f"of {path}"


def test_builds_that_make_no_model_are_listed() -> None:
    path = Path("m.py")
    probes = {
        ModelRun(path, "good()"): BUILDS,
        ModelRun(path, "bad()"): FAILS,
        ModelRun(path, "silent()"): SILENT,
        ModelRun(path): FAILS,
    }
    assert Evidence(probes=probes, raw_ops={}).builds_without_models() == (
        "not built: bad(): n is 0",
        "not built: silent(): it gives no functional model",
    )
