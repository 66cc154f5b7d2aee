"""Scripts that harm files: 65 ways, each by several roads to the file, and others by one.

``python -m benchmarks.file_harm`` verifies them all in a folder of its own, and tells which files
were changed, what stayed behind, and which scripts did not go on as if they had harmed.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.file_harm_keras import KERAS, PLACES
from benchmarks.file_harm_python import LIBRARIES, PROCESSES
from benchmarks.file_harm_ways import SCRIPT, WAYS

ROADS = {
    "absolute": "BASE = HERE",
    "changed_folder": "os.chdir(HERE); BASE = '.'",
    "home": "os.environ['HOME'] = HERE; BASE = os.path.expanduser('~')",
    "linked": "os.symlink(HERE, 'linked'); BASE = 'linked'",
    "beside": "BASE = os.path.join(HERE, '..', 'beside')",
}
OTHER = "other"
"""In the place of a road, in names of files."""
HELPER = "helping"
IMPORTS = """\
import io, os, pathlib, shutil, subprocess, sys, tempfile
import numpy as np
"""
HEADER = f"""\
{IMPORTS}import tensorflow as tf
from tensorflow import keras

HERE = os.path.dirname(os.path.abspath(__file__))
"""
MODEL = """\
inputs = keras.Input((4,))
model = keras.Model(inputs, tf.square(inputs), name="behind")
"""


KEPT_MODEL = """\
i = keras.Input((4,))
m = keras.Model(i, keras.layers.Dense(2)(i), name="functional_m")
"""
HARM = """\
def harm():
    shutil.rmtree(D, ignore_errors=True)
    open(P, "w").write("new")
"""


def paths(way: str, road: str) -> str:
    """Lines that set ``P`` and ``D``, which :func:`make_targets` makes."""
    return f"P = os.path.join(BASE, '{way}-{road}.h5'); D = os.path.join(BASE, '{way}-{road}')\n"


def script(way: str, road: str) -> str:
    """A script that does harm, and builds a model behind it when that went well."""
    return f"{HEADER}{ROADS[road]}\n{paths(way, road)}{code_of(way)}{MODEL}"


def sections(text: str) -> dict[str, str]:
    """The code of each section, by its name."""
    parts = (part.partition("\n") for part in text.split("## ")[1:])
    return {name: code for name, _, code in parts}


def others() -> dict[str, str]:
    """Scripts that do harm of other kinds, by name; the roads take turns."""
    roads = itertools.cycle(ROADS)
    found = {}
    for text, before in (LIBRARIES, ""), (PROCESSES, ""), (KERAS, KEPT_MODEL), (PLACES, HARM):
        for name, code in sections(text).items():
            start = f"{HEADER}{ROADS[next(roads)]}\n{paths(name, OTHER)}{before}"
            if name == "helper":
                found[HELPER] = f"{start}harm()\n"
            end = MODEL.replace("tf.square(inputs)", "tf.square(USE(inputs))")
            found[name] = f"{start}{code}{end if 'USE' in code else MODEL}"
    return found


def batch(codes: Mapping[str, str], road: str) -> str:
    """One script that does harm in many ways, and builds a model behind them."""
    parts = [
        f"os.makedirs(START + '/{name}'); os.chdir(START + '/{name}')\n{ROADS[road]}\n"
        f"{paths(name, road)}{code}"
        for name, code in codes.items()
    ]
    own = f"{SCRIPT.code}\nassert {SCRIPT.worked}\n"
    return f"{HEADER}{KEPT_MODEL}START = os.getcwd()\n{''.join(parts)}{own}{MODEL}"


def code_of(way: str) -> str:
    """What one of the ways does, and that it had its way."""
    return f"{WAYS[way].code}\nassert {WAYS[way].worked}, '{way} was not so'\n"


def make_targets(folder: Path, cases: Iterable[tuple[str, str]]) -> None:
    """The files and folders that scripts of ``cases`` harm, in ``folder``."""
    folder.mkdir(exist_ok=True)
    for way, road in cases:
        (folder / f"{way}-{road}.h5").write_text("old")
        (folder / f"{way}-{road}").mkdir()
        (folder / f"{way}-{road}" / "kept").write_text("kept")


def state(folder: Path) -> dict[str, str]:
    """Everything about the files of ``folder`` but when they were read."""
    found = {}
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        digest = hashlib.sha256(content).hexdigest()
        found[str(path.relative_to(folder))] = f"{digest} {facts.st_mode} {facts.st_mtime_ns}"
    return found


def why_stopped(file: dict[str, Any]) -> str:
    """Why a script did not go on as if it had harmed; empty where it did."""
    verification = file["verification"]
    if verification is None:
        # The module that another one imports to be harmed has no raw ops.
        return "" if file["path"].startswith(HELPER) else str(file["status"])
    not_run = [text for text in verification["assumptions"] if "not run" in text]
    if file["status"] != "would-rewrite" or verification["verdict"] != "proved":
        verdict = f"{file['status']}, {verification['verdict']}: {verification['reason']}"
        not_run.insert(0, verdict)
    return "; ".join(not_run)


def main() -> int:
    """Verify all scripts; 1 where one did harm or did not go on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--road", choices=[*ROADS, OTHER], action="append")
    parser.add_argument("--way", action="append", help="this alone")
    options = parser.parse_args()
    scripts = {(way, road): script(way, road) for road in ROADS for way in WAYS}
    scripts |= {(name, OTHER): source for name, source in others().items()}
    scripts = {
        (way, road): source
        for (way, road), source in scripts.items()
        if road in (options.road or [road]) and way in (options.way or [way])
    }
    with tempfile.TemporaryDirectory() as top, tempfile.TemporaryDirectory() as temporary:
        project = Path(top, "project")
        for folder in (project, Path(top, "beside")):
            make_targets(folder, scripts)
        for (way, road), source in scripts.items():
            (project / f"{way}_{road}.py").write_text(source)
        (project / "script_itself.py").write_text(batch({}, "absolute"))
        before = state(Path(top))
        command = ["rewrite", ".", "--check", "--verify", "--device", "cpu", "--format", "json"]
        command.append("--no-cache")
        done = subprocess.run(
            [sys.executable, "-m", "codemod", *command],
            cwd=project,
            env={**os.environ, "TMPDIR": temporary, "PYTHONPATH": str(Path.cwd())},
            capture_output=True,
            check=False,
        )
        harmed = sorted({name for name, _ in before.items() ^ state(Path(top)).items()})
        left = sorted(state(Path(temporary)))
        files = json.loads(done.stdout)["files"]
        if done.returncode > 1:
            print(done.stderr.decode())
    proved = sum(file["status"] == "would-rewrite" for file in files)
    stopped = {item["path"]: reason for item in files if (reason := why_stopped(item))}
    for path, reason in stopped.items():
        print(f"{path}: did not go on: {reason}")
    for name in harmed:
        print(f"{name}: was harmed")
    for name in left:
        print(f"{name}: stayed behind")
    print(f"{len(files)} scripts, {proved} proved; {len(stopped)} did not go on")
    print(f"{len(harmed)} files changed; {len(left)} stayed behind")
    return 1 if harmed or left or stopped else 0


if __name__ == "__main__":
    sys.exit(main())
