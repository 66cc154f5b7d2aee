"""Settings of projects and of the client, in several folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lsprotocol import types

from tests.support.command_line import MODEL
from tests.support.language_client import Client, able, at, served
from tests.support.notebook_client import OpenedNotebook

pytestmark = pytest.mark.tensorflow

TEXT = MODEL.decode().replace("outputs =", "x = x + 1.0\noutputs =")
LAYER, LAMBDA = "tf.einsum could become Einsum", "tf.einsum could become Lambda"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two folders of a workspace, the second one with settings of its project."""
    first, second = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    (second / "pyproject.toml").write_text(
        '[tool.keras-codemod]\nto = "lambda"\noperators = "wrap"\nexclude = ["old/"]\n'
    )
    return [first, second]


@pytest.fixture(scope="module")
def client(folders: list[Path]) -> Iterator[Client]:
    """A client that answers what its settings are."""
    with served(folders, able(configuration=True), {"ignore": ["KC102"]}) as client:
        yield client


def told(client: Client, uri: str) -> list[str]:
    return [one.message.partition(' "')[0] for one in client.diagnostics(uri)]


def test_each_folder_has_its_project(client: Client, folders: list[Path]) -> None:
    first, second = ((folder / "model.py").as_uri() for folder in folders)
    client.open(first, TEXT)
    client.open(second, TEXT)
    # The options with which the client started go before those of the project.
    assert told(client, first) == [LAYER]
    assert told(client, second) == [LAMBDA]
    titles = [*client.actions(second, at(6, 10))]
    assert titles[0] == "Wrap in a named Lambda"
    old = (folders[1] / "old" / "model.py").as_uri()
    client.open(old, TEXT)
    assert told(client, old) == []


def test_the_client_is_asked_for_each_file(client: Client, folders: list[Path]) -> None:
    uri = (folders[1] / "asked.py").as_uri()
    client.settings[uri] = {"to": "layer", "ignore": []}
    client.open(uri, TEXT)
    client.until(lambda: told(client, uri)[:1] == [LAYER])
    assert told(client, uri)[1:] == ["operator.add could become Increment"]
    client.settings[uri] = None
    client.configure(None)
    client.until(lambda: told(client, uri) == [LAMBDA])


def test_a_notebook_has_the_settings_of_its_file(client: Client, folders: list[Path]) -> None:
    uri = (folders[1] / "asked.ipynb").as_uri()
    client.settings[uri] = {"operators": "keep"}
    notebook = OpenedNotebook(client, uri, *TEXT.split("\n\n", 1))
    client.until(lambda: notebook.shown() == [[], [("KC101", 3)]])
    assert told(client, notebook[1]) == [LAMBDA]
    client.settings[uri] = {"operators": "wrap", "ignore": []}
    client.configure(None)
    client.until(lambda: notebook.shown() == [[], [("KC101", 3), ("KC102", 4)]])
    old = OpenedNotebook(client, (folders[1] / "old" / "a.ipynb").as_uri(), TEXT)
    client.until(lambda: old[0] in client.published)
    assert old.shown() == [[]]
    assert [*old.actions(0, 6, 10)] == []


def test_a_changed_project_counts_at_once(client: Client, folders: list[Path]) -> None:
    uri = (folders[0] / "changed.py").as_uri()
    client.open(uri, TEXT)
    assert told(client, uri) == [LAYER]
    assert types.WORKSPACE_DID_CHANGE_WATCHED_FILES in client.registered
    project = folders[0] / "pyproject.toml"

    def change(text: str) -> None:
        project.write_text(text)
        event = types.FileEvent(uri=project.as_uri(), type=types.FileChangeType.Changed)
        params = types.DidChangeWatchedFilesParams(changes=[event])
        client.notify(client.client.workspace_did_change_watched_files, params)

    change('[tool.keras-codemod]\nto = "lambda"\n')
    client.until(lambda: told(client, uri) == [LAMBDA])
    change("[tool.keras-codemod]\nto = 3\n")
    client.until(lambda: bool(client.messages))
    (message,) = client.messages
    place = f"keras-codemod: {project}: [tool.keras-codemod] to: "
    assert message == f"{place}must be one of layer, lambda, ops, not 3"
    client.messages.clear()
    client.until(lambda: told(client, uri)[0] == LAYER)
    client.settings[uri] = {"operator": "keep"}
    change("")
    client.configure({"keras-codemod": {}})
    client.until(lambda: bool(client.messages))
    assert client.messages[0].startswith(
        "keras-codemod: the editor's settings: operator: is not known"
    )
    client.settings.clear()
    client.configure({})


def test_a_client_that_asks_for_no_edits_gets_commands(tmp_path: Path) -> None:
    with served([tmp_path], able(resolves=False)) as client:
        uri = (tmp_path / "model.py").as_uri()
        client.open(uri, TEXT)
        command = client.actions(uri, at(6, 10))["Make this a layer"].command
        assert command is not None and command.arguments is not None
        client.command(command.command, *command.arguments)
        client.until(lambda: 'x = Einsum(name="einsum")(x)\n' in client.texts[uri])
        imports, builder = TEXT.split("\n\n", 1)
        notebook = OpenedNotebook(client, (tmp_path / "a.ipynb").as_uri(), imports, builder)
        command = notebook.actions(1, 2, 10)["Make this a layer"].command
        assert command is not None and command.arguments is not None
        client.command(command.command, *command.arguments)
        client.until(lambda: 'x = Einsum(name="einsum")(x)\n' in notebook.texts[1])
