"""What the report for people says first, says once, and leaves to the user."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codemod.reports.present_lines import present_line
from codemod.reports.report import Reporting, report
from codemod.reports.style import style_for
from codemod.results import FileResult
from codemod.settings import Color, Command, Verbosity, View
from codemod.verdict import Environment, ModelVerdict, RawOp, Verdict
from transforms.syntax.records import Hazard, Refusal, Site, Span

OLD = Environment(python="/old/python", tensorflow="2.15.1", keras="2.15.0")
NEW = Environment(python="/new/python", tensorflow="2.21.0", keras="3.15.1")
NO_KERAS_3 = Environment(python="/old/python", problem="TensorFlow 2.15.1 has no Keras 3")
EAGER = Refusal(code="KC303", text="this code also runs on tensors that are not symbolic")


def site(line: int, refusal: Refusal | None = None, op: str = "tf.abs", name: str = "s") -> Site:
    return Site(
        code="KC101",
        span=Span(line, 4, line, 12),
        ops=(op,),
        builder="build",
        status="refused" if refusal else "rewritten",
        refusal=refusal,
        target=None if refusal else "layer",
        layer_name=None if refusal else name,
        class_name=None if refusal else "Scores",
    )


def model(name: str, keras3: str | None = "bitwise") -> ModelVerdict:
    return ModelVerdict(name=name, line=3, verdict="proved", keras3=keras3)


def proved(*models: ModelVerdict, keras3: Environment = NEW, **values: Any) -> Verdict:
    verdict = Verdict(verdict="proved", device="CPU", models=models, keras2=OLD, keras3=keras3)
    return replace(verdict, **values)


def rewritten(path: str, *sites: Site, **values: Any) -> FileResult:
    return FileResult(path=path, status="rewritten", sites=sites, **values)


STOPS = (
    Hazard("KC405", Span(3, 0, 3, 1), "end the path in .weights.h5"),
    Hazard("KC201", Span(5, 0, 5, 1), "tf.reduce_sum drops the batch dimension"),
    Hazard("KC206", Span(7, 0, 7, 1), "Keras 3 does not load a Lambda layer"),
    Hazard("KC405", Span(9, 0, 9, 1), "end the path in .weights.h5"),
)


def told(
    *results: FileResult,
    command: Command = "rewrite",
    verbosity: Verbosity = "normal",
    color: Color = "auto",
    exit_zero: bool = False,
    is_fixed: bool = False,
) -> tuple[int, list[str]]:
    out = io.BytesIO()
    view = View(verbosity=verbosity, color=color, exit_zero=exit_zero)
    errors = io.BytesIO()
    how = Reporting(view=view, command=command, out=out, errors=errors, is_fixed=is_fixed)
    status = report([results], how)
    return status, out.getvalue().decode().splitlines()


def test_a_layer_of_many_expressions_has_one_line() -> None:
    sites = [*(site(line, op=f"tf.op{line}") for line in range(3, 9)), site(9, name="boxes")]
    result = rewritten("m.py", *sites, verdict=proved(model("m")))
    assert told(result)[1][:4] == [
        "m.py: rewritten; proved on CPU: m; Keras 3: bitwise",
        'm.py:3:5: KC101 tf.op3, tf.op4, tf.op5, tf.op6 and 2 more -> Scores "s" (6 expressions)',
        'm.py:9:5: KC101 tf.abs -> Scores "boxes"',
        "",
    ]
    verbose = told(result, verbosity="verbose")[1]
    assert sum("-> Scores" in line for line in verbose) == 7


def test_refusals_of_one_reason_are_one_line_with_all_places() -> None:
    sites = (site(3, EAGER, op="tf.sin"), site(5), site(7, EAGER, op="tf.cos"))
    _, lines = told(rewritten("m.py", *sites))
    assert lines[2] == (
        "m.py:3:5: KC101 tf.sin, tf.cos refused: KC303: this code also runs on tensors that are "
        "not symbolic (also at 7:5)"
    )
    assert lines[-2:] == [
        "What is left for you:",
        "- KC303: this code also runs on tensors that are not symbolic: m.py:3, 7",
    ]


def test_refusals_of_one_code_are_one_line_of_what_is_left() -> None:
    first, second = (
        Refusal(code="KC305", text=f"`{name}` is a function that cannot be saved by name")
        for name in ("act", "leaky")
    )
    results = [
        rewritten("a.py", site(3, first), site(3, first)),
        rewritten("b.py", site(5, second)),
    ]
    assert told(*results)[1][-1] == (
        "- KC305: a function that cannot be saved by name: a.py:3, b.py:5"
    )


def test_what_is_left_is_a_list_of_everything_that_needs_the_user() -> None:
    not_built = "no model was built: build() was not called: it needs width, classes"
    unbuilt = Verdict(verdict="unverified", reason=not_built)
    not_run = Refusal(code="KC311", text="no model that was built runs this code")
    gone = "does not build: line 9: AttributeError: no attribute `exp`"
    shown = RawOp(
        path=Path("/c.py"), line=4, end_line=4, column=0, end_column=9, op="tf.sin", layer="l"
    )
    results = [
        FileResult(path="old.py", status="failed", error="is Python 2; convert it", error_line=2),
        FileResult(path="a.py", status="failed", sites=(site(4, not_run),), verdict=unbuilt),
        FileResult(path="b.py", status="refused", sites=(site(8, EAGER),)),
        rewritten("c.py", verdict=proved(model("c", gone)), left=(shown,)),
        rewritten("d.py", site(6, EAGER), hazards=STOPS),
        rewritten("e.py", hazards=STOPS[:1]),
    ]
    status, lines = told(*results, is_fixed=True)
    assert status == 3
    assert lines[lines.index("What is left for you:") + 1 :] == [
        "- old.py:2: is Python 2; convert it",
        f"- a.py: {not_built}; give --build 'build(width=…, classes=…)'",
        f"- {EAGER}: b.py:8, d.py:6",
        "- raw ops that only a run has shown, left as they are: c.py:4",
        "- KC405: end the path in .weights.h5: d.py:3, 9, e.py:3",
        "- KC206: Keras 3 does not load a Lambda layer: d.py:7",
        f"- Keras 3: `c` of c.py: {gone}",
    ]
    assert "1 path not processed" in "".join(lines)
    # With -q it is all that is told.
    quiet = told(*results, verbosity="quiet", is_fixed=True)[1]
    assert quiet == lines[lines.index("What is left for you:") :]
    # Where nobody has asked for fixes, they come first.
    assert (
        "- Keras 3: 3 findings of KC401 to KC405; `--fix keras3` mends what has an exact equal"
        in told(*results)[1]
    )
    assert told(*results, exit_zero=True)[0] == 2
    assert told(*results[1:], exit_zero=True)[0] == 0


def test_what_fails_under_keras_3_is_told_once() -> None:
    fails = "only under Keras 3, line {}: ValueError: the file name must end in .weights.h5"
    verdict = replace(proved(model("m")), hazards=(fails.format(3), fails.format(12)))
    _, lines = told(rewritten("m.py", verdict=verdict, hazards=STOPS))
    assert [line for line in lines if "only under" in line] == [f"  hazard: {fails.format(12)}"]
    # The statement begins before the line.
    source = b"\nkept = Checkpoint(\n    'w.h5')\n"
    verdict = replace(verdict, hazards=(fails.format(2),))
    _, lines = told(rewritten("m.py", verdict=verdict, hazards=STOPS[:1], original=source))
    assert not any("only under" in line for line in lines)


def test_a_few_of_the_calls_that_were_tried_in_vain_are_told() -> None:
    tried = (
        "Net(depth=8, table={'a': 1}).build() (line 7): KeyError: 'width'",
        "Net(depth=16, table={'a': 1}).build() (line 7): KeyError: 'width'",
        "Net(depth=4, table={'a': 1}).build() (other.py line 9): ValueError: even (line 2): odd",
        "head(x=(8,)): it makes no functional model",
        "head(x=(16,)): it makes no functional model",
    )
    not_run = Refusal(code="KC311", text="no model that was built runs this code")
    verdict = Verdict(verdict="unverified", reason="no model was built: it rains")
    result = FileResult(
        path="a.py", status="failed", sites=(site(4, not_run),), verdict=verdict, tried=tried
    )
    _, lines = told(result)
    assert lines[2:6] == [
        f"  tried in vain: {tried[0]}",
        f"  tried in vain: {tried[3]}",
        f"  tried in vain: {tried[2]}",
        "  and 2 more such calls (-v)",
    ]
    assert lines[-1] == (
        "- a.py: no model was built: it rains; give --build 'Net(depth=…, table=…).build()'"
    )
    verbose = told(result, verbosity="verbose")[1]
    assert [line for line in verbose if "tried" in line] == [
        f"  tried in vain: {text}" for text in tried
    ]


def test_the_end_is_told_as_soon_as_the_last_file_is_known() -> None:
    out = io.BytesIO()
    told_so_far = []

    def settled() -> Iterator[list[FileResult]]:
        for name in ("a.py", "b.py"):
            yield [rewritten(name, site(3))]
            told_so_far.append(out.getvalue().decode().count("2 files rewritten"))

    how = Reporting(
        view=View(), command="rewrite", out=out, errors=io.BytesIO(), files=("a.py", "b.py")
    )
    assert report(settled(), how) == 0
    # What runs after the last file, as the end of processes, comes behind it.
    assert told_so_far == [0, 1]
    assert out.getvalue().decode().count("2 files rewritten") == 1


def test_why_keras_3_was_not_checked_is_told_with_what_to_do() -> None:
    verdict = proved(model("m", "not checked: no Keras 3"), keras3=NO_KERAS_3)
    _, lines = told(rewritten("m.py", verdict=verdict))
    why = "/old/python: TensorFlow 2.15.1 has no Keras 3; give --python an interpreter with Keras 3"
    assert lines[0] == "m.py: rewritten; proved on CPU: m; Keras 3: not checked"
    assert lines[2] == "Keras 2: 1 model: 1 proved (Keras 2.15.0, TensorFlow 2.15.1, /old/python)"
    assert lines[3] == f"Keras 3: 1 model: 1 not checked ({why})"
    assert lines[-1] == f"- Keras 3: not checked: {why}"


def test_files_that_meet_in_one_model_tell_of_it_once() -> None:
    gone = "does not build: line 9: no"
    verdict = proved(model("m", gone), model("n"), hazards=("`m`: it cannot be saved",))
    _, lines = told(*(rewritten(path, site(3), verdict=verdict) for path in ("a.py", "b.py")))
    text = "\n".join(lines)
    assert text.count("it cannot be saved") == 1
    assert text.count(gone) == 2  # At the file, and in what is left.
    assert lines[1] == "  `m` under Keras 3: does not build: line 9: no"
    assert "Keras 3: 2 models: 1 does not build, 1 bitwise (" in text


def test_what_hazards_have_in_common_is_explained_once() -> None:
    why = "names in `compile`, in targets and in the history of `fit` change with it"
    hazards = tuple(f"`m`: output {number} is named `x`: {why}" for number in range(3))
    _, lines = told(rewritten("a.py", verdict=proved(model("m"), hazards=hazards)))
    assert lines[1:4] == [
        f"  hazard: `m`: output 0 is named `x`: {why}",
        "  hazard: `m`: output 1 is named `x`",
        "  hazard: `m`: output 2 is named `x`",
    ]


def test_a_reason_of_the_verdict_is_not_told_again_by_its_sites() -> None:
    reason = "m: output 0 has another shape"
    refused = Refusal(code="KC310", text=f"no rewrite passed verification: {reason}")
    verdict = Verdict(verdict="different", reason=reason, assumptions=(f"not run: {reason}",))
    result = FileResult(path="a.py", status="failed", sites=(site(3, refused),), verdict=verdict)
    _, lines = told(result)
    assert "\n".join(lines).count(reason) == 2  # The verdict, and what is left.
    assert lines[1].endswith("KC310: no rewrite passed verification: the reason above")


def test_statements_that_were_left_out_are_one_line() -> None:
    assumptions = ("Model.fit was left out", "paired by name", "load_data was left out")
    result = rewritten("a.py", verdict=proved(model("m"), assumptions=assumptions))
    assert told(result)[1][1:3] == [
        "  assuming: Model.fit, load_data were left out",
        "  assuming: paired by name",
    ]
    verbose = told(result, verbosity="verbose")[1]
    assert [f"  assuming: {text}" for text in assumptions] == verbose[1:4]
    assert verbose[4] == "  model `m` (line 3): proved; Keras 3: bitwise"


def test_what_was_assumed_for_an_earlier_file_is_told_by_its_number() -> None:
    assumptions = tuple(f"not run: line {number}: it fails" for number in range(3))
    results = [
        rewritten(path, verdict=proved(model("m"), assumptions=some))
        for path, some in (("a.py", assumptions), ("b.py", (*assumptions, "another")))
    ]
    lines = told(*results)[1]
    assert [line.strip() for line in lines if "assuming" in line] == [
        *(f"assuming: {text}" for text in assumptions),
        "assuming: another",
        "assuming: 3 more that are told above",
    ]
    assert sum("it fails" in line for line in told(*results, verbosity="verbose")[1]) == 6


def test_a_call_that_was_made_up_after_all_is_told_alone() -> None:
    assumptions = (
        "build() was not called: it needs width",
        "other() was not called: it needs width",
        "made-up call: build(width=32)",
    )
    result = rewritten("a.py", verdict=proved(model("m"), assumptions=assumptions))
    assert told(result)[1][1:3] == [f"  assuming: {text}" for text in assumptions[1:]]


@pytest.mark.parametrize(
    ("kept", "line"),
    [
        (0, "no raw ops in 1 file."),
        (1, "no raw ops in 1 file; 1 operator or slice stays (`--operators wrap` takes it)."),
        (2, "no raw ops in 1 file; 2 operators and slices stay (`--operators wrap` takes them)."),
    ],
)
def test_check_tells_of_operators_that_stay(kept: int, line: str) -> None:
    result = FileResult(path="m.py", status="unchanged", kept=(Span(1, 0, 1, 5),) * kept)
    assert told(result, command="check") == (0, [line])
    assert told(result, command="check", verbosity="verbose")[1] == ["m.py: no raw ops", line]
    assert told(result, command="check", verbosity="quiet")[1] == []


def test_check_is_in_the_order_of_the_source() -> None:
    hazard = Hazard("KC204", Span(5, 0, 5, 9), "== compares identity")
    sites = (site(3, EAGER), site(9))
    result = FileResult(path="m.py", status="unchanged", sites=sites, hazards=(hazard,))
    _, lines = told(result, command="check")
    assert [line.split(":")[1] for line in lines[:3]] == ["3", "5", "9"]


def test_several_paths_that_are_not_processed_are_counted() -> None:
    bad = FileResult(path="a.py", status="failed", error="is odd")
    assert told(bad, command="check")[1] == ["1 path not processed."]
    assert told(bad, bad, command="check")[1] == ["2 paths not processed."]


def test_colours_are_for_terminals_or_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    result = rewritten("a.py", site(3), verdict=proved(model("m")))
    plain = told(result)[1]
    coloured = told(result, color="always")[1]
    assert "\x1b[" not in "".join(plain)
    assert coloured[0].startswith("\x1b[1ma.py\x1b[0m: \x1b[32mrewritten\x1b[0m; ")
    assert told(result, color="never")[1] == plain
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with open("/dev/ptmx", "rb+", buffering=0) as terminal:
        assert style_for(terminal, "auto").colours
        monkeypatch.setenv("NO_COLOR", "1")
        assert not style_for(terminal, "auto").colours


def test_lines_are_those_of_the_file_as_it_is_now() -> None:
    original = b"import a\n\nx = 1\ny = f(\n    2,\n)\nz = 3\n"
    now = b"import a\n\nclass New:\n    pass\n\nx = 1\ny = New()(2)\nz = 3\n"
    result = rewritten("a.py", original=original, rewritten=now)
    assert [present_line(result)(line) for line in (1, 3, 6, 7)] == [1, 6, 7, 8]
    assert present_line(replace(result, status="would-rewrite"))(7) == 7


def test_lines_of_files_that_were_fixed_are_those_of_the_file_as_it_is_now() -> None:
    before = b"import a\nx = 1\ny = 2\nz = 3\n"
    fixed = b"import a\ndef new():\n    pass\nx = 1\ny = new\nz = 3\n"
    now = b"import a\nclass New:\n    pass\ndef new():\n    pass\nx = 1\ny = new\nz = New\n"
    mended = Hazard("KC206", Span(3, 4, 3, 5), "is mended")
    result = rewritten(
        "a.py", site(6), original=fixed, rewritten=now, before_fixes=before, fixes=(mended,)
    )
    _, text = told(result)
    assert text[1].startswith("a.py:7:5: KC206") and text[2].startswith("a.py:8:")
    _, text = told(replace(result, status="would-rewrite"))
    assert text[1].startswith("a.py:3:5: KC206") and text[2].startswith("a.py:4:")
