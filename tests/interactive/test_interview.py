"""Files are asked about on a terminal, and written as they were shown, or not at all."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest

from codemod.cache.runs import Cache
from codemod.cache.store import Store
from codemod.engine.engine import rewrite_files
from codemod.engine.remembered import rewrite_remembered
from codemod.files.discovery import discover
from codemod.interactive.interview import Interview
from codemod.interactive.terminal import Terminal, coloured
from codemod.progress import Silent
from codemod.reports.style import Style
from codemod.results import FileResult
from codemod.settings import Settings
from codemod.verdict import Verdict
from codemod.verify.records import VerifyRequest
from tests.support.command_line import run_here
from tests.support.table_verifier import TableVerifier, verdict

HEAD = """\
import tensorflow as tf
from tensorflow import keras

x = keras.Input((4, 6))
"""
SQUARE, EXP = "y = tf.square(x)\n", "z = tf.exp(x)\n"


def asked(
    folder: Path, typed: str, *, add_skip: bool = False, names: Sequence[str] = ("a.py", "b.py")
) -> tuple[dict[str, FileResult], str]:
    """The results of a run in ``folder`` with these answers, and what was written to the user."""
    for name in names:
        (folder / name).write_text(HEAD + SQUARE + "del y\n" + EXP)
    told = io.BytesIO()
    terminal = Terminal(answers=io.BytesIO(typed.encode()), questions=told, style=Style())
    settings = Settings(verify=False, add_skip=add_skip)
    files = discover([str(folder)]).files
    done = rewrite_files(files, settings, True, interviewer=Interview(asker=terminal))
    results = {Path(result.path).name: result for group in done for result in group}
    return results, told.getvalue().decode()


def written(folder: Path) -> list[str]:
    """What was rewritten in each file."""
    return [
        " ".join(name for name in ("Square", "Exp") if f"class {name}(" in path.read_text())
        for path in sorted(folder.glob("*.py"))
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("y\ny\ny\ny\n", ["Square Exp", "Square Exp"]),
        ("yes\nno\nn\nY\n", ["Square", "Exp"]),
        ("n\na\nn\nn\n", ["Exp", ""]),
        ("n\nA\n", ["Exp", "Square Exp"]),
        ("y\nq\n", ["Square", ""]),
        ("y\n", ["Square", ""]),
        ("", ["", ""]),
        ("y\nn\ny\n", ["Square", "Square"]),
        ("what\n\n?\ny\nq\n", ["Square", ""]),
        ("\xff\n t  \nr class\nr 1a\nr Class.x\nt keras\nn\nq\n", ["", ""]),
    ],
)
def test_what_is_answered_is_written(typed: str, expected: list[str], tmp_path: Path) -> None:
    asked(tmp_path, typed)
    assert written(tmp_path) == expected


def test_what_is_asked(tmp_path: Path) -> None:
    _, told = asked(tmp_path, "x\nt ops\ny\nq\n", names=["a.py"])
    assert '+y = Square(name="square")(x)\n' in told
    assert 'a.py: KC101 tf.square could become Square "square" (1 of 2) [y,n,a,A,t,r,q,?] ' in told
    assert "'x' is no answer; ? lists them" in told
    assert "keras.ops is there with `--target keras3` alone" in told


def test_what_stays_is_told(tmp_path: Path) -> None:
    results, _ = asked(tmp_path, "n\nq\n")
    reasons = {name: [str(site.refusal) for site in one.sites] for name, one in results.items()}
    ended = "KC316: the questions ended before this one"
    assert reasons == {"a.py": ["KC316: you left it as it is", ended], "b.py": [ended, ended]}
    assert {one.status for one in results.values()} == {"refused"}


def test_a_no_can_be_written_down(tmp_path: Path) -> None:
    asked(tmp_path, "n\nq\n", add_skip=True, names=["a.py"])
    text = (tmp_path / "a.py").read_text()
    assert "y = tf.square(x)  # keras-codemod: skip\n" in text
    assert text.endswith(EXP)


def test_a_file_that_changes_meanwhile_is_not_written(tmp_path: Path) -> None:
    class Changing(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            (tmp_path / "a.py").write_text("changed = 1\n")
            return b"A\n"

    (tmp_path / "a.py").write_text(HEAD + SQUARE)
    terminal = Terminal(answers=Changing(), questions=io.BytesIO(), style=Style())
    files = discover([str(tmp_path)]).files
    done = rewrite_files(files, Settings(verify=False), True, interviewer=Interview(asker=terminal))
    (result,) = [result for group in done for result in group]
    assert result.error is not None and "changed" in result.error
    assert (tmp_path / "a.py").read_text() == "changed = 1\n"


def test_ctrl_c_at_a_prompt_ends_the_questions(tmp_path: Path) -> None:
    class Interrupted(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            line = super().readline()
            if not line:
                raise KeyboardInterrupt
            return line

    (tmp_path / "a.py").write_text(HEAD + SQUARE + "del y\n" + EXP)
    terminal = Terminal(answers=Interrupted(b"y\n"), questions=io.BytesIO(), style=Style())
    files = discover([str(tmp_path)]).files
    done = rewrite_files(files, Settings(verify=False), True, interviewer=Interview(asker=terminal))
    assert [result.status for group in done for result in group] == ["rewritten"]
    assert written(tmp_path) == ["Square"]


def test_colours_and_control_characters() -> None:
    diff = b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\x1b[2J\r\n+b\xff\n c\n"
    assert coloured(diff, Style()) == (b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\\x1b[2J\n+b\xff\n c\n")
    assert b"\x1b[31m-a\\x1b[2J\x1b[0m" in coloured(diff, Style(True))


def only_fine(request: VerifyRequest) -> Verdict:
    """A verification that no layer of two ops passes."""
    (after,) = request.rewrites.values()
    return verdict("different" if b"ExponentialOfSquare" in after else "proved", "weights moved")


@pytest.mark.parametrize(
    ("typed", "expected", "questions"),
    [
        ("y\ny\n", "Square Exp", 1),
        ("y\nn\n", "", 1),
        ("y\n", "", 1),
        ("a\n", "Square Exp", 0),
        ("n\n", "", 0),
    ],
)
def test_what_verification_plans_otherwise_is_shown_before_it_is_written(
    typed: str, expected: str, questions: int, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text(HEAD + SQUARE + "z = tf.exp(y)\n")
    told = io.BytesIO()
    terminal = Terminal(answers=io.BytesIO(typed.encode()), questions=told, style=Style())
    done = rewrite_files(
        discover([str(tmp_path)]).files,
        Settings(),
        True,
        open_verifier=TableVerifier(only_fine).open,
        interviewer=Interview(asker=terminal),
    )
    (result,) = [result for group in done for result in group]
    assert written(tmp_path) == [expected]
    assert result.status == ("rewritten" if expected else "refused")
    assert told.getvalue().count(b"verification wants it planned so") == questions


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["."], "--interactive asks on a terminal, and standard input is none"),
        (["-"], "does not go with the path -"),
        ([".", "--diff"], "does not go with --diff"),
        ([".", "--check"], "does not go with --check"),
        ([".", "--fix", "keras3"], "does not go with --fix"),
    ],
)
def test_where_nobody_can_be_asked(arguments: list[str], problem: str, tmp_path: Path) -> None:
    done = run_here("rewrite", "--interactive", *arguments, folder=tmp_path)
    assert done.returncode == 2
    assert problem in " ".join(done.stderr.decode().split())


def test_answers_are_not_those_of_the_next_run(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(HEAD + SQUARE)
    files = discover([str(tmp_path)]).files
    settings = Settings(verify=False)
    cache = Cache(Store(tmp_path / "cache"))
    terminal = Terminal(answers=io.BytesIO(b"n\n"), questions=io.BytesIO(), style=Style())
    statuses = []
    for interviewer in (Interview(asker=terminal), None):
        done = rewrite_remembered(files, settings, True, Silent(), cache, interviewer=interviewer)
        statuses += [result.status for group in done for result in group]
    assert statuses == ["refused", "rewritten"]
