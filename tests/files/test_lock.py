"""Two runs that write in one project do not meet."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from codemod.files.cache_folder import VARIABLE
from codemod.files.lock import LockedError, alone_in
from tests.support.command_line import MODEL, environment, run_here

HOLD = """\
import sys
from pathlib import Path
from codemod.files.lock import alone_in
with alone_in([Path(sys.argv[1])]):
    print("locked", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    folder = tmp_path / "project"
    (folder / "inner").mkdir(parents=True)
    (folder / "setup.cfg").write_text("")
    (folder / "inner/model.py").write_bytes(MODEL)
    return folder


@contextmanager
def other_run(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that writes in ``folder``."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"locked\n"
        yield process


def locks(project: Path) -> list[Path]:
    return list((project.parent / "cache/locks").iterdir())


@pytest.mark.tensorflow
def test_the_second_one_ends_at_once_and_names_the_first(project: Path) -> None:
    with other_run(project / "inner") as process:
        done = run_here("rewrite", ".", "--no-verify", folder=project)
        assert done.returncode == 2
        assert done.stderr.decode() == (
            f"keras-codemod: another run (process {process.pid}) is rewriting files in {project}; "
            "wait until it has ended\n"
        )
        assert done.stdout == b""
        assert (project / "inner/model.py").read_bytes() == MODEL
        # Those that write nothing need not wait.
        assert run_here("check", ".", folder=project).returncode == 1
        assert run_here("rewrite", ".", "--diff", folder=project).returncode == 0
        assert run_here("rewrite", "-", folder=project, stdin=MODEL).returncode == 0
        # Nor does one of another project.
        (project.parent / "other").mkdir()
        (project.parent / "other/model.py").write_bytes(MODEL)
        assert run_here("rewrite", "../other", "--no-verify", folder=project).returncode == 0
        process.kill()
    # A killed one is no obstacle, and nothing stays.
    assert run_here("rewrite", ".", "--no-verify", folder=project).returncode == 0
    assert (project / "inner/model.py").read_bytes() != MODEL
    assert locks(project) == []


def test_an_error_gives_the_lock_back(project: Path) -> None:
    with pytest.raises(KeyError), alone_in([project]):
        raise KeyError
    with alone_in([project / "inner"]):
        assert len(locks(project)) == 1
        with pytest.raises(LockedError), alone_in([project]):
            pass
    assert locks(project) == []


def test_a_file_that_a_kill_has_left_is_no_obstacle(project: Path) -> None:
    with alone_in([project]):
        (left,) = locks(project)
    left.write_text("1")
    with alone_in([project]):
        assert left.read_text() == str(os.getpid())


def test_where_no_lock_can_be_made_the_run_goes_on(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(project / "setup.cfg"))
    with alone_in([project]), alone_in([project]):
        pass
