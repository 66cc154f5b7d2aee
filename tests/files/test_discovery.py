"""Folders are searched the way git sees them; files that are named are always taken."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codemod.files.discovery import discover

NOBODY = 65534


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def shown(*given: str) -> list[str]:
    found = discover(given)
    assert not found.problems
    return [file.shown for file in found.files]


def problem(name: str) -> str:
    found = discover([name])
    assert not found.files
    (result,) = found.problems
    assert (result.path, result.status) == (name, "failed")
    return result.error or ""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def in_git(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "--quiet", folder], check=True)


def without_git(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")


@pytest.fixture(params=[in_git, without_git], ids=lambda place: place.__name__)
def anywhere(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place: Callable[[Path, pytest.MonkeyPatch], None] = request.param
    place(folder, monkeypatch)
    return folder


def test_folder_gives_its_python_files_in_order(anywhere: Path) -> None:
    make(anywhere, "b.py", "a/z.py", "a/b/c.py", "a.py", "notes.txt", "stub.pyi", "a-b/d.py")
    assert shown(".") == ["a/b/c.py", "a/z.py", "a-b/d.py", "a.py", "b.py"]


def test_names_are_shown_as_given_or_below_the_folder_given(anywhere: Path) -> None:
    make(anywhere, "src/pkg/model.py")
    absolute = str(anywhere / "src")
    assert shown("src") == shown("./src/") == ["src/pkg/model.py"]
    assert shown("./src/pkg/model.py") == ["./src/pkg/model.py"]
    assert shown(absolute) == [f"{absolute}/pkg/model.py"]


def test_files_know_their_path_and_root(anywhere: Path) -> None:
    make(anywhere, "src/pkg/model.py")
    (below,) = discover(["src"]).files
    (alone,) = discover(["src/pkg/model.py"]).files
    assert below.path == alone.path == anywhere / "src/pkg/model.py"
    assert (below.root, alone.root) == (anywhere / "src", anywhere / "src/pkg")


def test_environments_hidden_and_generated_folders_are_skipped(anywhere: Path) -> None:
    make(anywhere, "model.py", "env/pyvenv.cfg", "env/lib/a.py", "pkg/env2/pyvenv.cfg")
    make(anywhere, "pkg/env2/b.py", ".hidden/a.py", "pkg/__pycache__/a.py", "node_modules/m/a.py")
    make(anywhere, "build/lib/a.py", "dist/a.py", "lib/site-packages/a.py", "pkg/builder/a.py")
    assert shown(".") == ["model.py", "pkg/builder/a.py"]


def test_a_skipped_folder_is_searched_when_it_is_the_one_given(anywhere: Path) -> None:
    make(anywhere, "build/model.py", ".hidden/model.py")
    assert shown("build", ".hidden") == ["build/model.py", ".hidden/model.py"]


def test_gitignore_is_respected_at_every_level(anywhere: Path) -> None:
    make(
        anywhere, "keep.py", "old.py", "data/a.py", "pkg/old.py", "pkg/new.py", "pkg/deep/x_gen.py"
    )
    make(anywhere, "pkg/data/kept.py", "pkg/deep/y_gen.py")
    (anywhere / ".gitignore").write_text("old.py\n/data/\n*_gen.py\n")
    (anywhere / "pkg/.gitignore").write_text("# a comment\nnew.py\n!x_gen.py\n")
    assert shown(".") == ["keep.py", "pkg/data/kept.py", "pkg/deep/x_gen.py"]


def test_ignored_files_and_folders_are_taken_when_they_are_named(anywhere: Path) -> None:
    make(anywhere, "scratch/model.py", "old.py")
    (anywhere / ".gitignore").write_text("old.py\nscratch/\n")
    assert shown("old.py", "scratch") == ["old.py", "scratch/model.py"]


def test_each_file_comes_once(anywhere: Path) -> None:
    make(anywhere, "pkg/a.py", "pkg/b.py")
    (anywhere / "pkg/c.py").symlink_to("a.py")
    assert shown("pkg/b.py", "pkg", "./pkg/b.py") == ["pkg/b.py", "pkg/a.py"]


def test_links_to_folders_are_not_followed(anywhere: Path) -> None:
    make(anywhere, "pkg/a.py")
    (anywhere / "pkg/again").symlink_to(anywhere)
    assert shown(".") == ["pkg/a.py"]


def test_links_that_leave_the_folder_are_not_followed(anywhere: Path) -> None:
    make(anywhere, "pkg/a.py", "pkg/deep/b.py", "other/c.py")
    (anywhere / "pkg/out.py").symlink_to("../other/c.py")
    (anywhere / "pkg/deep/a_link.py").symlink_to("../a.py")
    (anywhere / "pkg/far.py").symlink_to("/dev/zero")
    assert shown("pkg") == ["pkg/a.py", "pkg/deep/b.py"]
    assert shown("pkg/out.py") == ["pkg/out.py"]


@pytest.fixture(params=["plain", "git"])
def closed_folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder that others may enter, with one below it that nobody may."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        make(folder, "a.py", "closed/b.py", "open/c.py")
        if request.param == "git":
            subprocess.run(["git", "init", "--quiet", name], check=True)
        is_root = os.geteuid() == 0
        if is_root:
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, NOBODY, NOBODY)
        (folder / "closed").chmod(0)
        if is_root:
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            if is_root:
                os.seteuid(0)
            (folder / "closed").chmod(0o755)


def test_a_folder_that_cannot_be_read_is_told_and_the_others_go_on(closed_folder: Path) -> None:
    found = discover([str(closed_folder)])
    assert [file.path.name for file in found.files] == ["a.py", "c.py"]
    (result,) = found.problems
    assert result.path == str(closed_folder / "closed")
    assert result.error == "cannot be read (Permission denied); check its permissions"


def test_names_need_not_be_text(anywhere: Path) -> None:
    name = os.fsdecode(b"caf\xe9 \n.py")
    make(anywhere, f"pkg/{name}")
    assert shown("pkg") == [f"pkg/{name}"]


def test_tracked_files_count_although_ignored_and_deleted_ones_do_not(folder: Path) -> None:
    subprocess.run(["git", "init", "--quiet", "."], check=True)
    make(folder, "tracked.py", "deleted.py", "new.py")
    (folder / ".gitignore").write_text("tracked.py\n")
    subprocess.run(["git", "add", "--force", "tracked.py", "deleted.py"], check=True)
    (folder / "deleted.py").unlink()
    assert shown(".") == ["new.py", "tracked.py"]


def test_repositories_inside_are_searched_by_their_own_rules(folder: Path) -> None:
    for repository in ".", "vendor/inner":
        subprocess.run(["git", "init", "--quiet", repository], check=True)
    make(folder, "a.py", "vendor/inner/b.py", "vendor/inner/ignored.py")
    (folder / "vendor/inner/.gitignore").write_text("ignored.py\n")
    assert shown(".") == ["a.py", "vendor/inner/b.py"]


def test_the_variables_of_a_git_hook_do_not_matter(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for repository in "one", "two":
        subprocess.run(["git", "init", "--quiet", repository], check=True)
    make(folder, "one/a.py", "two/b.py", "two/ignored.py")
    (folder / "two/.gitignore").write_text("ignored.py\n")
    monkeypatch.setenv("GIT_DIR", str(folder / "one/.git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(folder / "one/.git/index"))
    assert shown("two") == ["two/b.py"]


def test_paths_that_lead_to_nothing_say_why(anywhere: Path) -> None:
    make(anywhere, "empty/notes.txt", "model.py")
    (anywhere / "link.py").symlink_to("missing")
    assert problem("missing.py") == "does not exist; check the path"
    assert problem("empty").startswith("holds no Python file or notebook; ")
    assert problem("model.py/model.py") == "does not exist; check the path"
    assert problem("x" * 300) == "cannot be read (File name too long); check the path"
    assert problem("link.py") == "is a broken symbolic link; check its target"


def test_folders_take_notebooks_along(anywhere: Path) -> None:
    make(anywhere, "a.py", "b.ipynb", "deep/c.ipynb", "deep/.ipynb_checkpoints/c-checkpoint.ipynb")
    assert shown(".") == ["a.py", "b.ipynb", "deep/c.ipynb"]
    found = discover(["."], exclude=["deep/*.ipynb"])
    assert [file.shown for file in found.files] == ["a.py", "b.ipynb"]


def test_other_paths_go_on_after_one_that_leads_to_nothing(anywhere: Path) -> None:
    make(anywhere, "a.py", "b.py")
    found = discover(["a.py", "missing.py", "b.py"])
    assert [file.shown for file in found.files] == ["a.py", "b.py"]
    assert [result.path for result in found.problems] == ["missing.py"]


def test_explicit_files_need_no_ending(anywhere: Path) -> None:
    make(anywhere, "script")
    assert shown("script") == ["script"]
