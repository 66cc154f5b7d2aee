"""Verdicts about notebooks name cells where they name lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codemod.engine.notebooks import told_by_cell, with_notebooks
from codemod.files.discovery import SourceFile
from codemod.notebooks.cell_python import Cell
from codemod.notebooks.cells import cell_module
from codemod.notebooks.notebook import read_notebook
from codemod.results import FileResult
from codemod.verdict import ModelVerdict, Verdict

BEFORE = cell_module([Cell(2, "a\nb"), Cell(4, "c")]).text.encode()
AFTER = cell_module([Cell(2, "new\na\nb"), Cell(4, "c")]).text.encode()


def verdict(text: str, keras3: str | None = None) -> Verdict:
    model = ModelVerdict(name="m", line=6, verdict="proved", keras3=keras3)
    return Verdict(verdict="unverified", reason=text, models=(model,))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("line 4: ValueError", "cell 2, line 2: ValueError"),
        ("line 6 (raised at line 3): E", "cell 4, line 1 (raised at cell 2, line 1): E"),
        ("x (line 6) and line 3", "x (cell 4, line 1) and cell 2, line 1"),
        (
            "`Sum` (line 7 of the rewritten source)",
            "`Sum` (cell 4, line 1 of the rewritten source)",
        ),
        ("line 7 of the rewritten a.ipynb", "cell 4, line 1 of the rewritten a.ipynb"),
        (
            "only the rewritten source fails: line 3",
            "only the rewritten source fails: cell 2, line 1",
        ),
        ("have not run: a.ipynb:7, b.py:7", "have not run: a.ipynb:cell 4:1, b.py:7"),
        # These are lines of other files.
        ("line 4 (helper.py line 6)", "cell 2, line 2 (helper.py line 6)"),
        ("line 61 of the rewritten helper.py", "line 61 of the rewritten helper.py"),
    ],
)
def test_lines_are_told_by_cell(text: str, expected: str) -> None:
    assert told_by_cell(verdict(text), BEFORE, AFTER).reason == expected


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("does not build: line 7: E", "does not build: cell 4, line 1: E"),
        (
            "not checked: the original stops at line 6",
            "not checked: the original stops at cell 4, line 1",
        ),
        (None, None),
    ],
)
def test_claims_under_keras_3_are_about_the_rewritten_lines(
    claim: str | None, expected: str | None
) -> None:
    (model,) = told_by_cell(verdict("", claim), BEFORE, AFTER).models
    assert model.keras3 == expected


def test_what_a_notebook_tells_is_told_of_the_modules_that_it_runs() -> None:
    cells = [{"cell_type": "code", "source": "import b"}, {"cell_type": "code", "source": "b.f()"}]
    content = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}).encode()
    notebook = read_notebook(content)
    folder = Path("/project")
    files = [SourceFile(folder / name, name, folder) for name in ("a.ipynb", "b.py")]
    told = Verdict(verdict="proved", assumptions=("not run: line 5: E", "fit was left out"))
    sources = [notebook.python, b"x = 1\n"]
    results = [
        FileResult(path=name, status="unchanged", verdict=told, original=text, rewritten=text)
        for name, text in zip(("a.ipynb", "b.py"), sources)
    ]
    done = with_notebooks(zip(files, results), {files[0]: notebook})
    own, other = (result.verdict for _, result in done)
    assert own is not None and own.assumptions[0] == "not run: cell 2, line 1: E"
    assert other is not None and other.assumptions == (
        "not run: a.ipynb cell 2, line 1: E",
        "fit was left out",
    )


def test_scripts_are_told_as_before() -> None:
    assert told_by_cell(verdict("line 4"), b"x = 1\n", b"x = 2\n") == verdict("line 4")
