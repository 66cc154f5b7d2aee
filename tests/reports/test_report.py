"""Reports in every format, written from results as the engine gives them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from codemod.errors import CodemodError
from codemod.interrupts import Ended
from codemod.reports.report import Reporting, report
from codemod.results import FileResult
from codemod.settings import Command, Format, Verbosity, View
from codemod.verdict import ModelVerdict, Verdict
from tests.support.report_schema import check_report
from tests.support.sarif_demands import applied, check_log
from transforms.syntax.records import Hazard, Refusal, Site, Span

EINSUM = Site(
    code="KC101",
    span=Span(7, 4, 7, 37),
    ops=("tf.einsum",),
    builder="module",
    status="rewritten",
    target="lambda",
    layer_name="einsum",
)
SCALE = Site(
    code="KC103",
    span=Span(9, 4, 11, 5),
    ops=("K.mean", "tf.nn.relu"),
    builder="build_model",
    status="rewritable",
    target="layer",
    layer_name="scale",
    class_name="Scale",
)
REFUSED = Site(
    code="KC101",
    span=Span(8, 0, 8, 9),
    ops=("tf.print",),
    builder="module",
    status="refused",
    refusal=Refusal(code="KC305", text="prints when it runs"),
)
HAZARD = Hazard("KC201", Span(7, 4, 7, 37), "tf.reduce_sum(x, axis=0) drops the batch dimension")
SAME = Verdict(
    verdict="bitwise",
    device="NVIDIA H100",
    models=(
        ModelVerdict(
            name="encoder",
            line=12,
            verdict="bitwise",
            reason="",
            proved=None,
            bitwise=True,
            keras3="proved",
            port="close",
            raw_ops_left=0,
            weight_order_kept=True,
        ),
        ModelVerdict(name="decoder", line=20, verdict="proved", proved=True),
    ),
    assumptions=("line 30: fit was not run",),
    hazards=("`encoder`: loading it from .keras fails (ValueError)",),
)
DIFFERENT = Verdict(
    verdict="different",
    reason="first difference in layer einsum (model.py:7)",
    device="CPU",
    models=(
        ModelVerdict(name="encoder", line=12, verdict="bitwise"),
        ModelVerdict(
            name="decoder", line=20, verdict="different", weight_order_kept=False, raw_ops_left=2
        ),
    ),
)

REWRITTEN = FileResult(
    path="pkg/model.py",
    status="rewritten",
    sites=(EINSUM, REFUSED),
    hazards=(HAZARD,),
    verdict=SAME,
)
FAILED = FileResult(
    path="pkg/model.py", status="failed", sites=(SCALE,), hazards=(), verdict=DIFFERENT
)
UNREADABLE = FileResult(
    path="old.py", status="failed", error="is Python 2; convert it first", error_line=3
)
UNCHANGED = FileResult(path="plain.py", status="unchanged")
PREVIEWED = FileResult(
    path="model.py", status="would-rewrite", sites=(SCALE,), original=b"a\n", rewritten=b"b\n"
)
EVERYTHING = [REWRITTEN, FAILED, UNREADABLE, UNCHANGED, PREVIEWED]


def reported(
    *results: FileResult,
    form: Format = "text",
    command: Command = "rewrite",
    check_only: bool = False,
    verbosity: Verbosity = "normal",
) -> tuple[int, str, str]:
    out, errors = io.BytesIO(), io.BytesIO()
    view = View(format=form, verbosity=verbosity)
    how = Reporting(view=view, command=command, out=out, errors=errors, check_only=check_only)
    status = report([results], how)
    return status, out.getvalue().decode(), errors.getvalue().decode()


def test_text_has_the_verdict_then_each_finding_then_a_summary_then_what_is_left() -> None:
    status, out, errors = reported(REWRITTEN, UNCHANGED)
    assert out.splitlines() == [
        "pkg/model.py: rewritten; bitwise on NVIDIA H100: encoder, decoder (proved); "
        "Keras 3: proved (1 model), not checked (1 model); port: close (1 model), not checked "
        "(1 model)",
        'pkg/model.py:7:5: KC101 tf.einsum -> Lambda "einsum"',
        "pkg/model.py:7:5: KC201 tf.reduce_sum(x, axis=0) drops the batch dimension",
        "  hazard: `encoder`: loading it from .keras fails (ValueError)",
        "pkg/model.py:8:1: KC101 tf.print refused: KC305: prints when it runs",
        "  assuming: line 30: fit was not run",
        "",
        "Keras 2: 2 models: 1 bitwise, 1 proved",
        "Keras 3: 2 models: 1 proved, 1 not checked",
        "Port: 1 model: 1 close",
        "1 file rewritten (1 raw expression), 1 raw expression refused, 1 hazard.",
        "",
        "What is left for you:",
        "- KC305: prints when it runs: pkg/model.py:8",
    ]
    assert (status, errors) == (1, "")


def test_text_names_the_failing_models_first() -> None:
    status, out, _ = reported(FAILED)
    assert out.splitlines() == [
        "pkg/model.py: not rewritten, the verification failed; different on CPU: "
        "decoder (weight order changed), encoder (bitwise); "
        "first difference in layer einsum (model.py:7); Keras 3: not checked",
        'pkg/model.py:9:5: KC103 K.mean, tf.nn.relu could become Scale "scale"',
        "",
        "Keras 2: 2 models: 1 bitwise, 1 different",
        "Keras 3: 2 models: 2 not checked",
        "1 file failed verification.",
        "",
        "What is left for you:",
        "- pkg/model.py: first difference in layer einsum (model.py:7)",
    ]
    assert status == 3


def test_text_tells_a_reason_once() -> None:
    models = (
        ModelVerdict(
            name="a", line=1, verdict="different", reason="output 0 is int64", keras3="bitwise"
        ),
        ModelVerdict(name="b", line=2, verdict="different", reason="output 1 is gone"),
        ModelVerdict(name="c", line=3, verdict="different", reason="output 0 is int64"),
    )
    verdict = Verdict(
        verdict="different", reason="a: output 0 is int64", device="CPU", models=models
    )
    _, out, _ = reported(FileResult(path="m.py", status="failed", verdict=verdict))
    assert out.splitlines()[0].endswith(
        "different on CPU: a, b (output 1 is gone), c (output 0 is int64); "
        "a: output 0 is int64; Keras 3: bitwise (1 model), not checked (2 models)"
    )


def test_text_says_why_a_model_is_not_proved_and_by_which_rules() -> None:
    models = (
        ModelVerdict(
            name="a", line=1, verdict="bitwise", graph="`Sum` of layer `s`: axis is 2, not 1"
        ),
        ModelVerdict(name="b", line=2, verdict="equal-by-rules", graph="the same axis"),
        ModelVerdict(
            name="c", line=3, verdict="different", reason="it differs", graph="it differs"
        ),
    )
    _, out, _ = reported(
        FileResult(
            path="m.py", status="failed", verdict=Verdict(verdict="different", models=models)
        )
    )
    assert out.splitlines()[0].endswith(
        "different: c (it differs), a (bitwise, not proved: `Sum` of layer `s`: axis is 2, not 1), "
        "b (equal-by-rules, rules: the same axis); Keras 3: not checked"
    )


def test_text_never_calls_a_preview_rewritten() -> None:
    status, out, _ = reported(PREVIEWED)
    assert out.splitlines() == [
        "model.py: would be rewritten; not verified",
        'model.py:9:5: KC103 K.mean, tf.nn.relu could become Scale "scale"',
        "",
        "1 file would be rewritten (1 raw expression).",
    ]
    assert status == 0


def test_text_tells_that_verification_would_write_another_preview() -> None:
    _, out, _ = reported(replace(PREVIEWED, sites=PREVIEWED.sites * 2))
    assert "`--verify` makes one layer of ops that belong together" in out.splitlines()[-2]
    verified = replace(PREVIEWED, sites=PREVIEWED.sites * 2, verdict=Verdict(verdict="proved"))
    assert "--verify" not in reported(verified)[1]


def test_text_of_check_counts_what_was_found() -> None:
    found = FileResult(
        path="model.py", status="unchanged", sites=(SCALE, REFUSED), hazards=(HAZARD,)
    )
    status, out, _ = reported(found, UNCHANGED, command="check")
    assert out.splitlines()[-1] == "2 raw expressions in 1 of 2 files, 1 refused, 1 hazard."
    assert status == 1
    assert reported(UNCHANGED, command="check") == (0, "no raw ops in 1 file.\n", "")


def test_many_models_are_counted_rather_than_listed() -> None:
    models = tuple(
        ModelVerdict(name=f"m{number}", line=1, verdict="bitwise") for number in range(9)
    )
    result = FileResult(
        path="model.py",
        status="rewritten",
        verdict=Verdict(verdict="bitwise", reason="", device="CPU", models=models),
    )
    _, out, _ = reported(result)
    assert "bitwise on CPU: m0, m1, m2, m3, m4, m5 and 3 more models; Keras 3:" in out


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_what_cannot_be_processed_is_one_line_among_the_errors(form: Format) -> None:
    status, _, errors = reported(UNREADABLE, UNCHANGED, form=form)
    assert errors == "old.py:3: is Python 2; convert it first\n"
    assert status == 2


@pytest.mark.parametrize(
    ("results", "command", "check_only", "status"),
    [
        ([], "rewrite", False, 0),
        ([UNCHANGED], "rewrite", True, 0),
        ([PREVIEWED], "rewrite", False, 0),
        ([PREVIEWED], "rewrite", True, 1),
        (
            [
                FileResult(
                    path="a.py",
                    status="rewritten",
                    sites=(EINSUM,),
                    hazards=(HAZARD,),
                    verdict=SAME,
                )
            ],
            "rewrite",
            False,
            0,
        ),
        ([FileResult(path="a.py", status="refused", sites=(REFUSED,))], "rewrite", False, 1),
        (
            [FileResult(path="a.py", status="unchanged", sites=(), hazards=(HAZARD,))],
            "check",
            False,
            1,
        ),
        ([FileResult(path="a.py", status="unchanged", sites=(SCALE,))], "check", False, 1),
        ([FileResult(path="new.py", status="unchanged", verdict=SAME)], "verify", False, 0),
        ([FAILED], "verify", False, 3),
        ([REWRITTEN, UNREADABLE], "rewrite", False, 2),
        ([UNREADABLE, FAILED, REWRITTEN], "rewrite", False, 3),
    ],
)
def test_exit_status_is_the_highest_that_applies(
    results: list[FileResult], command: Command, check_only: bool, status: int
) -> None:
    assert reported(*results, command=command, check_only=check_only)[0] == status


def test_json_fits_the_published_schema() -> None:
    _, out, _ = reported(*EVERYTHING, form="json")
    assert out.isascii()
    document = json.loads(out)
    check_report(document)
    first, _, unreadable, unchanged, _ = document["files"]
    assert first["sites"][0] == {
        "code": "KC101",
        "cell": None,
        "line": 7,
        "column": 4,
        "end_line": 7,
        "end_column": 37,
        "ops": ["tf.einsum"],
        "builder": "module",
        "status": "rewritten",
        "reason": None,
        "target": "lambda",
        "layer_name": "einsum",
        "class_name": None,
        "functions": [],
        "note": None,
    }
    assert first["verification"]["models"][0] == {
        "name": "encoder",
        "cell": None,
        "line": 12,
        "build": None,
        "verdict": "bitwise",
        "reason": "",
        "proved": None,
        "bitwise": True,
        "keras3": "proved",
        "port": "close",
        "raw_ops_left": 0,
        "weight_order_kept": True,
        "graph": "",
    }
    assert first["verification"]["hazards"] == list(SAME.hazards)
    assert unreadable["verification"]["reason"] == "line 3: is Python 2; convert it first"
    assert unchanged["verification"] is None


def test_json_of_nothing_is_a_report_too() -> None:
    assert json.loads(reported(form="json")[1]) == {"version": 1, "files": []}


def test_github_annotates_verdicts_findings_and_failures() -> None:
    odd = FileResult(path="a,b:c%.py", status="unchanged", sites=(REFUSED,))
    _, out, _ = reported(REWRITTEN, FAILED, UNREADABLE, odd, form="github")
    lines = out.splitlines()
    assert lines[:5] == [
        "::notice file=pkg/model.py,line=1,col=1,title=rewritten::bitwise on NVIDIA H100: encoder, "
        "decoder (proved); Keras 3: proved (1 model), not checked (1 model); "
        "port: close (1 model), not checked (1 model)",
        "::notice file=pkg/model.py,line=7,col=5,endColumn=37,"
        'title=raw TensorFlow op on a symbolic tensor::KC101 tf.einsum -> Lambda "einsum"',
        "::warning file=pkg/model.py,line=8,col=1,endColumn=9,"
        "title=raw TensorFlow op on a symbolic tensor"
        "::KC101 tf.print refused: KC305: prints when it runs",
        "::warning file=pkg/model.py,line=7,col=5,endColumn=37,"
        "title=the op drops the batch dimension"
        "::KC201 tf.reduce_sum(x, axis=0) drops the batch dimension",
        "::warning file=pkg/model.py,line=1,col=1,title=hazard of the rewritten model"
        "::`encoder`: loading it from .keras fails (ValueError)",
    ]
    assert lines[5].startswith("::error file=pkg/model.py,line=1,col=1,title=not rewritten%2C the")
    assert lines[6].startswith("::warning file=pkg/model.py,line=9,endLine=11,title=keras.backend")
    assert lines[7] == (
        "::error file=old.py,line=3,col=1,title=not processed::is Python 2; convert it first"
    )
    assert lines[8].startswith("::warning file=a%2Cb%3Ac%25.py,line=8,")
    assert lines[9] == (
        "::notice title=keras-codemod::1 file rewritten (1 raw expression), 2 raw expressions "
        "refused, 1 hazard, 1 file failed verification, 1 path not processed."
    )


def test_github_gets_no_more_annotations_than_it_shows_and_the_others_are_counted() -> None:
    results = [replace(REWRITTEN, path=f"m{number}.py") for number in range(12)]
    _, out, _ = reported(*results, form="github")
    lines = out.splitlines()
    for level in ("notice", "warning"):
        assert sum(line.startswith(f"::{level} ") for line in lines) == 10
    assert lines[-1].startswith("::notice title=keras-codemod::12 files rewritten ")
    assert lines[-1].endswith(" In the log of this step: 15 notices, 26 warnings more.")
    # They are in the log all the same, as text.
    assert 'notice: m11.py:7:5: KC101 tf.einsum -> Lambda "einsum"' in lines
    assert len(lines) == 12 * 5 + 1


def test_sarif_has_what_the_standard_and_its_readers_demand() -> None:
    failing = replace(PREVIEWED, failed_builds=("build(): line 3: KeyError",))
    _, out, _ = reported(*EVERYTHING, failing, form="sarif")
    document = json.loads(out)
    check_log(document)
    (run,) = document["runs"]
    assert "informationUri" not in run["tool"]["driver"]  # There is no public address.
    told = [(each["ruleId"], each["message"]["text"]) for each in run["results"]]
    # What was rewritten is no longer there to be found; failures have a place.
    assert [(rule, text[:15]) for rule, text in told] == [
        ("KC101", "KC101 tf.print "),
        ("KC201", "KC201 tf.reduce"),
        ("rewritten-model", "`encoder`: load"),
        ("KC103", "KC103 K.mean, t"),
        ("verification-failed", "different on CP"),
        ("KC103", "KC103 K.mean, t"),
        ("KC103", "KC103 K.mean, t"),
        ("verification-failed", "--build build()"),
    ]
    (location,) = run["results"][3]["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "pkg/model.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 9, "startColumn": 5, "endLine": 11, "endColumn": 6},
    }
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (problem,) = invocation["toolExecutionNotifications"]
    assert problem["message"]["text"] == "old.py:3: is Python 2; convert it first"
    _, out, _ = reported(REWRITTEN, form="sarif")
    assert json.loads(out)["runs"][0]["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize(
    ("original", "rewritten"),
    [
        (b"a\nx = 1\nb\n", b"a\nclass C: pass\nx = 2\nb\n"),
        (b"a\r\nx = 1\r\n", b"a\r\nx = 2\r\ny = 3\r\n"),
        (b"a\nx = 1", b"a\nx = 2\ny = 3"),
        (b"a", b"a\nb\nc"),
        (b"\xef\xbb\xbfx = '\xc3\xbc'\ny\n", b"\xef\xbb\xbfimport b\nx = '\xc3\xbc' + 1\ny\n"),
        (b"one\ntwo\nthree\nfour", b"two\nthree"),
    ],
)
def test_a_sarif_fix_makes_the_rewritten_file(original: bytes, rewritten: bytes) -> None:
    result = replace(
        PREVIEWED, sites=(SCALE, SCALE, REFUSED), original=original, rewritten=rewritten
    )
    document = json.loads(reported(result, form="sarif")[1])
    check_log(document)
    first, second, refused = document["runs"][0]["results"]
    assert "fixes" not in second and "fixes" not in refused
    (fix,) = first["fixes"]
    before = original.decode("utf-8-sig")
    assert applied(fix, before) == rewritten.decode("utf-8-sig")


def test_sarif_locations_are_uris() -> None:
    here = str(Path.cwd() / "x.py")
    results = [
        FileResult(path=path, status="refused", sites=(REFUSED,))
        for path in ("a b/ü#.py", "/abs/m.py", "./b/../c.py", here)
    ]
    document = json.loads(reported(*results, form="sarif")[1])
    check_log(document)
    uris = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in document["runs"][0]["results"]
    ]
    assert uris == ["a%20b/%C3%BC%23.py", "file:///abs/m.py", "c.py", "x.py"]


def test_names_and_reasons_stay_on_one_line() -> None:
    refusal = Refusal(code="KC301", text="spans\n    lines")
    site = Site(
        code="KC101",
        span=Span(1, 0, 1, 1),
        ops=("tf.abs",),
        builder="module",
        status="refused",
        refusal=refusal,
    )
    _, out, _ = reported(FileResult(path="new\nline.py", status="refused", sites=(site,)))
    assert out.splitlines()[0] == "new line.py: left as it is"
    assert out.splitlines()[1].endswith(":1:1: KC101 tf.abs refused: KC301: spans lines")
    assert out.splitlines()[-1] == "- KC301: spans lines: new line.py:1"


def test_file_names_that_are_not_text_come_out_as_they_are() -> None:
    out, errors = io.BytesIO(), io.BytesIO()
    report(
        [[FileResult(path="caf\udce9.py", status="failed", error="is odd; rename it")]],
        Reporting(view=View(), command="check", out=out, errors=errors),
    )
    assert errors.getvalue() == b"caf\xe9.py: is odd; rename it\n"


@pytest.mark.parametrize("form", ["text", "github"])
def test_a_result_is_written_before_the_next_is_asked_for(form: Format) -> None:
    out = io.BytesIO()
    written = []

    def results() -> Iterator[Sequence[FileResult]]:
        for result in (REWRITTEN, FAILED):
            yield [result]
            written.append(out.getvalue())

    report(
        results(),
        Reporting(view=View(format=form), command="rewrite", out=out, errors=io.BytesIO()),
    )
    after_one, after_both = written
    assert b"KC305" in after_one and b"K.mean" not in after_one
    assert after_both.startswith(after_one) and b"K.mean" in after_both


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif"])
def test_an_interrupted_run_reports_what_is_done_and_names_the_rest(form: Format) -> None:
    out, errors = io.BytesIO(), io.BytesIO()
    was_closed = False

    def results() -> Iterator[Sequence[FileResult]]:
        nonlocal was_closed
        try:
            yield [REWRITTEN]
            raise KeyboardInterrupt
        finally:
            was_closed = True

    files = (REWRITTEN.path, *(f"m{number}.py" for number in range(12)))
    how = Reporting(view=View(format=form), command="rewrite", out=out, errors=errors, files=files)
    assert report(results(), how) == 130
    assert was_closed
    assert b"pkg/model.py" in out.getvalue() and b"m0.py" not in out.getvalue()
    assert errors.getvalue() == (
        b"keras-codemod: interrupted; not done: m0.py, m1.py, m2.py, m3.py, m4.py, m5.py, m6.py, "
        b"m7.py, m8.py, m9.py and 2 more files; run again for these\n"
    )


@pytest.mark.parametrize(("end", "status"), [(KeyboardInterrupt(), 130), (Ended(15), 143)])
def test_files_that_an_ended_run_did_not_come_to_are_told_with_what_was_found(
    end: KeyboardInterrupt, status: int
) -> None:
    out, errors = io.BytesIO(), io.BytesIO()
    left = FileResult(path="left.py", status="refused", sites=(REFUSED,), is_not_done=True)

    def results() -> Iterator[Sequence[FileResult]]:
        yield [REWRITTEN]
        yield [left]
        raise end

    how = Reporting(
        view=View(format="json"),
        command="rewrite",
        out=out,
        errors=errors,
        files=("left.py", REWRITTEN.path),
        shard=lambda done: {"results": [result.path for result in done]},
    )
    assert report(results(), how) == status
    document = json.loads(out.getvalue())
    assert [record["path"] for record in document["files"]] == ["left.py", "pkg/model.py"]
    # Who joins the shards of a run is told that this one did not end.
    assert document["shard"] == {"results": ["pkg/model.py"]}
    assert errors.getvalue() == (
        b"keras-codemod: interrupted; not done: left.py; run again for these\n"
    )


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_a_document_is_one_also_where_nothing_was_done(form: Format) -> None:
    out, errors = io.BytesIO(), io.BytesIO()

    def results() -> Iterator[Sequence[FileResult]]:
        yield []
        raise KeyboardInterrupt

    how = Reporting(view=View(format=form), command="rewrite", out=out, errors=errors)
    assert report(results(), how) == 130
    assert json.loads(out.getvalue())


def test_files_that_were_written_together_are_all_reported_when_the_first_is_interrupted() -> None:
    out, errors = io.BytesIO(), io.BytesIO()
    times = 0

    @contextmanager
    def interrupted_once() -> Iterator[None]:
        nonlocal times
        times += 1
        if times == 1:
            raise KeyboardInterrupt
        yield

    other = replace(REWRITTEN, path="other.py")
    how = Reporting(
        view=View(format="json"),
        command="rewrite",
        out=out,
        errors=errors,
        files=("other.py", REWRITTEN.path),
        around=interrupted_once,
    )
    assert report([[REWRITTEN, other], [FAILED]], how) == 130
    # In the order of the files, whatever order they were settled in.
    paths = [record["path"] for record in json.loads(out.getvalue())["files"]]
    assert paths == ["other.py", "pkg/model.py"]
    assert b"all files were done" in errors.getvalue()


def test_an_error_that_ends_the_run_comes_after_what_was_done() -> None:
    out = io.BytesIO()

    def results() -> Iterator[Sequence[FileResult]]:
        yield [REWRITTEN]
        raise CodemodError("no TensorFlow; install it")

    how = Reporting(view=View(), command="rewrite", out=out, errors=io.BytesIO())
    with pytest.raises(CodemodError, match="no TensorFlow"):
        report(results(), how)
    assert b"1 file rewritten" in out.getvalue()
