"""What workers of a cluster are sent, and what they keep."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from codemod.cache.surroundings import of_its_sources
from codemod.engine.engine import rewrite_files
from codemod.files.discovery import SourceFile, discover
from codemod.limits import SENT_FILE, TREES_OF_A_WORKER
from codemod.scale.desk import Desk
from codemod.scale.jobs import ClusterJob, job_of_text
from codemod.scale.portable import packed, unpacked
from codemod.scale.snapshots import Snapshot, snapshot
from codemod.scale.warm_sessions import WarmSessions
from codemod.settings import Settings
from codemod.verify.records import VerifyOptions
from tests.support.command_line import MODEL, PLAIN


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    found = Desk()
    yield found
    found.close()
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name, content in {
        ".env": b"secret",
        ".gitignore": b"ignored.txt\n",
        ".hidden/a.py": PLAIN,
        "data/words.txt": b"one two",
        "ignored.txt": b"ignored",
        "model.py": MODEL,
        "pyproject.toml": b"[tool.black]\nline-length = 40\n",
        "tests/test_model.py": b"import model\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def taken(folder: Path) -> Snapshot:
    return snapshot(discover([str(folder)]).files)


def test_a_project_is_sent_but_for_what_is_hidden_ignored_or_large(project: Path) -> None:
    with (project / "weights.h5").open("wb") as weights:
        weights.truncate(SENT_FILE + 1)
    found = taken(project)
    sent = {str(Path(path).relative_to(project)) for path in found.manifest}
    assert sent == {
        ".gitignore",
        "data/words.txt",
        "model.py",
        "pyproject.toml",
        "tests/test_model.py",
    }
    assert found.left_out == (str(project / "weights.h5"),)


def test_of_a_folder_that_is_no_project_the_sources_are_sent(project: Path) -> None:
    (project / "pyproject.toml").unlink()
    (project / "beside.py").write_bytes(PLAIN)
    model = SourceFile(project / "model.py", "model.py", project)
    sent = {Path(path).name for path in snapshot([model]).manifest}
    assert sent == {"model.py", "beside.py"}


def test_a_tree_is_asked_for_until_it_is_whole(project: Path, desk: Desk) -> None:
    tree = taken(project)
    assert desk.receive(tree.digest, {}) == [tree.digest]
    missing = desk.receive(tree.digest, {tree.digest: tree.contents[tree.digest]})
    assert set(missing) == set(tree.manifest.values())
    first, *others = missing
    assert desk.receive(tree.digest, {first: tree.contents[others[0]]}) == missing
    assert desk.receive(tree.digest, {first: tree.contents[first]}) == others
    assert desk.receive(tree.digest, tree.contents) == []


def test_a_job_gives_what_a_run_here_gives(project: Path, desk: Desk) -> None:
    files = discover([str(project)]).files
    settings = Settings(verify=False)
    tree = taken(project)
    job = ClusterJob(tool=desk.tool, tree=tree.digest, settings=settings, files=files)
    assert desk.settled(job, 1, None) is None
    desk.receive(tree.digest, tree.contents)
    sent = job_of_text(job.text(), of_its_sources())
    assert sent is not None
    settled = desk.settled(sent, 1, None)
    assert settled is not None
    there = unpacked(packed(settled, desk.base(tree.digest)))
    here = [result for found in rewrite_files(files, settings, False) for result in found]
    assert [one for one in there if one.sites] == [one for one in here if one.sites]
    assert [one.path for one in there] == [one.path for one in here]


def test_old_projects_are_forgotten(project: Path, desk: Desk, tmp_path: Path) -> None:
    files = discover([str(project)]).files
    first = taken(project)
    for number in range(TREES_OF_A_WORKER + 1):
        (project / "model.py").write_bytes(MODEL + b"# %d\n" % number)
        tree = taken(project)
        desk.receive(tree.digest, tree.contents)
        job = ClusterJob(
            tool=desk.tool, tree=tree.digest, settings=Settings(verify=False), files=files
        )
        assert desk.settled(job, 1, None) is not None
        assert number or desk.receive(tree.digest, {}) == []
        first = first if number else tree
    assert desk.receive(tree.digest, {}) == []
    assert desk.receive(first.digest, {}) == [first.digest]
    again = desk.receive(first.digest, {first.digest: first.contents[first.digest]})
    assert again == [first.manifest[str(project / "model.py")]]


def test_a_job_of_another_state_of_the_tool_is_none(project: Path) -> None:
    job = ClusterJob(tool="one", tree="", settings=Settings(builds=("f()",)), files=())
    assert job_of_text(job.text(), "other") is None
    assert job_of_text(job.text(), "one") == job
    assert json.loads(job.text())["settings"]["builds"] == ["f()"]


def test_sessions_are_used_again_until_something_ends_them() -> None:
    options = VerifyOptions(python="python")
    sessions = WarmSessions()
    try:
        with sessions.opened(options, 1) as one, sessions.opened(options, 1) as two:
            assert vars(one) == vars(two)
        with sessions.opened(replace(options, device="cpu"), 1) as other:
            assert vars(other) != vars(one)
        with pytest.raises(KeyError), sessions.opened(options, 1) as three:
            assert vars(three) != vars(one)
            raise KeyError
        with sessions.opened(options, 1) as four:
            assert vars(four) != vars(three)
    finally:
        sessions.close()
