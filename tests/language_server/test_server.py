"""The server as editors see it: one process for all tests, real messages."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from tests.support.command_line import MODEL
from tests.support.language_client import Client, at

pytestmark = pytest.mark.tensorflow

Severity = types.DiagnosticSeverity
TEXT = MODEL.decode()
EINSUM = 'x = tf.einsum("...ijk->...jik", x)'


def test_a_raw_op_is_a_warning_with_a_link(client: Client, folder: Path) -> None:
    uri = (folder / "warning.py").as_uri()
    client.open(uri, TEXT)
    (found,) = client.diagnostics(uri)
    assert found.message == 'tf.einsum could become Einsum "einsum"'
    assert (found.code, found.severity, found.source) == (
        "KC101",
        Severity.Warning,
        "keras-codemod",
    )
    assert found.range == at(6, 4, 6, 34)
    assert found.code_description is not None
    page, _, anchor = found.code_description.href.partition("#")
    assert page.startswith("file:///") and page.endswith("/docs/codes.md")
    assert anchor == "kc101-raw-tensorflow-op"


def test_operators_hint_hazards_inform_refusals_say_why(client: Client, folder: Path) -> None:
    uri = (folder / "kinds.py").as_uri()
    lines = [
        "import tensorflow as tf",
        "from tensorflow import keras",
        "x = keras.Input((4,))",
        "y = x * 2.0",
        "z = tf.reduce_sum(x, axis=0)",
        "tf.print(y)",
        "model = keras.Model(x, [y, z])",
    ]
    client.open(uri, "\n".join(lines))
    found = [(one.code, one.range.start.line, one.severity) for one in client.diagnostics(uri)]
    assert found == [
        ("KC102", 3, Severity.Hint),
        ("KC101", 4, Severity.Warning),
        ("KC201", 4, Severity.Information),
        ("KC304", 5, Severity.Warning),
    ]
    refusal = client.diagnostics(uri)[-1]
    assert refusal.message.startswith("tf.print is left as it is: ")
    assert refusal.code_description is not None
    assert refusal.code_description.href.endswith("#kc304-an-op-that-is-never-wrapped")


def test_one_site_becomes_a_layer_and_nothing_else(client: Client, folder: Path) -> None:
    uri = (folder / "one.py").as_uri()
    text = TEXT.replace("outputs =", "x = tf.nn.relu(x)\noutputs =")
    client.open(uri, text)
    actions = client.actions(uri, at(6, 10))
    after = client.after(uri, actions["Make this a layer"])
    assert 'x = Einsum(name="einsum")(x)\nx = tf.nn.relu(x)\n' in after
    assert "class Einsum(layers.Layer):" in after
    after = client.after(uri, actions["Wrap in a named Lambda"])
    assert 'layers.Lambda(lambda x: tf.einsum("...ijk->...jik", x), name="einsum")(x)' in after
    after = client.after(uri, client.actions(uri, at(7, 4))["Use keras.ops"])
    assert "x = keras.ops.relu(x)\n" in after
    assert EINSUM in after


def test_edits_are_small(client: Client, folder: Path) -> None:
    uri = (folder / "small.py").as_uri()
    client.open(uri, TEXT)
    edit = client.resolved(client.actions(uri, at(6, 10))["Make this a layer"])
    assert edit is not None and edit.document_changes is not None
    (change,) = edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.version == 1
    inserted, replaced = change.edits
    assert inserted.range == at(4)
    assert replaced.range == at(6, 4, 6, 32)
    assert isinstance(replaced, types.TextEdit)
    assert replaced.new_text == 'Einsum(name="einsum")('


def test_selection_and_file(client: Client, folder: Path) -> None:
    uri = (folder / "selection.py").as_uri()
    text = TEXT.replace(EINSUM, f"{EINSUM}\nx = tf.abs(x)\nx = layers.ReLU()(x)\nx = tf.sin(x)")
    client.open(uri, text)
    actions = client.actions(uri, at(6, 0, 8, 0))
    after = client.after(uri, actions["Make layers in the selection (2 raw ops)"])
    assert "tf.sin(x)\noutputs" in after
    assert "Einsum(name=" in after and "AbsoluteValue(name=" in after
    after = client.after(uri, actions["Wrap in named Lambdas in the whole file (3 raw ops)"])
    assert after.count("layers.Lambda(") == 3
    assert "Use keras.ops in the whole file (3 raw ops)" in actions
    only = client.actions(uri, at(6, 0, 8, 0), only=["refactor"])
    assert only and all("in the" in title for title in only)


def test_a_kept_operator_can_be_a_layer_all_the_same(client: Client, folder: Path) -> None:
    uri = (folder / "operator.py").as_uri()
    client.open(uri, TEXT.replace(EINSUM, "x = x + 1.0"))
    assert client.found(uri) == [("KC102", 7)]
    assert "Keras 3 takes it: the operator or slice is left" in (client.hover(uri, 6, 6) or "")
    action = client.actions(uri, at(6, 6))["Make this a layer"]
    assert 'x = Increment(name="increment")(x)' in client.after(uri, action)


def test_a_line_is_skipped(client: Client, folder: Path) -> None:
    uri = (folder / "skip.py").as_uri()
    text = TEXT.replace(EINSUM, 'x = tf.einsum(\n    """...ijk->\n...jik""",\n    x)  # swapped ')
    client.open(uri, text)
    after = client.after(uri, client.actions(uri, at(6, 6))["Skip this line"])
    assert after == text.replace("tf.einsum(\n", "tf.einsum(  # keras-codemod: skip\n")
    client.replace(uri, after)
    assert client.found(uri) == []
    text = TEXT.replace(EINSUM, 'x = tf.einsum("""...ijk->\n...jik""", x); y = 1  # one')
    client.replace(uri, text)
    after = client.after(uri, client.actions(uri, at(6, 6))["Skip this line"])
    assert after == text.replace("# one", "# one  # keras-codemod: skip")


def test_positions_are_those_of_utf_16(client: Client, folder: Path) -> None:
    uri = (folder / "astral.py").as_uri()
    client.open(uri, TEXT.replace(EINSUM, 'a = "𝄞😀é"; ' + EINSUM))
    (found,) = client.diagnostics(uri)
    assert found.range == at(6, 17, 6, 47)
    after = client.after(uri, client.actions(uri, at(6, 20))["Make this a layer"])
    assert 'a = "𝄞😀é"; x = Einsum(name="einsum")(x)' in after


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_marks_stay(client: Client, folder: Path, end: str, mark: str) -> None:
    uri = (folder / f"ends{len(end)}{ord(end[-1])}{len(mark)}.py").as_uri()
    text = mark + "s = '\x0c\u2028'\f\n".replace("\n", end) + TEXT.replace("\n", end)
    client.open(uri, text)
    assert client.found(uri) == [("KC101", 8)]
    after = client.after(uri, client.actions(uri, at(7, 6))["Make this a layer"])
    assert after.startswith(mark + "s = '\x0c\u2028'\f" + end)
    assert f'x = Einsum(name="einsum")(x){end}' in after
    assert after.replace(end, "").count("\r") == after.replace(end, "").count("\n") == 0
    # What the client has changed is what is analysed.
    client.change(
        uri,
        types.TextDocumentContentChangePartial(range=at(0, 0, 1, 0), text=""),
        types.TextDocumentContentChangePartial(range=at(6, 0), text="# 𝄞" + end),
        types.TextDocumentContentChangePartial(range=at(6, 4), text="!"),
    )
    assert client.found(uri) == [("KC101", 8)]


def test_the_newest_text_counts(client: Client, folder: Path) -> None:
    uri = (folder / "typing.py").as_uri()
    client.open(uri, TEXT)
    for letter in "tf.sin(x)":
        place = at(6, len(EINSUM))
        client.change(uri, types.TextDocumentContentChangePartial(range=place, text=letter))
    client.replace(uri, TEXT.replace("einsum", "einsum("))
    assert client.found(uri) == [("None", 7)]
    (broken,) = client.diagnostics(uri)
    assert broken.severity == Severity.Error
    assert broken.message.startswith("not analysed: syntax error")
    client.replace(uri, TEXT)
    assert client.found(uri) == [("KC101", 7)]


def test_a_closed_document_shows_nothing(client: Client, folder: Path) -> None:
    uri = (folder / "closed.py").as_uri()
    client.open(uri, TEXT)
    client.close(uri)
    assert client.until(lambda: client.published.get(uri) == (None, ()))
    assert client.actions(uri, at(6, 6)) == {}
    assert client.published[uri] == (None, ())


@pytest.mark.parametrize("uri", ["untitled:Untitled-1", "file:///elsewhere/model.py"])
def test_documents_without_a_folder(client: Client, uri: str) -> None:
    client.open(uri, TEXT)
    assert client.found(uri) == [("KC101", 7)]
    assert "Make this a layer" in client.actions(uri, at(6, 6))


def test_other_languages_are_left_alone(client: Client, folder: Path) -> None:
    uri = (folder / "readme.md").as_uri()
    client.open(uri, TEXT, language="markdown")
    cell = "vscode-notebook-cell:/model.ipynb#W0sZmlsZQ"
    client.open(cell, "%matplotlib inline\n")
    assert client.actions(uri, at(6, 6)) == client.actions(cell, at(0)) == {}
    assert uri not in client.published
    assert cell not in client.published


def test_what_nobody_offered_is_told(client: Client) -> None:
    client.command("keras-codemod.apply", {"scope": 3})
    told = "keras-codemod: {'scope': 3} is no action of keras-codemod"
    assert client.messages[-1] == told
    assert client.resolved(types.CodeAction(title="", data={"scope": 3})) is None
    assert client.messages == [told, told]
    client.messages.clear()


def test_an_action_for_an_older_text_is_told(client: Client, folder: Path) -> None:
    uri = (folder / "older.py").as_uri()
    client.open(uri, TEXT)
    action = client.actions(uri, at(6, 6))["Make this a layer"]
    client.replace(uri, "\n" + TEXT)
    assert client.resolved(action) is None
    assert "the document has changed since" in client.messages.pop()


def test_encodings(client: Client, folder: Path) -> None:
    uri = (folder / "latin.py").as_uri()
    text = "# -*- coding: latin-1 -*-\na = 'é'; " + TEXT.replace("\n", "\nb = 'ü'; ", 6)
    client.open(uri, text)
    assert client.found(uri) == [("KC101", 8)]
    assert client.diagnostics(uri)[0].range.start.character == 13
    client.replace(uri, text.replace("ü", "€"))
    (found,) = client.diagnostics(uri)
    assert "holds a character that iso-8859-1 has not" in found.message


def test_hover_tells_what_is_planned(client: Client, folder: Path) -> None:
    uri = (folder / "hover.py").as_uri()
    client.open(uri, TEXT.replace("outputs =", "x = 2 + tf.nn.relu(x)\noutputs ="))
    told = client.hover(uri, 6, 20)
    assert told is not None
    head, code = told.split("```python\n")
    assert head.startswith("**[KC101](file:///")
    assert 'tf.einsum could become Einsum "einsum"\n\nKeras 2 hides such an op' in head
    assert code.startswith(
        '@keras.utils.register_keras_serializable(package="hover")\nclass Einsum('
    )
    assert 'return tf.einsum("...ijk->...jik", x)\n' in code
    assert code.endswith('\n\nx = Einsum(name="einsum")(x)\n```')
    told = client.hover(uri, 7, 12)
    assert told is not None and told.endswith(
        '\n\nx = 2 + ReluActivation(name="relu_activation")(x)\n```'
    )
    assert client.hover(uri, 0, 3) is None
    client.replace(uri, "def f(:\n")
    assert client.hover(uri, 0, 3) is None
