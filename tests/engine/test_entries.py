"""Which files import which, directly or through others."""

from __future__ import annotations

from pathlib import Path

from codemod.engine.entries import importers, in_turn
from codemod.files.beside import files_beside, project_folder
from codemod.files.discovery import SourceFile


def importing(target: str, **sources: str) -> list[str]:
    """The files that import ``target``; ``__0`` in a name stands for the end of a folder's."""
    known = {path_of(name): text.encode() for name, text in sources.items()}
    (found,) = importers([path_of(target)], known).values()
    return [str(path.relative_to("/p")) for path in found]


def path_of(name: str) -> Path:
    return Path("/p") / (name.replace("__0", "/") + ".py")


def test_all_ways_to_import_a_file_are_seen() -> None:
    found = importing(
        "core__0net",
        core__0net="",
        a="import core.net",
        b="from core import net as n",
        c="from core.net import *",
        core__0d="from .net import x",
        core__0e="from . import net",
        other__0f="from ..core.net import x",
        other__0g="from .net import x",
        h="import net_of_another\nimport core.other",
        i="def (",
    )
    assert found == ["a.py", "b.py", "c.py", "core/d.py", "core/e.py", "other/f.py"]


def test_imports_through_the_package_count_and_the_package_itself_is_no_entry() -> None:
    found = importing(
        "p__0net",
        p__0net="x = 1",
        p__0__init__="from .net import x",
        use="from p import x",
    )
    assert found == ["use.py"]


def test_scripts_come_first_then_tests_then_others_and_the_nearest_before_all() -> None:
    found = importing(
        "net",
        net="",
        far="import near\nif __name__ == '__main__': pass",
        near="import net",
        test_net="import net",
        run="import net\nif __name__ == '__main__': pass",
    )
    assert found == ["run.py", "test_net.py", "near.py", "far.py"]


def test_circles_end() -> None:
    assert importing("a", a="import b", b="import a") == ["b.py"]


def test_lists_are_taken_in_turn() -> None:
    a, b, c = Path("a"), Path("b"), Path("c")
    assert in_turn([[a, b], [c, a]]) == [a, c, b]
    assert in_turn([[], []]) == []


def test_the_rest_of_the_project_is_beside(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("")
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "net.py").write_text("x = 1\n")
    (tmp_path / "train.py").write_text("import pkg.net\n")
    file = SourceFile(tmp_path / "pkg" / "net.py", "net.py", tmp_path / "pkg")
    assert project_folder(tmp_path / "pkg") == tmp_path
    assert files_beside([file]) == {
        tmp_path / "setup.py": b"",
        tmp_path / "train.py": b"import pkg.net\n",
    }


def test_of_a_folder_that_is_no_project_only_the_files_right_there_are_looked_at(
    tmp_path: Path,
) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("net.py", "train.py", "deep/far.py"):
        (tmp_path / name).write_text("")
    file = SourceFile(tmp_path / "net.py", "net.py", tmp_path)
    assert files_beside([file]) == {tmp_path / "train.py": b""}
