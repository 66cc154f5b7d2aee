"""The channel to an interpreter: whatever is called one, no wait is without an end."""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from codemod.verify.records import VerifyOptions, VerifyRequest
from codemod.verify.session import VerifySession
from codemod.verify.workers import VerifyError
from tests.support.command_line import MODEL, run, start

pytestmark = pytest.mark.tensorflow

SLEEP = f"86321.{os.getpid()}"
NOT_PYTHON = {
    "lists": "exec ls /\n",
    "copies": 'exec cat "$@"\n',
    "reads its input": "exec cat\n",
    "says no": "echo no such environment; exit 3\n",
    "leaves another process": f"sleep {SLEEP} &\nexit 0\n",
    "sleeps": f"sleep {SLEEP}\n",
    "sleeps deaf": f"trap '' TERM INT HUP\nsleep {SLEEP}\n",
    "writes for ever": "while :; do echo '{\"id\": 0}'; done\n",
    "answers on its standard output": 'echo \'{"tensorflow": "2.9"}\'; echo \'{"id": 0}\'\n',
    "answers nonsense": f'{sys.executable} -c "import os; os.write($3, b\\"\\x00\\n\\")"\n',
    "answers no list": f'{sys.executable} -c "import os; os.write($3, b\\"[]\\n[]\\n\\")"\n',
}


@pytest.mark.parametrize("lines", NOT_PYTHON.values(), ids=NOT_PYTHON)
def test_what_is_no_interpreter_is_named_in_one_line(tmp_path: Path, lines: str) -> None:
    python = script(tmp_path / "not python", lines)
    with pytest.raises(VerifyError) as caught, opened(python) as session:
        session.verify(request(tmp_path))
    assert str(caught.value).startswith(f"{python} cannot verify: ")
    assert "\n" not in str(caught.value)
    assert not running(SLEEP)


def test_every_interpreter_that_does_not_answer_is_named(tmp_path: Path) -> None:
    old, new = (script(tmp_path / name, "exit 4\n") for name in ("old", "new"))
    options = VerifyOptions(python=str(new), device="cpu", python_original=str(old), start_limit=30)
    with pytest.raises(VerifyError) as caught, VerifySession(options) as session:
        session.probe(request(tmp_path))
    assert all(f"{python} cannot verify: " in str(caught.value) for python in (old, new))


def test_the_interpreter_of_the_rewrite_alone_is_named(tmp_path: Path) -> None:
    # The one of the original says that it runs, and then has no TensorFlow.
    old = script(tmp_path / "old", f'exec {sys.executable} -S -I "$@"\n')
    new = script(tmp_path / "new", "exit 4\n")
    options = VerifyOptions(python=str(new), device="cpu", python_original=str(old), start_limit=30)
    with pytest.raises(VerifyError, match=f"{new} cannot verify"), VerifySession(options) as it:
        it.probe(request(tmp_path))


def test_the_command_names_it_and_ends(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_bytes(MODEL)
    done = run("rewrite", "model.py", "--python", "/bin/ls", folder=tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert b"/bin/ls cannot verify" in line
    assert (tmp_path / "model.py").read_bytes() == MODEL


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_while_an_interpreter_sleeps(
    tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "model.py").write_bytes(MODEL)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with listening() as (address, accepted):
        here = f'import socket; s = socket.socket(socket.AF_UNIX); s.connect("\\0{address}"); '
        python = script(tmp_path / "python", f"{sys.executable} -c '{here} s.recv(1)'\n")
        with (
            start(
                "rewrite", "model.py", "--python", str(python), folder=tmp_path, temporary=temporary
            ) as process,
            accepted() as connection,
        ):
            process.send_signal(number)
            _, errors = process.communicate(timeout=60)
            assert connection.recv(1) == b""
    assert process.returncode == (130 if number == signal.SIGINT else 143)
    assert b"Traceback" not in errors
    assert list(temporary.iterdir()) == []


ENDS_ONCE = """\
import json, os, sys
channel = os.fdopen(int(sys.argv[1]), "r+b", buffering=0)
channel.write(b'{"process": 1}\\n{"tensorflow": "2"}\\n')
job = json.loads(channel.readline())
if os.path.exists(sys.argv[2]):
    told = {"status": "exited", "detail": "it ran", "id": job["id"]}
    channel.write(json.dumps(told).encode() + b"\\n")
    channel.readline()
open(sys.argv[2], "w").close()
"""


def test_a_worker_that_code_has_ended_is_started_again(tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text(ENDS_ONCE)
    lines = f'exec {sys.executable} "{tmp_path}/worker.py" "$3" "{tmp_path}/ended"\n'
    options = VerifyOptions(
        python=str(script(tmp_path / "python", lines)), device="cpu", keras3=False
    )
    with VerifySession(options) as session:
        # The first job asks for the device.
        probe = session.probe(request(tmp_path))
    assert probe.failure == "running the code failed: it ran"


def test_a_session_that_is_ended_starts_no_worker_and_makes_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with opened(tmp_path / "not there") as session:
        assert len([*temporary.iterdir()]) == 1
    with pytest.raises(VerifyError, match="ended"):
        session.probe(request(tmp_path))
    assert list(temporary.iterdir()) == []


def script(path: Path, lines: str) -> Path:
    path.write_text("#!/bin/sh\n" + lines)
    path.chmod(0o755)
    return path


def opened(python: Path) -> VerifySession:
    return VerifySession(VerifyOptions(python=str(python), device="cpu", start_limit=0.2))


def request(folder: Path) -> VerifyRequest:
    path = folder / "model.py"
    return VerifyRequest(entry=path, originals={path: MODEL}, rewrites={path: MODEL})


def running(text: str) -> bool:
    """Whether a process has ``text`` in its command line."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes())
        except OSError:
            continue
    return any(text.encode() in line for line in lines)


@contextmanager
def listening() -> Iterator[tuple[str, Callable[[], socket.socket]]]:
    """An abstract address, and what waits for the first that connects to it."""
    address = f"keras-codemod-{os.getpid()}-{threading.get_ident()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0" + address)
        server.listen()
        server.settimeout(60)
        yield address, lambda: server.accept()[0]
