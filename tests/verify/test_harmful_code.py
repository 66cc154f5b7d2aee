"""Code that crashes, hangs, floods or eats memory costs its own file the verdict, and no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import run

pytestmark = pytest.mark.tensorflow

MODEL = """\
import tensorflow as tf
from tensorflow import keras

inputs = keras.Input((4, 3))
model = keras.Model(inputs, tf.reduce_sum(inputs, 1), name="sums")
"""
LIMITS = "[tool.keras-codemod]\ntime-limit = 30\n"
HARMFUL = {
    "segmentation_fault": ("import ctypes; ctypes.string_at(0)", "ended by SIGSEGV"),
    "exit": ("import os; os._exit(3)", "exited with 3"),
    "quiet_exit": ("import os; os._exit(0)", "exited with 0"),
    "killed": ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "ended by SIGTERM"),
    # Without bytecode between the steps no signal handler of Python runs.
    "endless_in_c": ("import itertools; sum(itertools.repeat(0))", "longer than 30 s"),
}
"""What stands behind a model, and why the file is not verified."""
HARMLESS = {
    "good": ("", None),
    "endless_loop": ("while True: pass", "line 6 was left out: it runs too long"),
    "flood": ("print('x' * 200_000_000)", None),
    "sys_exit": ("import sys; sys.exit('no data')", "line 6: SystemExit: no data"),
    "exit_at_the_end": ("raise SystemExit(0)", None),
    "asks": ("name = input('Your name? ')", "line 6: EOFError"),
    "recursion": ("def again(): again()\nagain()", "RecursionError"),
    "thread": (
        "import threading\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()",
        None,
    ),
    "process": ("import subprocess; subprocess.Popen(['sleep', '{seconds}'])", None),
    "training": (
        "optimizer = keras.optimizers.SGD()\nfor step in range(10**9):\n"
        "    with tf.GradientTape() as tape:\n"
        "        loss = tf.reduce_sum(model(tf.ones((1, 4, 3))))\n"
        "    optimizer.apply_gradients([(tf.ones(()), tf.Variable(1.0))])",
        "the training loop was left out (line 7)",
    ),
}
"""What stands behind a model that is verified all the same, and what must be told."""
SLEEP = "86321.25"
# A statement may take a twentieth of the time: here it has the memory full long before.
LIMITS_OF_MEMORY = "[tool.keras-codemod]\ntime-limit = 600\nmemory-limit = 1\n"
HOG = "hog = []\nwhile True: hog.append(b'x' * 10**8)\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("harmful")
    (folder / "pyproject.toml").write_text(LIMITS)
    for name, (statement, _) in [*HARMFUL.items(), *HARMLESS.items()]:
        text = MODEL + statement.replace("{seconds}", SLEEP) + "\n"
        (folder / f"{name}.py").write_text(text)
    done = run("rewrite", ".", "--format", "json", "--device", "cpu", "-j", "2", folder=folder)
    assert done.returncode == 3, done.stderr.decode()
    return {Path(item["path"]).stem: item for item in json.loads(done.stdout)["files"]}


@pytest.mark.parametrize("name", HARMFUL)
def test_harm_is_the_reason_why_a_file_is_not_verified(name: str, files: dict[str, Any]) -> None:
    verification = files[name]["verification"]
    assert verification["verdict"] == "unverified"
    assert HARMFUL[name][1] in verification["reason"]
    assert files[name]["status"] == "failed"


def test_what_eats_memory_is_stopped_at_the_limit(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(LIMITS_OF_MEMORY)
    (tmp_path / "memory.py").write_text(MODEL + HOG)
    done = run("rewrite", ".", "--format", "json", "--device", "cpu", folder=tmp_path)
    (file,) = json.loads(done.stdout)["files"]
    assert (done.returncode, file["status"]) == (3, "failed")
    assert file["verification"]["verdict"] == "unverified"
    assert "used more than 1024 MiB" in file["verification"]["reason"]


@pytest.mark.parametrize("name", HARMLESS)
def test_what_can_be_left_out_does_no_harm(name: str, files: dict[str, Any]) -> None:
    verification = files[name]["verification"]
    assert (files[name]["status"], verification["verdict"]) == ("rewritten", "proved")
    told = HARMLESS[name][1]
    assert told is None or any(told in text for text in verification["assumptions"])


def test_no_process_stays_behind(files: dict[str, Any]) -> None:
    assert files["process"]["status"] == "rewritten"
    running = [path.read_bytes() for path in _command_lines()]
    assert not any(SLEEP.encode() in line for line in running)


def _command_lines() -> list[Path]:
    return [path for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
