"""Whatever an answer depends on: when it changes, verification is asked again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from codemod.cache.interpreters import installed_in
from codemod.results import FileResult
from codemod.settings import Settings
from codemod.verdict import Environment
from codemod.verify.records import Trace
from tests.cache.projects import HELPER, MODEL, OTHER, CountingSession, Project
from tests.support.table_verifier import verdict

# Each runs the engine several times: together they are slow.
pytestmark = pytest.mark.tensorflow

BOTH = {"model.py", "other.py"}
ALL_THAT_READS = {"model.py"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that was verified; a test that changes it changes it back."""
    folder = tmp_path_factory.mktemp("known")
    outside = folder / "outside.txt"
    outside.write_text("outside")
    os.utime(outside, (1, 1))
    found = Project(folder / "project")
    linked = folder / "shared"
    linked.mkdir()
    found.trace = Trace(
        opened=found.trace.opened | {str(folder / "missing.json"), str(found.folder / ".git/HEAD")},
        listed=frozenset({str(linked)}),
    )
    _, asked = found.rewrite()
    assert {*asked} == BOTH
    return found


@contextmanager
def written(path: Path, text: str | None) -> Iterator[None]:
    """The file at ``path`` with other content, or without a file, for a while."""
    before = path.read_bytes() if path.exists() else None
    if text is None:
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    yield
    if before is None:
        path.unlink()
        if path.parent.name in ("helper", ".git"):
            path.parent.rmdir()
    else:
        path.write_bytes(before)


CHANGES: dict[str, tuple[str, str | None, set[str]]] = {
    "the file itself": ("model.py", MODEL + "# more\n", {"model.py"}),
    "a module that it imports": ("helper.py", HELPER + "# more\n", {"model.py"}),
    "a configuration that it reads": ("sizes.json", '{"width": 4}', BOTH),
    "a data file that native code may read": ("weights.h5", "more", BOTH),
    "a new file that shadows an import": ("helper/__init__.py", HELPER, BOTH),
    "a new file that shadows a package": ("json.py", "", BOTH),
    "a neighbour that is gone": ("helper.py", None, BOTH),
    "settings of the project": ("setup.cfg", "[metadata]\n", BOTH),
    "a file outside that was not there": ("../missing.json", "{}", {"model.py"}),
    "a folder outside that was listed": ("../shared/new.txt", "", {"model.py"}),
    "what is left out of the project and was read": (".git/HEAD", "ref", {"model.py"}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_seen_and_so_is_its_end(what: str, project: Project) -> None:
    name, text, entries = CHANGES[what]
    with written(project.folder / name, text):
        _, asked = project.rewrite()
    assert {*asked} - {"helper.py"} == entries, what
    # What was known before is known again.
    assert project.rewrite()[1] == []


OPTIONS: dict[str, Settings] = {
    "target": Settings(target="lambda"),
    "generations": Settings(generations="keras2"),
    "build": Settings(builds=("model", "other")),
    "arguments": Settings(arguments=("--wide",)),
    "device": Settings(device="cpu"),
    "time limit": Settings(time_limit=7.0),
    "memory limit": Settings(memory_limit=1.0),
    "interpreter": Settings(python="/usr/bin/env"),
    "operators": Settings(operators="wrap"),
}


@pytest.mark.parametrize("what", OPTIONS)
def test_another_option_is_another_question(what: str, project: Project) -> None:
    session = project.session()
    session.answer = lambda request: verdict("unverified", "not tried")
    results, asked = project.rewrite(OPTIONS[what], session)
    if what == "operators":
        # The rewrite is the same, and so is what was asked of it; what is told may not be.
        assert all(result.path for result in results)
    else:
        assert {*asked} >= BOTH, what


def test_a_changed_variable_is_seen_unless_it_says_where_a_run_was_started(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "from afar")
    assert project.rewrite()[1] == []
    monkeypatch.setenv("MODEL_WIDTH", "7")
    assert {*project.rewrite()[1]} == BOTH


def test_a_variable_of_the_session_counts_where_a_source_names_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = HELPER + "import os\nos.environ.get('SSH_CONNECTION')\n"
    with written(project.folder / "helper.py", source):
        project.rewrite()
        assert project.rewrite()[1] == []
        monkeypatch.setenv("SSH_CONNECTION", "from elsewhere")
        assert {*project.rewrite()[1]} == BOTH


def test_another_source_of_the_tool_is_another_tool(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codemod.cache.surroundings.of_the_tool", lambda: "newer")
    assert {*project.rewrite()[1]} == BOTH


def test_times_alone_say_nothing(project: Project) -> None:
    for path in project.folder.iterdir():
        os.utime(path, (1, 1))
    assert project.rewrite()[1] == []


def test_what_native_code_may_read_outside_is_known_by_its_name(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "deep").mkdir(parents=True)
    (data / "deep/words.txt").write_text("1")
    (tmp_path / "beside").mkdir()
    project = Project(tmp_path / "project")
    project.write("other.py", OTHER + f"DATA = '{data}'\nMORE = '../beside/x'\nUP = '..'\n")
    project.rewrite()
    assert project.rewrite()[1] == []
    (data / "deep/words.txt").write_text("2")
    assert {*project.rewrite()[1]} == {"other.py"}
    assert project.rewrite()[1] == []
    (tmp_path / "beside/x").write_text("new")
    assert {*project.rewrite()[1]} == {"other.py"}


def test_what_a_link_leads_to_belongs_to_the_project(tmp_path: Path) -> None:
    data = tmp_path / "elsewhere/data"
    data.mkdir(parents=True)
    (data / "words.txt").write_text("1")
    (data / "again").symlink_to(data)
    project = Project(tmp_path / "project")
    (project.folder / "data").symlink_to(data)
    (project.folder / "inside").symlink_to(project.folder)
    project.rewrite()
    assert project.rewrite()[1] == []
    (data / "words.txt").write_text("2")
    assert {*project.rewrite()[1]} == BOTH


def accident(project: Project, change: Callable[[CountingSession], None]) -> list[str]:
    """What is asked the second time of a project whose first run went as ``change`` says."""
    session = project.session()
    change(session)
    project.rewrite(session=session)
    return project.rewrite()[1]


def test_an_accident_is_not_remembered(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")

    def breaks(session: CountingSession) -> None:
        session.trace_of = lambda request: Trace(lasting=request.entry.name != "other.py")

    assert {*accident(project, breaks)} == {"other.py"}


def test_what_changes_while_it_is_verified_is_not_remembered(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")

    def is_edited(session: CountingSession) -> None:
        def edit(request: object) -> Trace:
            # Back to what it was when this is over: only its times tell.
            path = project.folder / "helper.py"
            path.write_text("other")
            path.write_text(HELPER)
            return project.trace

        session.trace_of = edit

    assert {*accident(project, is_edited)} == BOTH


def test_packages_that_change_while_it_is_verified_make_nothing_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project")

    def is_upgraded(session: CountingSession) -> None:
        def upgrade(request: object) -> Trace:
            (tmp_path / "x-packages/more-1.0.dist-info").mkdir(parents=True, exist_ok=True)
            return Trace()

        session.trace_of = upgrade

    (tmp_path / "x-packages").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "x-packages"))
    project.ask = installed_in
    session = project.session()
    is_upgraded(session)
    project.rewrite(session=session)
    # It was taken back: what was found meanwhile is not known.
    (tmp_path / "x-packages/more-1.0.dist-info").rmdir()
    assert {*project.rewrite()[1]} == BOTH


def test_a_new_file_while_it_is_verified_makes_nothing_known(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")

    def is_added(session: CountingSession) -> None:
        def add(request: object) -> Trace:
            project.write("json.py", "")
            return Trace()

        session.trace_of = add

    assert {*accident(project, is_added)} == BOTH


def test_after_a_file_was_written_the_others_are_known(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    session = project.session()
    session.answer = lambda request: verdict("proved")
    results, _ = project.rewrite(session=session, write=True)
    assert [result.status for result in results].count("rewritten") == 2
    # What was rewritten holds no raw op: nobody is asked, this time and the next.
    again, asked = project.rewrite(write=True)
    assert asked == [] and {result.status for result in again} == {"unchanged"}
    # And the old sources are known, should they come back.
    project.write("model.py", MODEL)
    assert project.rewrite(write=True)[1] == []


def test_one_of_many_files_is_verified_alone_when_it_alone_changes(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    for number in range(5):
        project.write(f"more_{number}.py", MODEL.replace("from helper", "from helper"))
    project.rewrite()
    project.write("more_3.py", MODEL + "# edited\n")
    assert {*project.rewrite()[1]} == {"more_3.py"}


def test_a_verdict_is_told_in_full(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    session = project.session()
    full = replace(
        verdict("proved"),
        assumptions=("Model.fit was left out",),
        not_run=((project.folder / "other.py", 3),),
        keras3=Environment(python="python", keras="3.15"),
        hazards=("a hazard — “quoted”",),
    )
    session.answer = lambda request: full
    first, _ = project.rewrite(session=session)
    second, asked = project.rewrite()
    assert asked == []
    assert second == first


def test_notebooks_and_what_is_wrong_are_told_in_full(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    cells = [
        ["%matplotlib inline\n", "import tensorflow as tf\n", "from tensorflow import keras\n"],
        ["i = keras.Input((4,))\n", "m = keras.Model(i, tf.square(i))\n"],
    ]
    more: list[list[str]] = [["x = (\n"]]
    for name, broken in (("good", more[:0]), ("broken", more)):
        code: list[dict[str, object]] = [
            {
                "cell_type": "code",
                "metadata": {},
                "source": cell,
                "outputs": [],
                "execution_count": None,
            }
            for cell in [*cells, *broken]
        ]
        text = json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
        project.write(f"{name}.ipynb", text)
    project.write("wrong.py", "import tensorflow as tf\nif x\n")
    project.write("nothing.ipynb", "no notebook")
    first, _ = project.rewrite()
    assert len({result.error for result in first}) == 4
    assert any(result.notebook and result.status == "would-rewrite" for result in first)
    again, asked = project.rewrite()
    assert asked == [] and plain(again) == plain(first)
    assert [result.files for result in again] == [result.files for result in first]
    assert plain(project.check()) == plain(project.check())


def plain(results: list[FileResult]) -> list[FileResult]:
    """The results without notebooks, which hold errors, and these are never equal."""
    return [replace(result, notebook=None) for result in results]


def test_check_tells_the_same_and_sees_what_an_import_changes(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    first = project.check()
    assert project.check() == first
    assert any(result.sites for result in first)
    project.write("helper.py", "import tensorflow as tf\ndef widen(x, s):\n    return tf.abs(x)\n")
    changed = {Path(result.path).name: result for result in project.check()}
    assert changed["helper.py"].sites
