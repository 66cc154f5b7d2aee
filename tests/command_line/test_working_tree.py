"""What is told of changes that are not committed, before files are rewritten."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.command_line import MODEL, run_here


def git(folder: Path, *arguments: str) -> bytes:
    return subprocess.run(
        ["git", "-c", "user.name=Ada", "-c", "user.email=a@b", *arguments],
        cwd=folder,
        capture_output=True,
        check=True,
    ).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    for name in ("model.py", "inner/model.py", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(MODEL)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "begin")
    return tmp_path


def test_a_dirty_tree_is_told_once_and_is_no_obstacle(repository: Path) -> None:
    (repository / "notes.txt").write_text("changed")
    (repository / "new.txt").write_text("not known to git")
    shown = run_here("rewrite", ".", "--diff", folder=repository)
    assert b"git" not in shown.stderr
    done = run_here("rewrite", ".", "--no-verify", folder=repository)
    assert done.returncode == 0
    assert done.stderr == (
        b"note: 1 file has changes that are not committed to git; "
        b"what is rewritten comes on top of them\n"
    )
    assert b"2 files rewritten" in done.stdout
    # Now there is nothing to write, so nothing to tell.
    assert run_here("rewrite", ".", "--no-verify", folder=repository).stderr == b""


def test_a_clean_tree_and_a_quiet_run_are_told_nothing(repository: Path) -> None:
    assert run_here("rewrite", "inner", "--no-verify", folder=repository).stderr == b""
    # The tree is dirty now.
    assert run_here("rewrite", ".", "--no-verify", "-q", folder=repository).stderr == b""


def test_without_git_nothing_is_told(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "notes.txt").write_text("changed")
    monkeypatch.setenv("PATH", "/nowhere")
    assert run_here("rewrite", ".", "--no-verify", folder=repository).stderr == b""
