"""The command as a process: what it imports, its streams, signals and exit status."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import MODEL, PLAIN, environment, run, start

pytestmark = pytest.mark.tensorflow

HEAVY = ("libcst", "tensorflow", "keras", "numpy", "pathspec", "tomllib", "multiprocessing")


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    # Some versions of Typer import rich for the help of a command, whatever they are told.
    [(["--help"], (*HEAVY, "rich")), (["rewrite", "--help"], HEAVY), (["check", "--help"], HEAVY)],
)
def test_help_imports_nothing_heavy(
    arguments: list[str], heavy: tuple[str, ...], tmp_path: Path
) -> None:
    script = (
        "import sys; from codemod.cli import main\n"
        "try: main()\n"
        f"finally: print(*[name for name in {heavy!r} if name in sys.modules], file=sys.stderr)\n"
    )
    # What measures the coverage of processes imports some of it.
    variables = {name: value for name, value in environment().items() if "COVERAGE" not in name}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        check=True,
    )
    assert done.stdout.startswith(b"Usage: keras-codemod")
    assert b"Exit status" in done.stdout
    assert done.stderr == b"\n"


def test_a_filter_between_real_pipes_keeps_every_byte(tmp_path: Path) -> None:
    source = b"\xef\xbb\xbf" + MODEL.replace(b"\n", b"\r\n").rstrip(b"\r\n")
    (tmp_path / "model.py").write_bytes(source)
    written = run("rewrite", "model.py", "--no-verify", folder=tmp_path)
    assert (written.returncode, written.stderr) == (0, b"")
    done = run("rewrite", "-", "--stdin-filename", "model.py", folder=tmp_path, stdin=source)
    assert done.returncode == 0
    assert done.stdout == (tmp_path / "model.py").read_bytes() != source
    assert done.stderr.startswith(b"model.py: rewritten; not verified\n")


def test_the_exit_status_is_that_of_the_process(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_bytes(MODEL)
    (tmp_path / "plain.py").write_bytes(PLAIN)
    assert run("check", "model.py", folder=tmp_path).returncode == 1
    assert run("check", "plain.py", folder=tmp_path).returncode == 0
    missing = run("check", "missing.py", folder=tmp_path)
    assert missing.returncode == 2
    assert missing.stderr.startswith(b"missing.py: ")


def test_a_closed_pipe_ends_the_run_quietly(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_bytes(MODEL)
    reader, writer = os.pipe()
    os.close(reader)
    with start("check", "model.py", folder=tmp_path, stdout=writer) as child:
        os.close(writer)
        _, errors = child.communicate()
    assert errors == b""
    assert child.returncode == 141


@pytest.mark.parametrize(
    ("number", "status", "words"),
    [
        (
            signal.SIGINT,
            130,
            b"keras-codemod: interrupted; every file is untouched or wholly rewritten\n",
        ),
        (signal.SIGTERM, 143, b""),
    ],
)
def test_an_interrupted_run_ends_without_a_traceback(
    number: signal.Signals, status: int, words: bytes, tmp_path: Path
) -> None:
    # The command waits for a writer of the pipe, and the test for its reader: both are there.
    pipe = tmp_path / "pyproject.toml"
    os.mkfifo(pipe)
    with start("check", ".", folder=tmp_path) as child, pipe.open("wb"):
        out, errors = ended_by(child, number)
    assert (child.returncode, out, errors) == (status, b"", words)


def ended_by(child: subprocess.Popen[bytes], number: signal.Signals) -> tuple[bytes, bytes]:
    """The output of ``child``; a signal just before it waits for the pipe would not wake it."""
    for _ in range(60):
        child.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.communicate(timeout=1)
    raise TimeoutError("the command does not end")


@pytest.mark.parametrize(
    ("closed", "arguments", "status"),
    [
        ("<&-", "check -", 2),
        ("<&-", "rewrite -", 2),
        (">&-", "check model.py", 1),
        ("<&- >&- 2>&-", "check model.py", 1),
        ("<&- >&-", "rewrite --no-verify model.py", 0),
        ("2>&-", "check missing.py", 2),
    ],
)
def test_closed_standard_streams(closed: str, arguments: str, status: int, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_bytes(MODEL)
    command = f"exec {sys.executable} -m codemod {arguments} {closed}"
    done = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path, env=environment(), capture_output=True, check=False
    )
    assert done.returncode == status
    assert b"Traceback" not in done.stderr
    if "rewrite --no-verify" in arguments:
        assert b"Einsum" in (tmp_path / "model.py").read_bytes()
    if arguments.endswith("-"):
        assert done.stderr == (
            b"keras-codemod: standard input is closed; give it a source, or give a path\n"
        )
