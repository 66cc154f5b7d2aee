"""Notebooks as editors show them: cells with addresses of their own, one server for all tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lsprotocol import types

from codemod.api import rewrite_source
from codemod.settings import Settings
from tests.support.golden import NOTEBOOKS
from tests.support.language_client import Client, able, at, served
from tests.support.notebook_client import CODE, MARKDOWN, OpenedNotebook

pytestmark = pytest.mark.tensorflow

IMPORTS = "%matplotlib inline\nimport tensorflow as tf\nfrom tensorflow import keras"
INPUT = "x = keras.Input((4,))"
SQUARE = "y = tf.square(x)"
MODEL = "model = keras.Model(x, y)"
CLASS = "@keras.utils.register_keras_serializable"


def opened(client: Client, folder: Path, name: str, *texts: str) -> OpenedNotebook:
    return OpenedNotebook(client, (folder / f"{name}.ipynb").as_uri(), *texts)


def test_cells_are_one_module_and_findings_stand_in_their_cell(
    client: Client, folder: Path
) -> None:
    notebook = opened(client, folder, "module", IMPORTS, INPUT, f'a = "𝄞😀"; {SQUARE}', MODEL)
    assert notebook.shows([], [], [("KC101", 1)], [])
    (found,) = client.diagnostics(notebook[2])
    assert found.range == at(0, 16, 0, 28)
    assert found.message == 'tf.square could become Square "square"'
    assert found.code_description is not None
    assert "could become Square" in (client.hover(notebook[2], 0, 20) or "")
    # The same place in other cells is another place.
    notebook.splice(4, 0, "z = x + 1.0")
    assert notebook.shows([], [], [("KC101", 1)], [], [("KC102", 1)])
    assert "Make this a layer" in notebook.actions(4, 0, 6)
    assert "Make this a layer" not in notebook.actions(3, 0, 6)
    assert client.hover(notebook[3], 0, 20) is None


def test_what_is_no_python_stays(client: Client, folder: Path) -> None:
    bash = "%%bash\necho 'y = tf.square(x)'"
    notebook = opened(
        client, folder, "magics", IMPORTS, bash, f"{INPUT}\n!ls {{x}}", f"  \n%time {SQUARE}", MODEL
    )
    assert notebook.shows([], [], [], [("KC101", 2)], [])
    (found,) = client.diagnostics(notebook[3])
    assert found.range == at(1, 10, 1, 22)
    hover = client.hover(notebook[3], 1, 12)
    assert hover is not None
    assert hover.endswith('\n\n%time y = Square(name="square")(x)\n```')
    actions = notebook.actions(3, 1, 12)
    after = notebook.after(actions["Make this a layer"])
    assert after[:3] == notebook.texts[:3]
    assert CLASS in after[3]
    assert after[3].endswith('%time y = Square(name="square")(x)')
    after = notebook.after(actions["Skip this line"])
    assert after[3] == f"  \n%time {SQUARE}  # keras-codemod: skip"
    notebook.replace(3, after[3])
    assert notebook.shows([], [], [], [], [])


def test_a_class_goes_to_the_first_cell_that_needs_it(client: Client, folder: Path) -> None:
    helper = "def norm(x):\n    return tf.square(x)"
    build = "for _ in range(2):\n    x = norm(x)\ny = tf.square(x)"
    notebook = opened(client, folder, "classes", IMPORTS, helper, INPUT, build, MODEL)
    assert notebook.shows([], [("KC101", 2)], [], [("KC101", 3)], [])
    of_file = notebook.actions(4, 0)
    assert [*of_file] == [
        "Make layers in the whole notebook (2 raw ops)",
        "Wrap in named Lambdas in the whole notebook (2 raw ops)",
        "Use keras.ops in the whole notebook (2 raw ops)",
        "Verify this file",
    ]
    imports, first, _, second, model = notebook.after(
        of_file["Make layers in the whole notebook (2 raw ops)"]
    )
    assert (imports, model) == (IMPORTS, MODEL)
    assert CLASS in first
    assert CLASS not in second and second.startswith("for _ in range(2):\n")
    assert "y = Norm(" in second
    # A site alone, and those of a selection in one cell.
    after = notebook.after(notebook.actions(3, 2)["Wrap in a named Lambda"])
    assert "y = keras.layers.Lambda(" in after[3]
    assert after[:3] == notebook.texts[:3]
    chosen = client.actions(notebook[1], at(0, 0, 9, 0))
    after = notebook.after(chosen["Make layers in the selection (1 raw op)"])
    assert CLASS in after[1]
    assert after[2:] == notebook.texts[2:]
    after = notebook.after(notebook.actions(3, 2)["Use keras.ops"])
    assert after[3].endswith("y = keras.ops.square(x)")


def test_one_action_edits_two_cells(client: Client, folder: Path) -> None:
    notebook = opened(client, folder, "two", "import tensorflow as tf\nx = tf.keras.Input((4,))")
    notebook.splice(1, 0, "from tensorflow.keras import *\ny = tf.square(x)\nModel(x, y)")
    notebook.splice(1, 0, "# Text", kind=MARKDOWN, language="markdown")
    assert notebook.shows([], [], [("KC101", 2)])
    edit = client.resolved(notebook.actions(2, 1)["Use keras.ops"])
    assert edit is not None and edit.document_changes is not None
    assert client.texts_after(edit)[notebook[1]] == "# Text"
    layers = (
        "from tensorflow import square\nfrom tensorflow.keras.layers import Input\nx = Input((4,))"
    )
    notebook = opened(client, folder, "imports", layers, "y = square(x)\n")
    notebook.shows([], [("KC101", 1)])
    imports, build = notebook.after(notebook.actions(1, 0)["Make this a layer"])
    assert "from tensorflow import keras\n" in imports
    assert build.endswith('y = Square(name="square")(x)\n') and CLASS in build


def test_cells_come_go_and_move(client: Client, folder: Path) -> None:
    notebook = opened(client, folder, "structure", INPUT, SQUARE, IMPORTS)
    assert notebook.shows([], [], [])
    notebook.move(2, 0)
    assert notebook.shows([], [], [("KC101", 1)])
    notebook.splice(1, 0, "# A heading", kind=MARKDOWN, language="markdown")
    notebook.splice(4, 0, MODEL, "z = tf.exp(y)")
    assert notebook.shows([], [], [], [("KC101", 1)], [], [("KC101", 1)])
    gone = notebook[5]
    notebook.splice(5, 1)
    assert client.until(lambda: client.published[gone] == (None, ()))
    # What becomes text says nothing any more, and gives no value to a name.
    notebook.mark(3, MARKDOWN)
    assert notebook.shows([], [], [], [], [])
    notebook.mark(3, CODE, ran=7)
    assert notebook.shows([], [], [], [("KC101", 1)], [])
    notebook.mark(2, MARKDOWN)
    assert notebook.shows([], [], [], [], [])
    # An editor closes a cell whose language changes, and opens it again.
    notebook.mark(2, CODE)
    notebook.splice(3, 1, SQUARE, language="julia")
    assert notebook.shows([], [], [], [], [])
    notebook.splice(3, 1, SQUARE)
    assert notebook.shows([], [], [], [("KC101", 1)], [])
    notebook.splice(0, 5)
    notebook.splice(0, 0, f"{IMPORTS}\n{INPUT}\n{SQUARE}")
    assert notebook.shows([("KC101", 5)])


def test_what_is_typed_in_a_cell_counts(client: Client, folder: Path) -> None:
    notebook = opened(client, folder, "typed", IMPORTS, f"{INPUT}\r\ny = (x)\r\n", MODEL)
    notebook.type(
        1,
        types.TextDocumentContentChangePartial(range=at(1, 4), text="tf.sqare"),
        types.TextDocumentContentChangePartial(range=at(1, 9), text="u"),
        types.TextDocumentContentChangePartial(range=at(0, 0), text="# 𝄞\r\n"),
    )
    assert notebook.shows([], [("KC101", 3)], [])
    text = client.texts[notebook[1]] = f"# 𝄞\r\n{INPUT}\r\n{SQUARE}\r\n"
    after = notebook.after(notebook.actions(1, 2, 5)["Make this a layer"])
    assert after[1].endswith('\r\ny = Square(name="square")(x)\r\n')
    assert after[1].replace("\r\n", "").count("\n") == 0
    after = notebook.after(notebook.actions(1, 2, 5)["Skip this line"])
    assert after[1] == text.replace("(x)\r\n", "(x)  # keras-codemod: skip\r\n")
    action = notebook.actions(1, 2, 5)["Make this a layer"]
    notebook.replace(0, f"{IMPORTS}\n")
    assert client.resolved(action) is None
    assert "the document has changed since" in client.messages.pop()


def test_cells_that_cannot_be_parsed_are_told_where_they_are(client: Client, folder: Path) -> None:
    notebook = opened(
        client, folder, "broken", IMPORTS, "a = \n", INPUT, SQUARE, "print 'a'\n", f"{MODEL}\nx = ("
    )
    assert notebook.shows([], [("None", 1)], [], [("KC101", 1)], [("None", 1)], [("None", 2)])
    (found,) = client.diagnostics(notebook[1])
    assert found.severity == types.DiagnosticSeverity.Error
    assert found.message.startswith("not analysed: syntax error (")
    (found,) = client.diagnostics(notebook[4])
    assert found.message == "not analysed: is Python 2; convert it to Python 3 first"
    # As the command leaves such a notebook alone, only what it finds is told.
    assert [*notebook.actions(3, 0)] == ["Skip this line", "Verify this file"]
    assert "could become Square" in (client.hover(notebook[3], 0, 6) or "")
    for place, text in ((1, "a = 1"), (4, ""), (5, MODEL)):
        notebook.replace(place, text)
    assert notebook.shows([], [], [], [("KC101", 1)], [], [])
    assert "Make this a layer" in notebook.actions(3, 0)


def test_a_closed_notebook_shows_nothing(client: Client, folder: Path) -> None:
    texts = (IMPORTS, INPUT, SQUARE)
    first, second = (opened(client, folder, name, *texts) for name in ("first", "second"))
    assert first.shows([], [], [("KC101", 1)]) and second.shows([], [], [("KC101", 1)])
    first.close()
    assert client.until(lambda: client.published[first[2]] == (None, ()))
    assert first.actions(2, 0) == {}
    second.save()
    assert second.shows([], [], [("KC101", 1)])
    assert "Make this a layer" in second.actions(2, 0)


def test_what_clients_should_not_send(client: Client, folder: Path) -> None:
    first = opened(client, folder, "odd", IMPORTS, INPUT, SQUARE)
    assert first.shows([], [], [("KC101", 1)])
    client.open(first.uri, "{}", language="json")
    client.close(first.uri)
    assert "Make this a layer" in first.actions(2, 0)
    second = OpenedNotebook(client, first.uri, IMPORTS)
    assert client.until(lambda: client.published[first[2]] == (None, ()))
    second.close()
    second.splice(0, 1)
    second.close()
    unknown = "nowhere:1"
    client.texts[unknown], client.versions[unknown] = "", 1
    third = opened(client, folder, "other", IMPORTS, INPUT, SQUARE)
    third.cells.append(types.NotebookCell(kind=CODE, document=unknown))
    third.move(3, 0)
    third.replace(0, INPUT)
    assert third.shows([], [], [], [("KC101", 1)])
    assert third.actions(0, 0) == {}
    root = OpenedNotebook(client, "file:///", IMPORTS, INPUT, SQUARE)
    assert root.shows([], [], [("KC101", 1)])


def test_notebooks_without_a_file_and_of_other_languages(client: Client, folder: Path) -> None:
    texts = (IMPORTS, INPUT, SQUARE)
    unsaved = OpenedNotebook(client, "untitled:Untitled-1.ipynb", *texts)
    assert unsaved.shows([], [], [("KC101", 1)])
    assert CLASS in unsaved.after(unsaved.actions(2, 0)["Make this a layer"])[2]
    julia = {"metadata": {"kernelspec": {"language": "julia", "name": "julia-1.9"}}}
    uri = (folder / "julia.ipynb").as_uri()
    other = OpenedNotebook(client, uri, *texts, metadata=julia)
    cells = OpenedNotebook(client, f"{uri}2", *texts, language="r")
    assert other.actions(2, 0) == cells.actions(2, 0) == {}
    assert not {other[0], other[2], cells[0], cells[2]} & client.published.keys()
    # The kernel is chosen when the notebook is open already.
    other.describe({"metadata": {"language_info": {"name": "python"}}})
    assert other.shows([], [], [("KC101", 1)])
    other.describe(julia)
    assert other.shows([], [], [])
    command = "keras-codemod.verify"
    client.command(command, other.uri)
    told = client.until(lambda: client.messages.pop() if client.messages else None)
    assert told == "julia.ipynb: is a notebook of julia, not of Python; leave it out"


def test_texts_that_no_file_can_hold(client: Client, folder: Path) -> None:
    notebook = opened(client, folder, "half", IMPORTS, "# coding: latin-1\na = '€'", INPUT, SQUARE)
    assert notebook.shows([], [], [], [("KC101", 1)])
    notebook.replace(1, "a = 1\nb = '\x00'")
    assert notebook.shows([], [("None", 1)], [], [("KC101", 1)])
    notebook.splice(0, 4)
    notebook.splice(0, 0, "# %% cell 2 #:\n%ls #:0", f"{IMPORTS}\r{INPUT}\r{SQUARE}\r", "")
    assert notebook.shows([], [("KC101", 5)], [])


def test_a_notebook_that_is_shown_as_a_script(client: Client, folder: Path) -> None:
    uri = (folder / "script.ipynb").as_uri()
    cells = [IMPORTS.replace("%", "# %"), INPUT, SQUARE, MODEL]
    client.open(uri, "".join(f"# %%\n{cell}\n\n" for cell in cells))
    assert client.found(uri) == [("KC101", 10)]
    after = client.after(uri, client.actions(uri, at(9))["Make this a layer"])
    assert after.endswith(f'y = Square(name="square")(x)\n\n# %%\n{MODEL}\n\n')
    # Nothing is told about the JSON, under whatever name.
    text = f"{IMPORTS}\n{INPUT}\n{SQUARE}"
    source = json.dumps({"cells": [{"cell_type": "code", "source": text}], "nbformat": 4})
    client.open("untitled:Untitled-9", source)
    assert client.found("untitled:Untitled-9") == []
    assert client.actions("untitled:Untitled-9", at(0)) == {}


def test_a_client_without_notebooks(tmp_path: Path) -> None:
    with served([tmp_path], able(notebooks=False, resolves=False)) as client:
        cell, uri = "vscode-notebook-cell:/model.ipynb#W0sZmlsZQ", (tmp_path / "a.py").as_uri()
        client.open(cell, f"{IMPORTS}\n{INPUT}\n{SQUARE}")
        client.open((tmp_path / "model.ipynb").as_uri(), '{"cells": []}', language="")
        client.open(uri, f"import tensorflow as tf\n{INPUT}")
        assert client.found(uri) == []
        assert client.actions(cell, at(4)) == {}
        assert [*client.published] == [uri]


@pytest.mark.parametrize("before", NOTEBOOKS, ids=lambda path: path.parent.name)
def test_the_editor_and_the_command_write_the_same(client: Client, before: Path) -> None:
    content = before.read_bytes()
    cells = json.loads(content)["cells"]
    texts = ["".join(cell["source"]) for cell in cells]
    others = [place for place, cell in enumerate(cells) if cell["cell_type"] != "code"]
    notebook = OpenedNotebook(client, before.as_uri(), *texts, text_cells=others)
    place = next(place for place in range(len(cells)) if place not in others)
    titles = notebook.actions(place, 0)
    title = next(title for title in titles if title.startswith("Make layers in the whole"))
    written = json.loads(rewrite_source(content, Settings(), before).files[1])["cells"]
    assert notebook.after(titles[title]) == ["".join(cell["source"]) for cell in written]
    notebook.close()
