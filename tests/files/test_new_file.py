"""What stands beside a file while it is replaced, and after a kill."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from codemod.files.new_file import TEMPORARY, new_file, remove_left_over
from tests.support.command_line import MODEL, run_here


def has_nameless_files(folder: Path) -> bool:
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY))
    except (OSError, AttributeError):
        return False
    return True


@pytest.mark.parametrize("nameless", [True, False])
def test_a_new_file_is_whole_when_it_has_its_name(
    nameless: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not nameless:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    elif not has_nameless_files(tmp_path):
        pytest.skip("this file system has no files without a name")
    path, like = tmp_path / "new", Path(sys.executable).stat()
    with new_file(path, b"new", like) as give_name:
        assert path.exists() is not nameless
        give_name()
        assert path.read_bytes() == b"new"
    assert path.stat().st_mode == like.st_mode
    with new_file(tmp_path / "plain", b"", None) as give_name:
        give_name()
    # What the mask of the user leaves, as of any other file.
    (tmp_path / "ordinary").write_bytes(b"")
    assert (tmp_path / "plain").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


def test_where_a_file_cannot_get_its_name_it_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "link", fails)
    with new_file(tmp_path / "new", b"new", None) as give_name:
        give_name()
    assert (tmp_path / "new").read_bytes() == b"new"


def test_the_next_run_removes_what_a_kill_has_left(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_bytes(MODEL)
    names = [f"{TEMPORARY}0123abcd", f"{TEMPORARY}notes", f"{TEMPORARY}0123abcd.py", ".model.py"]
    for name in names:
        (tmp_path / name).write_text("")
    assert run_here("check", ".", folder=tmp_path).returncode == 1
    assert (tmp_path / names[0]).exists()
    assert run_here("rewrite", ".", "--no-verify", folder=tmp_path).returncode == 0
    assert [name for name in names if (tmp_path / name).exists()] == names[1:]
    remove_left_over([tmp_path / "missing"])
