"""Second runs of the real command: what they print, what they start, what they see."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.command_line import environment

pytestmark = pytest.mark.tensorflow

MODEL = """\
import json
import os
import tensorflow as tf
from tensorflow import keras
from parts.wide import widen

sizes = json.load(open(os.path.join(os.path.dirname(__file__), "..", "sizes.json")))
inputs = keras.Input((4,))
x = tf.square(inputs)
model = keras.Model(inputs, widen(x, sizes["width"]))
"""
WIDE = """\
from tensorflow import keras


def widen(x, width):
    return keras.layers.Dense(width)(x)
"""
OTHER = """\
import tensorflow as tf
from tensorflow import keras

inputs = keras.Input((4,))
other = keras.Model(inputs, tf.sin(inputs))
keep = keras.Model(inputs, tf.print(inputs) if False else tf.cos(inputs))
"""
STARTS = """\
#!/bin/sh
case "$*" in *worker.py*) echo started >> "{log}"; test -e "{broken}" && exit 1 ;; esac
exec {python} "$@"
"""


@dataclass(frozen=True)
class Place:
    """A project, the folder around it, and an interpreter that notes each worker it starts."""

    folder: Path

    @property
    def project(self) -> Path:
        """The folder of the project."""
        return self.folder / "project"

    def run(self, *arguments: str) -> tuple[subprocess.CompletedProcess[bytes], int]:
        """Run the command in the project; also how many processes of workers that has started."""
        log = self.folder / "log"
        log.write_text("")
        python = self.folder / "python"
        done = subprocess.run(
            [sys.executable, "-m", "codemod", *arguments, "--python", str(python)],
            cwd=self.project,
            env=environment() | {"KERAS_CODEMOD_CACHE_DIR": str(self.folder / "cache")},
            capture_output=True,
            check=False,
        )
        return done, len(log.read_text().split())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("second"))
    for name, text in {
        "project/setup.cfg": "",
        "project/model.py": MODEL,
        "project/parts/__init__.py": "",
        "project/parts/wide.py": WIDE,
        "project/other.py": OTHER,
        "sizes.json": '{"width": 3}',
    }.items():
        path = found.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    python = found.folder / "python"
    python.write_text(
        STARTS.format(
            log=found.folder / "log", broken=found.folder / "broken", python=sys.executable
        )
    )
    python.chmod(0o755)
    yield found


def test_a_second_run_starts_nothing_and_tells_the_same(place: Place) -> None:
    shown = ("rewrite", ".", "--check", "--diff", "--verify")
    first, started = place.run(*shown)
    assert started == 1, first.stderr
    assert b"proved" in first.stderr and first.stdout.count(b"\n+++ ") == 2
    second, started = place.run(*shown)
    assert started == 0
    assert (second.returncode, second.stdout, second.stderr) == (
        first.returncode,
        first.stdout,
        first.stderr,
    )
    # Another form of the report is told from the same results.
    assert place.run("rewrite", ".", "--check", "--verify", "--format", "json")[1] == 0


def test_what_one_file_reads_concerns_it_alone(place: Place) -> None:
    # The file lies outside of the project: that it was read was seen.
    sizes = place.folder / "sizes.json"
    sizes.write_text('{"width": 5}')
    log, started = place.run("rewrite", ".", "--check", "--verify", "-v")
    assert started == 1
    assert place.run("rewrite", "other.py", "--check", "--verify")[1] == 0
    assert log.returncode == 1


def test_a_run_that_writes_takes_what_is_known(place: Place) -> None:
    done, started = place.run("rewrite", ".")
    assert (done.returncode, started) == (0, 0), done.stdout
    assert b"2 files rewritten" in done.stdout
    assert b"tf.square" in (place.project / "model.py").read_bytes()
    # And the next one finds nothing to do.
    again, started = place.run("rewrite", ".")
    assert (again.returncode, started) == (0, 0), again.stdout
    assert b"no raw ops" in again.stdout


def test_clearing_forgets(place: Place) -> None:
    (place.project / "other.py").write_text(OTHER)
    shown = ("rewrite", "other.py", "--check", "--verify")
    assert place.run(*shown)[1] == 0
    assert place.run(*shown, "--clear-cache")[1] == 1
    assert place.run(*shown)[1] == 0


def test_no_cache_asks_again_and_a_broken_interpreter_is_not_remembered(place: Place) -> None:
    shown = ("rewrite", "other.py", "--check", "--verify")
    (place.folder / "broken").write_text("")
    done, started = place.run(*shown, "--no-cache")
    assert done.returncode == 2 and started == 1
    # What is known does not need it.
    assert place.run(*shown)[1] == 0
    (place.project / "other.py").write_text(OTHER + "# more\n")
    for _ in range(2):
        done, started = place.run(*shown)
        assert done.returncode == 2 and started == 1
