"""Verification changes no file, and the models behind what would have are verified."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path

import pytest

from benchmarks.file_harm import ROADS, batch, code_of, make_targets, sections, state, why_stopped
from benchmarks.file_harm_keras import KERAS
from benchmarks.file_harm_python import LIBRARIES, PROCESSES
from benchmarks.file_harm_ways import WAYS
from tests.support.command_line import run, start
from transforms.sites import refusals

pytestmark = pytest.mark.tensorflow

RAN = """\
import _socket, os, tempfile
import tensorflow as tf
from tensorflow import keras

@tf.function
def step(x):
    if x > 0:
        x = x + 1
    return x

step(tf.constant(1))
assert any("autograph" in name for name in os.listdir(tempfile.gettempdir()))
here = os.path.dirname(os.path.abspath(__file__))
open(os.path.join(here, "weights.h5"), "w").write("new")
i = keras.Input((4,))
model = keras.Model(i, tf.square(i))
os.posix_spawnp("sleep", ["sleep", "{seconds}"], os.environ, setsid=True)
channel = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
channel.connect("\\0{address}")
channel.recv(1)
"""
OTHERS = {
    name: code
    for text in (LIBRARIES, PROCESSES, KERAS)
    for name, code in sections(text).items()
    # They start Python, or trace a model for seconds; `python -m benchmarks.file_harm` has them.
    if name not in ("spawning", "pip", "python_module", "saved_model_of_keras", "variables")
}
SLEEP = "86321.125"


def test_no_file_is_touched_and_the_models_are_verified(tmp_path: Path) -> None:
    project, temporary = tmp_path / "project", tmp_path / "temporary"
    temporary.mkdir()
    native = [name for name, way in WAYS.items() if way.module in ("tensorflow", "numpy")]
    for number, road in enumerate(ROADS):
        ways = {way: code_of(way) for way in (*native, *[*WAYS][number :: len(ROADS)])}
        ways |= dict([*OTHERS.items()][number :: len(ROADS)])
        for folder in (project, tmp_path / "beside"):
            make_targets(folder, [(way, road) for way in ways])
        (project / f"{road}.py").write_text(batch(ways, road))
    before = state(project), state(tmp_path / "beside")
    done = run(
        *("rewrite", ".", "--check", "--verify", "--device", "cpu", "--format", "json"),
        folder=project,
        temporary=temporary,
    )
    assert (state(project), state(tmp_path / "beside")) == before
    assert list(temporary.iterdir()) == []
    files = json.loads(done.stdout)["files"]
    assert {item["path"]: reason for item in files if (reason := why_stopped(item))} == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_models_that_run_and_leaves_nothing_but_the_report(
    tmp_path: Path, number: signal.Signals
) -> None:
    temporary, project = tmp_path / "temporary", tmp_path / "project"
    temporary.mkdir()
    make_targets(project, [])
    address = f"keras-codemod-{os.getpid()}-{number}"
    (project / "model.py").write_text(RAN.replace("{address}", address).replace("{seconds}", SLEEP))
    before = state(project)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0" + address)
        server.listen()
        server.settimeout(120)
        with (
            start(
                *("rewrite", "model.py", "--device", "cpu", "--format", "json"),
                folder=project,
                temporary=temporary,
            ) as process,
            server.accept()[0] as connection,
        ):
            process.send_signal(number)
            out, errors = process.communicate(timeout=60)
            assert connection.recv(1) == b""
    assert process.returncode == (130 if number == signal.SIGINT else 143)
    assert errors == b"keras-codemod: interrupted; not done: model.py; run again for these\n"
    (file,) = json.loads(out)["files"]
    assert [site["reason"] for site in file["sites"]] == [str(refusals.ended_before())]
    assert state(project) == before
    assert list(temporary.iterdir()) == []
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not any(SLEEP.encode() in line for line in lines)
