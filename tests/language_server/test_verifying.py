"""The command "Verify this file": one server, real models."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from lsprotocol import types

from tests.support.command_line import MODEL
from tests.support.language_client import Client, at, served
from tests.support.notebook_client import CODE, OpenedNotebook

pytestmark = pytest.mark.tensorflow
TEXT = MODEL.decode()
VERIFY = "keras-codemod.verify"


def message(client: Client) -> str:
    """The next message."""
    client.until(lambda: bool(client.messages))
    return client.messages.pop(0)


def test_a_buffer_is_verified_and_the_verdict_shown(client: Client, folder: Path) -> None:
    uri = (folder / "model.py").as_uri()
    client.open(uri, TEXT)
    client.command(VERIFY, uri)
    client.command(VERIFY, {"uri": uri})
    assert message(client) == "model.py: is being verified already"
    told = message(client)
    assert told.startswith("model.py: would be rewritten; proved on CPU: model; Keras 3: proved")
    client.until(lambda: client.progress[-1]["kind"] == "end")
    begin, *reports, _ = client.progress
    assert begin["title"] == "keras-codemod: verifying model.py"
    assert begin["cancellable"] is True
    assert "analysing" in [report["message"] for report in reports]
    client.until(lambda: "verdict" in dict(client.found(uri)))
    verdict = next(one for one in client.diagnostics(uri) if one.code == "verdict")
    assert verdict.severity == types.DiagnosticSeverity.Information
    assert verdict.message.startswith("model `model`: proved; Keras 3: proved; port: ")
    assert verdict.range.start.line == 8
    hover = client.hover(uri, 6, 10)
    assert hover is not None
    assert "```python" in hover
    assert "\n\nVerified: would be rewritten; proved on CPU: model; Keras 3: proved" in hover
    actions = client.actions(uri, at(0))
    after = client.after(uri, actions["Write the verified rewrite of the file (proved)"])
    assert 'x = Einsum(name="einsum")(x)' in after
    # A verdict is about one text, and about that again when it comes back.
    client.replace(uri, TEXT + "# more")
    assert client.found(uri) == [("KC101", 7)]
    assert "Write the verified rewrite of the file (proved)" not in client.actions(uri, at(0))
    client.replace(uri, TEXT)
    assert ("verdict", 9) in client.found(uri)
    assert not (folder / "model.py").exists()


def test_what_does_not_run_is_told(client: Client, folder: Path) -> None:
    uri = (folder / "raises.py").as_uri()
    client.open(uri, "import keras_that_is_not_there\n" + TEXT.replace("inputs)", "inputs, 3)"))
    client.command(VERIFY, uri)
    told = message(client)
    assert told.startswith("raises.py: ")
    assert "unverified" in told or "KC311" in told


def test_a_verification_is_cancelled(client: Client, folder: Path) -> None:
    uri = (folder / "endless.py").as_uri()
    client.open(uri, TEXT + "while True:\n    pass\n")
    before = len(client.tokens)
    client.command(VERIFY, uri)
    client.until(lambda: len(client.tokens) > before)
    client.until(lambda: bool(children(client.process.pid)))
    client.cancel(client.tokens[-1])
    assert message(client) == "endless.py: the verification was cancelled"
    assert children(client.process.pid) == []


def test_the_cells_of_a_notebook_are_verified_as_they_are(client: Client, folder: Path) -> None:
    imports, builder = TEXT.replace("\n\n", "\n\n%%time\n").split("\n\n")
    uri = (folder / "cells.ipynb").as_uri()
    notebook = OpenedNotebook(client, uri, "# Text", imports, "", text_cells=[0])
    notebook.replace(2, builder)
    client.command(VERIFY, notebook[2])
    told = message(client)
    assert told.startswith("cells.ipynb: would be rewritten; proved on CPU: model; Keras 3: proved")
    client.until(lambda: ("verdict", 6) in notebook.shown()[2])
    (raw, verdict) = client.diagnostics(notebook[2])
    assert raw.code == "KC101"
    assert verdict.message.startswith("model `model`: proved; Keras 3: proved; port: ")
    hover = client.hover(notebook[2], raw.range.start.line, 10)
    assert hover is not None and "\n\nVerified: would be rewritten; proved on CPU" in hover
    # A run of a cell changes no text.
    notebook.mark(1, CODE, ran=3)
    actions = notebook.actions(1, 0)
    after = notebook.after(actions["Write the verified rewrite of the notebook (proved)"])
    assert after[:2] == ["# Text", imports]
    assert 'x = Einsum(name="einsum")(x)' in after[2] and after[2].startswith("%%time\n")
    notebook.splice(3, 0, "1 + 1")
    assert notebook.shows([], [], [("KC101", raw.range.start.line + 1)], [])
    notebook.replace(3, "while True:\n    pass")
    before = len(client.tokens)
    client.command(VERIFY, uri)
    client.until(lambda: len(client.tokens) > before)
    client.until(lambda: bool(children(client.process.pid)))
    # Others wait for it, and can be cancelled before it.
    for name in ("waiting", "other"):
        client.open((folder / f"{name}.py").as_uri(), TEXT)
        client.command(VERIFY, (folder / f"{name}.py").as_uri())
    client.until(lambda: len(client.tokens) == before + 3)
    client.cancel(client.tokens[before + 1])
    assert message(client) == "waiting.py: the verification was cancelled"
    assert children(client.process.pid) != []
    client.command("keras-codemod.cancel")
    assert {message(client), message(client)} == {
        f"{name}: the verification was cancelled" for name in ("cells.ipynb", "other.py")
    }
    assert children(client.process.pid) == []
    notebook.replace(3, "x = (")
    client.command(VERIFY, uri)
    told = message(client)
    assert told.startswith("cells.ipynb: cell 4, line 1: syntax error (")


def test_nothing_is_left_when_the_server_ends(folder: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with served([folder], temporary=temporary) as other:
        uri = (folder / "ended.py").as_uri()
        other.open(uri, TEXT + "while True:\n    pass\n")
        other.command(VERIFY, uri)
        workers = other.until(lambda: children(other.process.pid) or None)
        running = other.until(lambda: [one for pid in workers for one in children(pid)] or None)
        started = [*workers, *running]
    assert [pid for pid in started if runs(pid)] == []
    assert [*temporary.iterdir()] == []


def test_nor_when_it_is_ended_from_outside(folder: Path, tmp_path: Path) -> None:
    other = Client()
    other.start([folder], temporary=tmp_path)
    uri = (folder / "terminated.py").as_uri()
    other.open(uri, TEXT)
    other.command(VERIFY, uri)
    started = other.until(lambda: children(other.process.pid) or None)
    other.process.terminate()
    assert other.wait_for_end() == 1
    assert [pid for pid in started if runs(pid)] == []
    assert [*tmp_path.iterdir()] == []


def runs(pid: int) -> bool:
    """Whether a process is there, and not only its status that nobody has asked for."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def children(pid: int) -> list[int]:
    """The processes that a process has started and that run."""
    found = []
    for task in Path("/proc").glob(f"{pid}/task/*/children"):
        with contextlib.suppress(OSError):
            found += [int(child) for child in task.read_text().split()]
    return found
