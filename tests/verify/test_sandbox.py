"""Nothing changes outside the temporary folder, whatever code does; and it need not notice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from benchmarks.file_harm import ROADS, make_targets, paths, state
from benchmarks.file_harm_ways import WAYS
from tests.support.command_line import ROOT

pytestmark = pytest.mark.tensorflow

PLAIN = [name for name, way in WAYS.items() if way.module in ("", "processes", "native")]
RUNNER = """\
import io, json, os, pathlib, shutil, subprocess, sys, tempfile, traceback
from codemod.verify.child.sandbox.entering import enter
from codemod.verify.child.sandbox.system_calls import set_process_option

HERE, folder, means, user = sys.argv[1], sys.argv[2], sys.argv[3].split(), int(sys.argv[4])
if user != os.getuid():
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
    # As after the start of a program: its own /proc belongs to the user.
    set_process_option(4, 1)
told = {"held": enter(folder, [folder], [HERE], "overlays" in means, "landlock" in means)}
for name, code in json.load(sys.stdin).items():
    os.makedirs(os.path.join(folder, "ways", name))
    os.chdir(os.path.join(folder, "ways", name))
    try:
        exec(code, dict(globals()))
    except BaseException:
        told[name] = traceback.format_exc()
print(json.dumps(told))
"""
PROCESSES = [name for name, way in WAYS.items() if way.module == "processes"]
REFUSED = ("removedirs", "file_io")
"""What no replaced function keeps in: the statement fails."""
LINKS = ("symlink", "folder_link")
"""Without overlays, a link that would stand in the project is a copy."""
DELETIONS = ("not os.path.exists", "os.path.exists(os.path.join(D")


def run_ways(top: Path, road: str, means: str, user: int | None = None) -> dict[str, str]:
    """Why which of the ways did not go on as if they had changed files, and what ``held``."""
    names = [name for name in PLAIN if means or WAYS[name].module != "native"]
    if user is not None:
        # Others may not be able to read the folder of our Python.
        names = ["open", "append", "rmtree", "rename_folder", "hard_link", "fork", "rm", "shell"]
    for folder in (top / "project", top / "beside"):
        make_targets(folder, [(name, road) for name in names])
    codes = {}
    for name in names:
        way = WAYS[name]
        # Without overlays a deletion does nothing.
        does_nothing = "overlays" not in means and way.worked.startswith(DELETIONS)
        test = "True" if does_nothing else way.worked
        codes[name] = f"{ROADS[road]}\n{paths(name, road)}{way.code}\nassert {test}\n"
    user = os.getuid() if user is None else user
    before = state(top)
    (top / "inside").mkdir()
    for path in [top, *top.rglob("*")] if user != os.getuid() else []:
        os.chown(path, user, user)
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, top / "project", top / "inside", means, str(user)],
        input=json.dumps(codes).encode(),
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    after = {name: facts for name, facts in state(top).items() if not name.startswith("inside")}
    assert after == before
    told: dict[str, str] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("road", ROADS)
def test_code_goes_on_as_if_it_had_changed_files(tmp_path: Path, road: str) -> None:
    told = run_ways(tmp_path, road, "overlays landlock")
    held = told.pop("held")
    if "overlay" not in held:
        pytest.skip("this kernel has no overlays for us: " + held)
    assert told == {}


@pytest.mark.skipif(os.getuid() != 0, reason="this is an ordinary user")
def test_an_ordinary_user_has_overlays_too() -> None:
    # Not below the folder of pytest, which nobody else may enter; in a folder of another user.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        top = Path(folder, "own")
        top.mkdir()
        told = run_ways(top, "absolute", "overlays landlock", user=12345)
        held = told.pop("held")
        if "overlay" not in held:
            pytest.skip("this kernel has no overlays for users: " + held)
        assert told == {}


@pytest.mark.parametrize("road", ["absolute", "changed_folder", "linked", "beside"])
def test_landlock_keeps_other_programs_in(tmp_path: Path, road: str) -> None:
    told = run_ways(tmp_path, road, "landlock")
    held = told.pop("held")
    if "Landlock" not in held:
        pytest.skip("this kernel has no Landlock: " + held)
    # From Python 3.13 on a shelf is a file of SQLite, which writes past Python's own functions.
    c_libraries = {"c_library", *(["shelf"] if sys.version_info >= (3, 13) else [])}
    expected = {*PROCESSES, *REFUSED, *c_libraries, *(LINKS if road == "changed_folder" else ())}
    assert told.keys() <= expected


@pytest.mark.parametrize("road", ["absolute", "changed_folder", "linked", "beside"])
def test_python_alone_keeps_its_own_functions_in(tmp_path: Path, road: str) -> None:
    told = run_ways(tmp_path, road, "")
    assert told.pop("held") == "an audit hook"
    stopped = [told.pop(name, "PermissionError") for name in (*PROCESSES, *REFUSED)]
    assert all("PermissionError" in reason for reason in stopped)
    assert told.keys() <= ({*LINKS} if road == "changed_folder" else set())
