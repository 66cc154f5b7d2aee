"""A run in parts, as a matrix of jobs makes it, and the parts joined again."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codemod.files.discovery import discover
from codemod.scale.grouping import file_groups
from codemod.scale.shards import Shard
from tests.support.command_line import BROKEN, MODEL, PLAIN, Done, run_here
from tests.support.report_schema import check_report

BUILDER = MODEL.replace(b"inputs =", b"def build(f):\n    x = f(keras.Input((4,)))\n\ninputs =")
NOTEBOOK = json.dumps(
    {
        "cells": [
            {"cell_type": "code", "source": MODEL.decode(), "metadata": {}, "outputs": []},
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
).encode()
TREE = {
    "alone.py": MODEL,
    "broken.py": BROKEN,
    "nets/__init__.py": b"from .net import build\n",
    "nets/net.py": BUILDER,
    "one/models.py": BUILDER,
    "one/train.py": b"from models import build\nbuild(print)\n",
    "plain.py": PLAIN,
    "run.py": b"import nets\n",
    "some.py": b"import keras\nimport tools\n",
    "story.ipynb": NOTEBOOK,
    "tools.py": PLAIN,
    "two/models.py": BUILDER,
    "two/train.py": b"from models import build\nbuild(print)\n",
}
FORMATS = ("text", "json", "github", "sarif")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, content in TREE.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "tree"


def groups(tree: Path) -> list[set[str]]:
    found = file_groups(discover([str(tree)]).files)
    return [{str(file.path.relative_to(tree)) for file in group.files} for group in found]


def test_files_that_call_each_other_belong_together(tree: Path) -> None:
    assert {"nets/__init__.py", "nets/net.py", "run.py"} in groups(tree)


def test_a_module_is_that_of_the_same_project(tree: Path) -> None:
    assert {"one/models.py", "one/train.py"} in groups(tree)
    assert {"two/models.py", "two/train.py"} in groups(tree)


def test_a_module_without_models_joins_nothing_and_goes_with_what_imports_it(tree: Path) -> None:
    (tree / "alone.py").write_bytes(b"import tools\n" + MODEL)
    assert {"alone.py", "tools.py"} in groups(tree)
    assert {"some.py"} in groups(tree)


@pytest.mark.parametrize("of", [1, 2, 3, 5, 40])
def test_each_file_is_in_one_shard(tree: Path, of: int) -> None:
    files = discover([str(tree)]).files
    shares = [Shard(number=number, of=of).share(files) for number in range(1, of + 1)]
    assert sorted(file.shown for share in shares for file in share) == sorted(
        file.shown for file in files
    )
    assert shares == [Shard(number=number, of=of).share(files) for number in range(1, of + 1)]


def test_models_are_shared_out_evenly(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"model_{number}.py").write_bytes(MODEL)
        (tmp_path / f"plain_{number}.py").write_bytes(PLAIN)
    files = discover([str(tmp_path)]).files
    for number in range(1, 5):
        names = [file.path.name[:5] for file in Shard(number=number, of=4).share(files)]
        assert (names.count("model"), names.count("plain")) == (10, 10)


def sharded(tree: Path, of: int, *arguments: str) -> list[str]:
    """The reports of all shards of a run."""
    names = []
    for number in range(1, of + 1):
        done = run_here(
            *arguments, "--shard", f"{number}/{of}", "--format", "json", folder=tree.parent
        )
        check_report(json.loads(done.stdout))
        names.append(f"{number}.json")
        (tree.parent / names[-1]).write_bytes(done.stdout)
    return names


def plain(done: Done) -> tuple[int, bytes, list[bytes]]:
    return done.returncode, done.stdout, sorted(done.stderr.splitlines())


@pytest.mark.parametrize(
    "command", [("check", "tree"), ("rewrite", "--check", "--fix", "keras3", "tree")]
)
def test_joined_reports_are_those_of_one_run(tree: Path, command: tuple[str, ...]) -> None:
    names = sharded(tree, 2, *command)[::-1]
    for form in FORMATS:
        whole = run_here(*command, "--format", form, folder=tree.parent)
        joined = run_here("report", "merge", *names, "--format", form, folder=tree.parent)
        assert plain(joined) == plain(whole)
    whole = run_here(*command, "--html", "whole.html", "-q", folder=tree.parent)
    joined = run_here("report", "merge", *names, "--html", "some.html", "-q", folder=tree.parent)
    assert (joined.returncode, joined.stdout) == (whole.returncode, whole.stdout)
    pages = [(tree.parent / name).read_bytes() for name in ("whole.html", "some.html")]
    assert pages[0] == pages[1]


def test_a_path_that_is_not_there_is_told_once(tree: Path) -> None:
    whole = run_here("check", "tree", "nowhere.py", folder=tree.parent)
    names = sharded(tree, 2, "check", "tree", "nowhere.py")
    assert plain(run_here("report", "merge", *names, folder=tree.parent)) == plain(whole)
    assert b"nowhere.py" in whole.stderr


def test_a_call_is_run_where_it_is_defined(tree: Path) -> None:
    (tree / "alone.py").write_bytes(MODEL + b"def of_alone():\n    return model\n")
    command = ("rewrite", "--check", "--build", "of_alone()", "--build", "models:build(1)", "tree")
    whole = run_here(*command, folder=tree.parent)
    joined = run_here("report", "merge", *sharded(tree, 4, *command), folder=tree.parent)
    assert plain(joined) == plain(whole)


@pytest.mark.parametrize("text", ["1/0", "3/2", "0/2", "a/b", "1", "-1/2", "1/2/3", "", "1/99999"])
def test_a_shard_that_is_none_is_one_line(tmp_path: Path, text: str) -> None:
    for command in (("check", "."), ("rewrite", "."), ("verify", "a.py", "b.py")):
        done = run_here(*command, f"--shard={text}", folder=tmp_path)
        assert done.returncode == 2
        assert done.stderr.startswith(f"keras-codemod: --shard {text}: ".encode())
        assert done.stderr.count(b"\n") == 1


def test_standard_input_has_no_shards(tmp_path: Path) -> None:
    done = run_here("check", "-", "--shard", "1/2", folder=tmp_path, stdin=PLAIN)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"does not go with the path -" in done.stderr


@pytest.fixture(scope="module")
def two_reports(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The reports of the two shards of a small run."""
    folder = tmp_path_factory.mktemp("run") / "tree"
    folder.mkdir()
    for name in "a.py", "b.py":
        (folder / name).write_bytes(MODEL)
    one, two = sharded(folder, 2, "check", "tree")
    return (folder.parent / one).read_text(), (folder.parent / two).read_text()


def lacking(report: dict[str, Any]) -> None:
    del report["shard"]


def foreign(report: dict[str, Any]) -> None:
    report["version"] = 2


def cut(report: dict[str, Any]) -> None:
    report["shard"]["results"] = report["shard"]["results"][:-40]


def senseless(report: dict[str, Any]) -> None:
    data = zlib.compress(b'{"models": [], "results": [{"result": {"path": 1}, "notebook": null}]}')
    report["shard"]["results"] = base64.b64encode(data).decode()


def uncounted(report: dict[str, Any]) -> None:
    report["shard"]["number"] = "1"


def another_run(report: dict[str, Any]) -> None:
    report["shard"]["run"] = "other"


def another_command(report: dict[str, Any]) -> None:
    report["shard"]["command"] = "rewrite"


def interrupted(report: dict[str, Any]) -> None:
    report["shard"]["results"] = base64.b64encode(
        zlib.compress(b'{"models": [], "results": []}')
    ).decode()


def no_object(report: dict[str, Any]) -> None:
    report["shard"] = []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lacking, "1.json: was written without --shard"),
        (foreign, "1.json: has version 2 of the format, not 1"),
        (cut, "1.json: is damaged"),
        (senseless, "1.json: is damaged"),
        (uncounted, "1.json: is damaged"),
        (no_object, "1.json: is damaged"),
        (another_run, "2.json: is of another run than 1.json"),
        (another_command, "2.json: is of check, and 1.json of rewrite"),
        (interrupted, "1.json: shard 1/2 did not end; not done: "),
    ],
)
def test_what_cannot_be_joined_is_one_line(
    tmp_path: Path,
    two_reports: tuple[str, str],
    change: Callable[[dict[str, Any]], None],
    complaint: str,
) -> None:
    tree, names = tmp_path / "tree", ("1.json", "2.json")
    report, other = map(json.loads, two_reports)
    (tmp_path / "2.json").write_text(json.dumps(other))
    change(report)
    (tree.parent / "1.json").write_text(json.dumps(report))
    refused(tree, complaint, *names)


def test_shards_that_are_missing_or_there_twice_are_named(tree: Path) -> None:
    one, two, three = sharded(tree, 3, "check", "tree")
    refused(tree, "report merge: shard 2/3 is missing", one, three)
    refused(tree, "report merge: shards 1/3, 3/3 are missing", two)
    refused(tree, "1.json: is shard 1/3, as is 1.json; give each shard once", one, one, two, three)
    refused(tree, "nowhere.json: ", one, "nowhere.json")
    (tree.parent / "text.json").write_bytes(PLAIN)
    refused(tree, "text.json: is no JSON", "text.json")
    (tree.parent / "list.json").write_bytes(b"[1]")
    refused(tree, "list.json: is no report of keras-codemod", "list.json")


def refused(tree: Path, complaint: str, *names: str) -> None:
    done = run_here("report", "merge", *names, folder=tree.parent)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith(f"keras-codemod: {complaint}")
    assert done.stderr.count(b"\n") == 1


def test_a_pair_is_verified_in_one_shard(tree: Path) -> None:
    pairs = [f"new_{number}.py" for number in range(12)]
    for name in pairs:
        assert sum(Shard(number=number, of=3).has_pair(name) for number in (1, 2, 3)) == 1
    assert all(any(Shard(number=n, of=3).has_pair(name) for name in pairs) for n in (1, 2, 3))
    names = sharded(tree, 2, "verify", "tree/alone.py", "tree/nowhere.py")
    whole = run_here("verify", "tree/alone.py", "tree/nowhere.py", folder=tree.parent)
    assert plain(run_here("report", "merge", *names, folder=tree.parent)) == plain(whole)
    assert whole.returncode == 2
