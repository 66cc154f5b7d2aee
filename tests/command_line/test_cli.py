"""The command line itself: what it accepts, what it imports, and how it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from codemod.cli import app
from tests.support.command_line import BROKEN, MODEL, PLAIN, environment, run, start

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
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=True,
    )
    assert done.stdout.startswith(b"Usage: keras-codemod")
    assert b"Exit status" in done.stdout
    assert done.stderr == b"\n"


def test_help_names_every_option_of_rewrite(tmp_path: Path) -> None:
    text = run("rewrite", "--help", folder=tmp_path).stdout.decode()
    for option in (
        *("--to", "--operators", "--diff, --dry-run", "--check", "--verify", "--no-verify"),
        *("--build", "--python", "--device", "--lines", "--stdin-filename", "--format", "-j"),
    ):
        assert option in text


def test_version(tmp_path: Path) -> None:
    done = run("--version", folder=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith(b"keras-codemod ")
    assert len(done.stdout.split()) == 2


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["rewrite"], "Missing argument"),
        (["rewrit", "a.py"], "No such command"),
        (["rewrite", "a.py", "--to", "layers"], "Invalid value for '--to'"),
        (["rewrite", "a.py", "--lines", "3"], "Invalid value for --lines: '3' is not A:B"),
        (["rewrite", "a.py", "--lines", "5:2"], "'5:2' is not A:B"),
        (["check", "a.py", "--lines", "0:2"], "'0:2' is not A:B"),
        (["rewrite", "a.py", "-j", "0"], "Invalid value for '--jobs' / '-j'"),
        (["rewrite", "-", "a.py"], "- cannot be given together with other paths"),
        (["rewrite", "a.py", "--stdin-filename", "b.py"], "goes with the path -"),
        (["check", "a.py", "--to", "layer"], "No such option"),
        (["verify", "a.py"], "Missing argument"),
    ],
)
def test_bad_usage_is_explained(
    arguments: list[str], complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.py").write_bytes(PLAIN)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, arguments, prog_name="keras-codemod")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert complaint in " ".join(done.stderr.split())


def test_line_ranges_need_one_file(tmp_path: Path) -> None:
    for name in "a.py", "b.py":
        (tmp_path / name).write_bytes(PLAIN)
    done = run("check", ".", "--lines", "1:2", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        b"keras-codemod: --lines needs one file, not several; give that file alone\n"
    )


def test_an_interpreter_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(MODEL)
    done = run("rewrite", "a.py", "--python", "no/python", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        b"keras-codemod: --python no/python: cannot be run; give the path of an interpreter\n"
    )
    assert (tmp_path / "a.py").read_bytes() == MODEL


def test_wrong_configuration_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(PLAIN)
    (tmp_path / "pyproject.toml").write_text('[tool.keras-codemod]\nto = "layers"\n')
    done = run("check", "a.py", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.decode() == (
        f"keras-codemod: {tmp_path / 'pyproject.toml'}: [tool.keras-codemod] to: "
        "must be one of layer, lambda, not 'layers'\n"
    )


def test_bad_inputs_have_one_line_each_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_bytes(b"import tensorflow\nprint 'keras'\n")
    (tmp_path / "latin.py").write_bytes(b"import tensorflow, keras\nx = '\xe9'\n")
    (tmp_path / "model.py").write_bytes(MODEL)
    (tmp_path / "empty").mkdir()
    broken = tmp_path / "broken.py"
    broken.write_bytes(b"from tensorflow import keras\n" + BROKEN)
    names = ["missing.py", "empty", "broken.py", "old.py", "latin.py", "model.py"]
    done = run("rewrite", "--no-verify", *names, folder=tmp_path)
    assert done.returncode == 2
    lines = done.stderr.decode().splitlines()
    assert [line.partition(": ")[0] for line in lines] == [
        "missing.py",
        "empty",
        "broken.py:3",
        "old.py:2",
        "latin.py:2",
    ]
    assert b"tf.einsum" in done.stdout
    assert (tmp_path / "model.py").read_bytes() != MODEL
    assert broken.read_bytes() == b"from tensorflow import keras\n" + BROKEN


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
