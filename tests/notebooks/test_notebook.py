"""Notebooks as files: what is read, what is refused, and that nothing else changes in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemod.files.notebook_files import broken_cells, notebook_or_problem
from codemod.notebooks.cell_python import LINE
from codemod.notebooks.cells import CellError, cell_lines
from codemod.notebooks.notebook import Notebook, is_notebook, read_notebook
from codemod.results import FileResult

FIXTURES = Path(__file__).parents[2] / "fixtures/notebooks"


def code(*lines: str, **more: Any) -> dict[str, Any]:
    rest: dict[str, Any] = {"execution_count": None, "metadata": {}, "outputs": []}
    return {"cell_type": "code", "source": list(lines), **rest, **more}


def notebook(*cells: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}


def written(document: object) -> bytes:
    return json.dumps(document, indent=1).encode()


@pytest.mark.parametrize("before", sorted(FIXTURES.glob("*/before.ipynb")), ids=str)
def test_a_notebook_is_put_back_byte_by_byte(before: Path) -> None:
    content = before.read_bytes()
    read = read_notebook(content)
    assert read.with_python(read.python) == content
    assert not read.module.broken


LINES = (
    *("x = 1", "!ls 'a", "%matplotlib inline", "", "y = !ls", "if x:", "    pass", "f?", "%%time"),
    *("é = '→😀'", "# %% cell 1 #:", "z = '''", "'''", "a = b \\", "\x0c", "t = '\\u003c\\t\"/'"),
    *("\t", "\u2028", "\r"),
)
TEXT = st.lists(st.sampled_from(LINES), max_size=5).map("\n".join)
STYLE: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "indent": st.sampled_from([None, 0, 1, 4, "\t"]),
        "ensure_ascii": st.booleans(),
        "separators": st.sampled_from([None, (",", ":"), (" ,\n", "  :  ")]),
        "sort_keys": st.booleans(),
    }
)


@st.composite
def notebooks(draw: st.DrawFn) -> bytes:
    cells = []
    for text in draw(st.lists(TEXT, min_size=1, max_size=4)):
        source: Any = text
        if draw(st.booleans()):
            source = text.splitlines(keepends=True)
        kind = draw(st.sampled_from(["code", "code", "markdown", "raw"]))
        cells.append({"cell_type": kind, "source": source, "metadata": {"source": ["x"]}})
    document = json.dumps(notebook(*cells), **draw(STYLE))
    if draw(st.booleans()):
        document = document.replace("\n", "\r\n")
    start, end = draw(st.sampled_from(["", "\ufeff", " \n"])), draw(st.sampled_from(["", "\n\n"]))
    return f"{start}{document}{end}".encode()


@settings(max_examples=100, deadline=None)
@given(notebooks(), st.data())
def test_cells_that_are_not_changed_keep_their_bytes(content: bytes, data: st.DataObject) -> None:
    read = read_notebook(content)
    assert read.with_python(read.python) == content
    if not read.sources:
        return
    number = data.draw(st.sampled_from(sorted(read.sources)))
    new = "new = '< é 😀 \"'\n"
    lines = LINE.findall(read.module.text)
    head = cell_lines(read.python).heads[sorted(read.sources).index(number)]
    changed = "".join([*lines[:head], new, *lines[head:]]).encode()
    after = json.loads(read.with_python(changed).decode("utf-8-sig"))
    before = json.loads(content.decode("utf-8-sig"))
    texts = dict(read.changed_cells(changed))
    assert [*texts] == [number]
    own = after["cells"][number - 1]["source"]
    assert isinstance(own, str) == isinstance(before["cells"][number - 1]["source"], str)
    assert "".join(own) == texts[number][1]
    assert texts[number][1] == new + texts[number][0]
    after["cells"][number - 1]["source"] = before["cells"][number - 1]["source"]
    assert after == before
    # Outside the source of that cell no byte has changed.
    source = read.sources[number]
    text = read.with_python(changed).decode()
    assert text.startswith(read.text[: source.start])
    assert text.endswith(read.text[source.end :])


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (r'"x = 1\n", "y = \"\u003cb\u003e\""', r'"x = \"\u003c/b\u003e \u00e9\"\n", "y'),
        (r'"x = 1\n", "y = \"\u00E9\""', r'"x = \"</b> \u00E9\"\n", "y'),
        (r'"x = 1\n", "y = \"é\""', r'"x = \"</b> é\"\n", "y'),
        (r'"x = 1\n", "y = \"\/\""', r'"x = \"<\/b> é\"\n", "y'),
        (r'"x = 1\n", "y = \"/\/\""', r'"x = \"</b> é\"\n", "y'),
    ],
)
def test_new_lines_are_escaped_as_the_others_are(raw: str, expected: str) -> None:
    if "003c" in raw:
        raw = raw.replace("\\u003cb", "\\u00e8\\u003cb")
    cell = '{"cell_type": "code", "source": [' + raw + "]}"
    content = '{"cells": [' + cell + '], "metadata": {}, "nbformat": 4}'
    read = read_notebook(content.encode())
    after = read.with_python(read.python.replace(b"x = 1", 'x = "</b> é"'.encode())).decode()
    assert expected in after.replace("\\u00e8", "")


@pytest.mark.parametrize(
    ("document", "place", "problem"),
    [
        ([], (None, None), "is JSON, but no notebook; give a notebook or a Python file"),
        ({}, (None, None), "is no notebook of format 4; open and save it with Jupyter first"),
        (
            {"nbformat": 3, "worksheets": []},
            (None, None),
            "is a notebook of the old format 3; convert it with `jupyter nbconvert --to notebook`",
        ),
        (
            notebook(metadata={"kernelspec": {"name": "ir", "display_name": "R"}}),
            (None, None),
            "is a notebook of R, not of Python; leave it out",
        ),
        (
            notebook(metadata={"language_info": {"name": "julia"}}),
            (None, None),
            "is a notebook of julia, not of Python; leave it out",
        ),
        (
            notebook(code(id="a"), code(id="b"), code(id="a")),
            (3, None),
            'has the id "a" of cell 1; give it one of its own',
        ),
        (
            notebook({"cell_type": "code", "source": 3}),
            (1, None),
            "has no source or type; open and save it with Jupyter first",
        ),
        (
            notebook(cells=None),
            (None, None),
            "has no cells; open and save it with Jupyter first",
        ),
    ],
)
def test_a_broken_notebook_is_told_in_a_line(
    document: object, place: tuple[int | None, int | None], problem: str
) -> None:
    result = notebook_or_problem(written(document), "a.ipynb")
    assert isinstance(result, FileResult)
    assert (result.error_cell, result.error_line) == place
    assert result.error == problem


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        (b'{"cells": [\n<<<<<<< HEAD\n', 2, "is not JSON, as notebooks are (Expecting value)"),
        (b'{\n"cells": "\xff"}', 2, "is not UTF-8, as notebooks are; save it as UTF-8"),
        (b"", 1, "is not JSON, as notebooks are (Expecting value); repair it first"),
        (b"[" * 100_000, None, "is nested too deeply for a notebook; repair it first"),
    ],
)
def test_what_is_no_json_is_told_with_its_line(
    content: bytes, line: int | None, problem: str
) -> None:
    result = notebook_or_problem(content, "a.ipynb")
    assert isinstance(result, FileResult)
    assert result.error_line == line
    assert (result.error or "").startswith(problem)


def test_errors_of_cells_are_told_by_cell_and_line() -> None:
    read = notebook_or_problem(
        written(notebook(code("x = 1"), code("!ls\n", "x = = 2"), code("(\n"), code("'\ud800'"))),
        "a.ipynb",
    )
    assert isinstance(read, Notebook)
    result = broken_cells(read, "a.ipynb")
    assert result is not None
    assert (result.error_cell, result.error_line) == (2, 2)
    assert result.error == (
        "syntax error (invalid syntax); correct it and run again (also in cells 3, 4)"
    )


@pytest.mark.parametrize(
    ("cell", "line", "problem"),
    [
        ("x = 1\nprint x", 2, "is Python 2; convert it to Python 3 first"),
        ("x = '\ud800'", 1, "holds half a character, which is no text; correct it and run again"),
        ("\nreturn x", 2, "syntax error ('return' outside function); correct it and run again"),
        ("x = '\x00'", None, "holds null bytes, so it is not Python source; leave it out"),
    ],
)
def test_what_is_wrong_with_a_cell(cell: str, line: int | None, problem: str) -> None:
    read = notebook_or_problem(written(notebook(code(cell))), "a.ipynb")
    assert isinstance(read, Notebook)
    result = broken_cells(read, "a.ipynb")
    assert result is not None
    assert (result.error_cell, result.error_line, result.error) == (1, line, problem)


def test_what_is_not_in_its_place_any_more_is_refused() -> None:
    read = read_notebook(written(notebook(code("!ls\n", "x = 1"), code("%time y = x"))))
    python = read.python.decode()
    for changed in (
        python.replace("system('ls')", "system('rm')"),
        python.replace("x = 1", ""[:0]).replace("# %% cell 2 #:\n", ""),
        "".join(python.splitlines(keepends=True)[:2] + python.splitlines(keepends=True)[3:]),
        python + python.splitlines(keepends=True)[2],
        python.replace("# %% cell 1", "import os\n# %% cell 1"),
    ):
        with pytest.raises(CellError):
            read.with_python(changed.encode())
    timed = read.changed_cells(python.replace("y = x", "y = Layer()(x)").encode())
    assert timed == {2: ("%time y = x", "%time y = Layer()(x)")}


def test_places_in_the_file() -> None:
    content = b"""{"cells": [
 {"cell_type": "code", "source": [
  "x = 1\\n",
  "\\ty = \\"\\u00e9\\"; z"
 ]},
 {"cell_type": "code", "source": "a\\nb = 2"}
], "metadata": {}, "nbformat": 4}"""
    read = read_notebook(content)
    lines = content.decode().split("\n")

    def at(cell: int, line: int, column: int) -> str:
        row, place = read.place(cell, line, column)
        return lines[row - 1][place:]

    assert at(1, 1, 0).startswith("x = 1")
    assert at(1, 2, 1).startswith("y = ")
    assert at(1, 2, 10).startswith("z")
    assert at(2, 2, 4).startswith("2")


@pytest.mark.parametrize(
    ("upper", "lower", "matters"),
    [
        ("x = 1", "print(x)", True),
        ("x = 1", "x = 2", True),
        ("print(x)", "x = 2", True),
        ("def f(): pass", "f()", True),
        ("print(x)", "y = x", False),
        ("import os", "print(os)", False),
    ],
)
def test_cells_that_were_run_out_of_order_are_seen_where_it_matters(
    upper: str, lower: str, matters: bool
) -> None:
    cells = [code(upper, execution_count=3), code("b"), code(lower, execution_count=2)]
    found = read_notebook(written(notebook(*cells))).runs_out_of_order
    assert found == ((1, 3) if matters else None)
    in_order = [code(upper, execution_count=2), code(lower, execution_count=9)]
    assert read_notebook(written(notebook(*in_order))).runs_out_of_order is None


def test_a_notebook_without_a_name_is_known_by_what_it_holds() -> None:
    assert is_notebook(b"\xef\xbb\xbf " + written(notebook()))
    assert not is_notebook(b'{"cells": 1}; import tensorflow')
    assert not is_notebook(b'{"a": 1}')
