"""Notebooks from the user's side, nothing verified: rewritten, checked, told by cell."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codemod.api import check_source, notebook_of, rewrite_source
from codemod.commands import Preview, check_paths, check_stdin, rewrite_paths, rewrite_stdin
from codemod.notebooks.cells import cell_lines
from codemod.notebooks.notebook import read_notebook
from codemod.reports.diffs import diff_of
from codemod.results import FileResult
from codemod.settings import Format, Settings, View
from tests.support.golden import NOTEBOOKS, planned, rewritten_notebook
from tests.support.report_schema import check_report
from tests.support.sarif_demands import applied, check_log

UNVERIFIED = Settings(verify=False)
IMPORTS = "import tensorflow as tf\nfrom tensorflow import keras\nx = keras.Input((4,))"


def notebook(*cells: str, counts: bool = False) -> bytes:
    made: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "execution_count": number if counts else None,
            "metadata": {},
            "outputs": [],
            "source": text.splitlines(keepends=True),
        }
        for number, text in enumerate(cells)
    ]
    title = {"cell_type": "markdown", "metadata": {}, "source": ["# Title"]}
    document = {"cells": [title, *made], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    return (json.dumps(document, indent=1) + "\n").encode()


def cells_of(content: bytes) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(content)["cells"][1:]]


def rewritten(*cells: str) -> list[str]:
    result = rewrite_source(notebook(*cells), Settings(), Path("/project/a.ipynb"))
    assert result.error is None
    return cells_of(result.files[1])


@pytest.mark.parametrize("before", NOTEBOOKS, ids=lambda path: path.parent.name)
def test_a_fixture_is_rewritten_as_committed(before: Path) -> None:
    committed = before.with_name("after.ipynb").read_bytes()
    assert rewritten_notebook(before) == committed, (
        "`python -m tests.support.golden` writes it anew"
    )
    again = rewrite_source(committed, Settings(), before)
    assert again.files == (committed, committed)


def test_each_class_goes_to_the_first_cell_that_needs_it() -> None:
    imports, helper, magic, build = rewritten(
        IMPORTS,
        "#@title A helper\ndef norm(x):\n    return tf.math.l2_normalize(x)",
        "!pip install x\n%matplotlib inline",
        "%%time\nimport os\ny = norm(x)\ny = tf.square(y)\nm = keras.Model(x, y)",
    )
    assert imports == IMPORTS
    assert helper.startswith("#@title A helper\nclass UncastLayer(keras.layers.Layer):\n")
    assert "class Norm(UncastLayer)" in helper
    assert magic == "!pip install x\n%matplotlib inline"
    assert build.startswith("%%time\nimport os\n\n\n@keras.utils.register_keras_serializable(")
    assert build.endswith('y = Square(name="square")(y)\nm = keras.Model(x, y)')


def test_imports_that_are_needed_go_to_the_others() -> None:
    imports, build = rewritten(
        "import tensorflow as tf\nfrom tensorflow.keras import Input, Model\n\nx = Input((4,))",
        "m = Model(x, tf.square(x))",
    )
    assert (
        imports
        == "import tensorflow as tf\nfrom tensorflow.keras import Input, Model\n\nx = Input((4,))"
    )
    assert "class Square(tf.keras.layers.Layer)" in build
    imports, build = rewritten(
        "from tensorflow import square\nfrom tensorflow.keras.layers import Input\nx = Input((4,))",
        "y = square(x)",
    )
    assert imports.startswith(
        "from tensorflow import square\nfrom tensorflow.keras.layers import Input\n"
    )
    assert "from tensorflow import keras\n" in imports


def test_a_class_needs_no_import_of_a_cell_further_down() -> None:
    cells = (
        "import tensorflow as tf\nfrom tensorflow.keras.layers import Input\nx = Input((4,))",
        "y = tf.square(x)",
        "from tensorflow import keras\nfrom tensorflow.keras import layers\nz = tf.exp(y)",
    )
    imports, first, second = rewritten(*cells)
    assert imports == cells[0]
    assert "class UncastLayer(tf.keras.layers.Layer)" in first
    assert "class Exp(UncastLayer)" in second
    cells = ("from tensorflow.keras.layers import Input\nx = Input((4,))", *cells[1:])
    cells = (cells[0], "from tensorflow import square\ny = square(x)", *cells[2:])
    imports, first, _ = rewritten(*cells)
    assert "from tensorflow import keras\n" in imports
    assert "class Square(keras.layers.Layer)" in first


def test_no_run_goes_over_the_end_of_a_cell() -> None:
    source = notebook(IMPORTS, "y = tf.square(x)", "y = tf.reduce_sum(y, 1)", "keras.Model(x, y)")
    read = read_notebook(source)
    result = planned(read.python, Path("/project/a.ipynb"), "layer")
    assert [site.class_name for site in result.sites] == ["Square", "ReduceSum"]
    assert list(read.changed_cells(result.rewritten)) == [3, 4]


def test_a_cell_that_is_run_again_gives_its_layers_no_fixed_name() -> None:
    """``x = Layer(name="relu")(x)`` once more, and Keras finds two layers of that name."""
    helper = "def block(x):\n    return tf.cos(x)"
    _, cells, again, after = rewritten(
        IMPORTS,
        helper,
        "x = keras.layers.Dense(4)(x)\nx = tf.nn.relu6(x)\nx = block(x)",
        "y = tf.sin(x)",
    )
    assert "return Cos()(x)" in cells
    assert "x = Relu6()(x)" in again
    assert 'y = Sin(name="sin")(x)' in after


def test_what_a_magic_gives_is_unknown_and_not_undefined() -> None:
    (_, cell) = rewritten(IMPORTS, "files = !ls\nx = %magic\n%time y = tf.square(x)")
    assert cell == "files = !ls\nx = %magic\n%time y = tf.square(x)"
    (_, cell) = rewritten(IMPORTS, "%time y = tf.square(x)")
    assert cell.endswith('\n\n\n%time y = Square(name="square")(x)')


def test_a_variable_that_a_magic_reads_is_still_there() -> None:
    cells = [IMPORTS, "h = tf.square(x)\ny = tf.reduce_sum(h, 1)", "%timeit f(h)", "y"]
    read = read_notebook(notebook(*cells))
    (_, build) = read.changed_cells(planned(read.python, Path("/a.ipynb"), "layer").rewritten)[3]
    assert "h, y = " in build
    read = read_notebook(notebook(*cells[:2], "y"))
    (_, build) = read.changed_cells(planned(read.python, Path("/a.ipynb"), "layer").rewritten)[3]
    assert "h, y = " not in build


def test_scripts_in_the_percent_format_are_cells_too() -> None:
    source = (
        "# ---\n# jupyter: {}\n# ---\n\n# %% [markdown]\n# # Title\n\n"
        "# %%\n# %matplotlib inline\n" + IMPORTS + "\n\n"
        '# %% tags=["build"]\n# # !pip install x\ny = tf.square(x)\n\n# %%\nz = tf.exp(y)\n'
    )
    result = rewrite_source(source.encode(), Settings(), Path("/project/a.py"))
    text = result.rewritten.decode()
    heads = [line for line in text.split("\n") if line.startswith("# ")]
    assert heads == [line for line in source.split("\n") if line.startswith("# ")]
    build = text.index('# %% tags=["build"]')
    assert (
        build < text.index("class Square") < text.index("# %%\n", build) < text.index("class Exp")
    )


BROKEN = notebook(IMPORTS, "y = tf.square(x)\ndef f(:\n    pass", "z = tf.exp(x)")


def reported(
    capsysbinary: pytest.CaptureFixture[bytes], path: Path, form: Format = "text"
) -> tuple[int, str, str]:
    status = check_paths([str(path)], UNVERIFIED, View(format=form, color="never"))
    out, errors = capsysbinary.readouterr()
    return status, out.decode(), errors.decode()


def test_a_syntax_error_in_one_cell_does_not_lose_the_others(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(BROKEN)
    status, out, errors = reported(capsysbinary, path)
    assert status == 2
    assert errors == f"{path}:cell 3:2: syntax error (invalid syntax); correct it and run again\n"
    assert out.startswith(f'{path}:cell 4:1:5: KC101 tf.exp could become Exp "exp"\n')
    status = rewrite_paths([str(path)], UNVERIFIED, Preview(), View())
    assert status == 2
    assert path.read_bytes() == BROKEN
    assert capsysbinary.readouterr().err.decode() == errors


def test_files_are_written_and_told_by_cell(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "deep/a.ipynb"
    path.parent.mkdir()
    source = notebook(IMPORTS, "y = tf.square(x)")
    path.write_bytes(source)
    (tmp_path / "deep/b.ipynb").write_bytes(notebook("print(1)"))
    status = rewrite_paths([str(tmp_path)], UNVERIFIED, Preview(), View(color="never"))
    out = capsysbinary.readouterr().out.decode()
    assert status == 0
    assert f'{path}:cell 3:12:5: KC101 tf.square -> Square "square"\n' in out
    assert "1 file rewritten (1 raw expression)." in out
    assert cells_of(path.read_bytes())[1].split("\n")[11] == 'y = Square(name="square")(x)'
    kept = path.read_bytes()
    assert rewrite_paths([str(path)], UNVERIFIED, Preview(), View()) == 0
    assert path.read_bytes() == kept


@pytest.fixture
def filtered(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Iterator[Any]:
    def run(source: bytes, name: str | None, preview: Preview | None = None) -> tuple[Any, ...]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(source)))
        status = rewrite_stdin(name, UNVERIFIED, preview or Preview(), View(color="never"))
        return (status, *capsysbinary.readouterr())

    yield run


@pytest.mark.parametrize("name", [None, "a.ipynb"])
def test_the_filter_takes_a_notebook(filtered: Any, name: str | None) -> None:
    source = notebook(IMPORTS, "!ls\ny = tf.square(x)")
    status, out, errors = filtered(source, name)
    assert status == 0
    assert cells_of(out)[1].endswith('y = Square(name="square")(x)')
    assert f"{name or '<stdin>'}:cell 3:15:5: KC101" in errors.decode()
    status, out, _ = filtered(source, name, Preview(diff=True))
    assert out.decode().split("\n")[:4] == [
        f"--- a/{name or '<stdin>'}:cell 3\t",
        f"+++ b/{name or '<stdin>'}:cell 3\t",
        "@@ -1,2 +1,15 @@",
        " !ls",
    ]
    assert out.endswith(b'\n+y = Square(name="square")(x)\n')


def test_the_filter_gives_a_broken_notebook_back(filtered: Any) -> None:
    for source, place in (
        (BROKEN, "cell 3:2: syntax error"),
        (b'{"cells": [', "1: is not JSON"),
        (b'{"nbformat": 3}', " is a notebook of the old format 3"),
    ):
        status, out, errors = filtered(source, "a.ipynb")
        assert (status, out) == (2, source)
        assert errors.decode().startswith(f"a.ipynb:{place}")


def test_the_filter_checks_the_cells_beside_a_broken_one(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BROKEN)))
    assert check_stdin(None, UNVERIFIED, View(color="never")) == 2
    out, errors = capsysbinary.readouterr()
    assert out.startswith(b"<stdin>:cell 4:1:5: KC101 tf.exp could become Exp")
    assert errors.startswith(b"<stdin>:cell 3:2: syntax error")


def test_editors_give_cells_and_no_file() -> None:
    cells = ["%time\n" + IMPORTS, "def f(:", "y = tf.square(x)"]
    found = check_source(notebook_of(cells), Settings(), Path("/project/a.ipynb"))
    assert (found.error_cell, found.error_line) == (2, 1)
    assert [cell_lines(found.original).place(site.span.line) for site in found.sites] == [(3, 1)]
    done = rewrite_source(notebook_of([*cells[:1], *cells[2:]]), Settings(), Path("/p/a.ipynb"))
    assert done.notebook is not None
    ((number, (before, after)),) = done.notebook.changed_cells(done.rewritten).items()
    assert (number, before) == (2, cells[2])
    assert after.endswith('y = Square(name="square")(x)')


@pytest.fixture(scope="module")
def would() -> FileResult:
    source = notebook(IMPORTS, '"é"\ny = tf.square(x)\nz = tf.reduce_sum(y, axis=0)')
    return replace(rewrite_source(source, Settings(), Path("/project/a.ipynb")), path="a.ipynb")


def test_other_formats_name_the_cell_and_the_place_in_the_file(
    would: FileResult, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(would.files[0])
    lines = would.files[0].decode().split("\n")
    row = next(number for number, line in enumerate(lines, 1) if "tf.square" in line)
    column = lines[row - 1].index("tf.square") + 1

    document = json.loads(reported(capsysbinary, path, "json")[1])
    check_report(document)
    (file,) = document["files"]
    assert [(site["cell"], site["line"], site["column"]) for site in file["sites"]] == [
        (3, 2, 4),
        (3, 3, 4),
    ]
    assert {hazard["cell"] for hazard in file["hazards"]} == {3}

    out = reported(capsysbinary, path, "github")[1]
    assert f"line={row},col={column},endColumn={column + 11}," in out
    assert "::cell 3, line 2: KC101 tf.square" in out

    log = json.loads(reported(capsysbinary, path, "sarif")[1])
    check_log(log)
    first = log["runs"][0]["results"][0]
    assert first["message"]["text"].startswith("cell 3, line 2: KC101")
    region = first["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (row, column)


def test_columns_behind_a_magic_are_those_of_the_cell(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(notebook(IMPORTS, "if x is not None:\n    %time y = tf.square(x)"))
    assert ":cell 3:2:15: KC101 tf.square" in reported(capsysbinary, path)[1]
    document = json.loads(reported(capsysbinary, path, "json")[1])
    (site,) = document["files"][0]["sites"]
    assert (site["cell"], site["line"], site["column"], site["end_column"]) == (3, 2, 14, 26)
    log = json.loads(reported(capsysbinary, path, "sarif")[1])
    region = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]
    line = path.read_text().split("\n")[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "tf.square(x)"


def test_the_diff_of_a_notebook_goes_cell_by_cell(would: FileResult) -> None:
    text = diff_of(would).decode()
    assert text.count("--- a/a.ipynb:cell 3\t\n") == text.count("\n--- ") + 1 == 1
    assert "\n-y = tf.square(x)\n" in text
    assert diff_of(replace(would, rewritten=would.original)) == b""


def test_the_fixes_of_sarif_are_those_of_the_file(would: FileResult) -> None:
    from codemod.reports.sarif import file_results

    (with_fix,) = [found for found in file_results(would) if "fixes" in found]
    before, after = (content.decode() for content in would.files)
    assert applied(with_fix["fixes"][0], before) == after


def test_fixes_for_keras_3_are_made_in_cells(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "a.ipynb"
    cells = (IMPORTS, "!ls\nm = keras.Model(x, x)\nm.fit_generator(d)", "y = tf.square(x)")
    path.write_bytes(notebook(*cells))
    settings = replace(UNVERIFIED, fix=("keras3",))
    assert rewrite_paths([str(path)], settings, Preview(), View(color="never")) == 0
    out = capsysbinary.readouterr().out.decode()
    after = cells_of(path.read_bytes())
    assert after[1] == "!ls\nm = keras.Model(x, x)\nm.fit(d)"
    assert 'Square(name="square")' in after[2]
    assert f"{path}:cell 3:3:" in out
