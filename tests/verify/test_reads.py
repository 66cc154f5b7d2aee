"""What a child sees of the disk is noted, in a process of its own: audit hooks stay for ever."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import environment

pytestmark = pytest.mark.tensorflow

SCRIPT = """\
import sys
sys.path.insert(0, {support!r})
from worker_without_sandbox import worker
worker().load_child_package()
from keras_codemod_verify_child.sandbox import audit
from keras_codemod_verify_child.sandbox.reads import BEGIN, KEPT, NOTED, OUT_OF_TIME, Reads
reads = Reads()
audit.install(lambda path: True, True, NOTED, reads.note)
open({folder!r} + "/before").read()
sys.audit(BEGIN)
import glob, json, os, subprocess, threading
os.chdir({folder!r})
{code}
reads.write({place!r}, {own!r})
"""
SUPPORT = Path(__file__).parents[1] / "support"


def noted(folder: Path, code: str) -> dict[str, Any]:
    """What a process notes while it runs ``code`` in ``folder``."""
    place = folder / "own/reads.json"
    text = SCRIPT.format(
        support=str(SUPPORT),
        folder=str(folder),
        code=code,
        place=str(place),
        own=str(folder / "own"),
    )
    subprocess.run([sys.executable, "-B", "-c", text], env=environment(), check=True)
    found: dict[str, Any] = json.loads(place.read_text())
    return found


@pytest.mark.parametrize(
    ("code", "opened", "listed", "flags"),
    [
        ("open('a.txt').read()", ["a.txt"], [], ""),
        ("os.open('a.txt', os.O_RDONLY)", ["a.txt"], [], ""),
        ("try: open('gone')\nexcept OSError: pass", ["gone"], [], ""),
        ("reads.see('looked_at')", ["looked_at"], [], ""),
        ("glob.glob('data/*')", [], ["data"], ""),
        ("sys.path.insert(0, '.'); import module", ["module.py"], ["."], ""),
        ("sys.path.insert(0, 'x-packages'); import inner", ["x-packages/inner.py"], [], ""),
        ("sys.path.insert(0, 'y-packages'); import known", [], [], ""),
        ("open('link')", ["link", "a.txt"], [], ""),
        (
            "t = threading.Thread(target=open, args=('a.txt',)); t.start(); t.join()",
            ["a.txt"],
            [],
            "",
        ),
        ("import sqlite3; sqlite3.connect('a.db')", ["a.db"], [], ""),
        ("sys.audit(KEPT, 'kept.py')", ["kept.py"], [], ""),
        ("open('own/result')", [], [], ""),
        ("subprocess.run(['true'])", [], [], "started"),
        ("subprocess.run(['uname'], stdout=-3)", [], [], ""),
        ("subprocess.run('uname; cat a.txt', shell=True, stdout=-3)", [], [], "started"),
        ("os.system('true')", [], [], "started"),
        ("os.waitpid(os.fork() or os._exit(0), 0)", [], [], "started"),
        ("sys.audit(OUT_OF_TIME)", [], [], "hurried"),
    ],
)
def test_what_is_read_is_noted(
    code: str, opened: list[str], listed: list[str], flags: str, tmp_path: Path
) -> None:
    for name in ("before", "a.txt", "own/result", "data/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    for name in ("module.py", "x-packages/inner.py", "y-packages/known.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "y-packages/known-1.0.dist-info").mkdir()
    (tmp_path / "link").symlink_to("a.txt")
    found = noted(tmp_path, code)
    below = str(tmp_path)
    inside = [path for path in found["opened"] if path.startswith(below + "/")]
    assert {path for path in inside if not path.endswith(".pyc")} == {
        str(tmp_path / name) for name in opened
    }
    # Python lists folders on its own when it imports something.
    assert {str(tmp_path / name) for name in listed} <= {*found["listed"]}
    assert {name for name in ("started", "hurried") if found[name]} == {*flags.split()}


NATIVE = """\
import tensorflow as tf
from keras_codemod_verify_child.sandbox import native_readers
native_readers.install(reads.see)
table = tf.lookup.TextFileInitializer("words", "string", -2, "int64", -1)
tf.lookup.StaticHashTable(table, 0)
tf.io.read_file("text")
tf.io.read_file(tf.constant("tensor"))
tf.io.matching_files(["data/*"])
list(tf.data.TextLineDataset(["lines", "more"]))
list(tf.data.TFRecordDataset("records"))
"""


def test_what_ops_read_themselves_is_noted(tmp_path: Path) -> None:
    names = ("words", "text", "tensor", "lines", "more", "records", "data/x", "before")
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("" if name == "records" else "a\n")
    (tmp_path / "own").mkdir()
    found = noted(tmp_path, NATIVE)
    assert {str(tmp_path / name) for name in names} - {str(tmp_path / "before")} <= {
        *found["opened"]
    }
    assert str(tmp_path / "data") in found["listed"]


def test_threads_may_read_on_while_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "before").touch()
    reading = (
        "for number in range(3000): reads.see(f'seen_{number}')\n"
        "def read():\n"
        "    for number in range(10**6): reads.see(f'later_{number}')\n"
        "threading.Thread(target=read, daemon=True).start()"
    )
    assert str(tmp_path / "seen_2999") in noted(tmp_path, reading)["opened"]
