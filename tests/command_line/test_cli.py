"""The command line itself: what it accepts, and what it says of what it does not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.command_line import BROKEN, MODEL, PLAIN, run_here


def test_help_names_every_option_of_rewrite(tmp_path: Path) -> None:
    text = run_here("rewrite", "--help", folder=tmp_path).stdout.decode()
    for option in (
        *(
            "--to",
            "--target",
            "--operators",
            "--diff, --dry-run",
            "--check",
            "--verify",
            "--no-verify",
        ),
        *("--build", "--python", "--device", "--lines", "--stdin-filename", "--format", "-j"),
    ):
        assert option in text


def test_version(tmp_path: Path) -> None:
    done = run_here("--version", folder=tmp_path)
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
        (["check", "a.py", "--build", "f()"], "No such option"),
        (["verify", "a.py"], "Missing argument"),
    ],
)
def test_bad_usage_is_explained(arguments: list[str], complaint: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(PLAIN)
    done = run_here(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert done.stdout == b""
    assert complaint in " ".join(done.stderr.decode().split())


def test_line_ranges_need_one_file(tmp_path: Path) -> None:
    for name in "a.py", "b.py":
        (tmp_path / name).write_bytes(PLAIN)
    done = run_here("check", ".", "--lines", "1:2", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        b"keras-codemod: --lines needs one file, not several; give that file alone\n"
    )


def test_an_interpreter_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(MODEL)
    done = run_here("rewrite", "a.py", "--python", "no/python", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        b"keras-codemod: --python no/python: cannot be run; give the path of an interpreter\n"
    )
    assert (tmp_path / "a.py").read_bytes() == MODEL


def test_wrong_configuration_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(PLAIN)
    (tmp_path / "pyproject.toml").write_text('[tool.keras-codemod]\nto = "layers"\n')
    done = run_here("check", "a.py", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.decode() == (
        f"keras-codemod: {tmp_path / 'pyproject.toml'}: [tool.keras-codemod] to: "
        "must be one of layer, lambda, ops, not 'layers'\n"
    )


def test_bad_inputs_have_one_line_each_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_bytes(b"import tensorflow\nprint 'keras'\n")
    (tmp_path / "latin.py").write_bytes(b"import tensorflow, keras\nx = '\xe9'\n")
    (tmp_path / "model.py").write_bytes(MODEL)
    (tmp_path / "empty").mkdir()
    broken = tmp_path / "broken.py"
    broken.write_bytes(b"from tensorflow import keras\n" + BROKEN)
    names = ["missing.py", "empty", "broken.py", "old.py", "latin.py", "model.py"]
    done = run_here("rewrite", "--no-verify", *names, folder=tmp_path)
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


def test_the_language_server_needs_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pygls", None)
    done = run_here("lsp", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    told = "keras-codemod: lsp: pygls is not installed; install keras-codemod[lsp]\n"
    assert done.stderr.decode() == told
