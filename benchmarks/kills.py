"""Kills ``rewrite`` at random moments: each file is old or new, and nothing stands beside it.

``python -m benchmarks.kills`` starts the command over a small project, without verification, and
ends it by SIGKILL, SIGTERM or SIGINT, in turn at any moment and while it writes; then it looks at
each file, at what stands beside it, and whether a run afterwards ends what was begun.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FIXTURES = Path(__file__).parents[1] / "fixtures"
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
COMMAND = ("rewrite", ".", "--no-verify")
FILES = 8
WRITING = 0.03
"""Seconds in which all files are written."""


@dataclass
class Outcome:
    """How the runs ended and what was found after them."""

    runs: int = 0
    by_signal: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The outcome in words."""
        ends = ", ".join(f"{count} by {name}" for name, count in sorted(self.by_signal.items()))
        states = ", ".join(f"{count} {name}" for name, count in sorted(self.states.items()))
        return [
            f"{self.runs} runs were killed: {ends}",
            f"afterwards {states}",
            f"{len(self.problems)} problems",
            *self.problems,
        ]


def sources(count: int) -> dict[str, bytes]:
    """Files of a project that the command rewrites."""
    found = sorted(FIXTURES.glob("*/before.py"))
    return {f"{path.parent.name}.py": path.read_bytes() for path in found[:count]}


def environment(cache: Path) -> dict[str, str]:
    """The variables of runs, with a cache of their own."""
    own = {"PYTHONPATH": str(FIXTURES.parent), "KERAS_CODEMOD_CACHE_DIR": str(cache)}
    return os.environ | own


def made(folder: Path, files: Mapping[str, bytes]) -> None:
    """The project anew in ``folder``."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "setup.cfg").write_text("")
    for name, content in files.items():
        (folder / name).write_bytes(content)


def start(folder: Path, cache: Path) -> subprocess.Popen[bytes]:
    """The command in ``folder``, which may be interrupted."""
    return subprocess.Popen(
        [sys.executable, "-m", "codemod", *COMMAND],
        cwd=folder,
        env=environment(cache),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def kill_runs(folder: Path, runs: int, seed: int = 0, files: int = FILES) -> Outcome:
    """Start the command in ``folder`` until ``runs`` were ended, and look at what each has left."""
    chance = random.Random(seed)
    old, outcome = sources(files), Outcome()
    project, cache = folder / "project", folder / "cache"
    made(project, old)
    began = time.monotonic()
    start(project, cache).communicate()
    whole = time.monotonic() - began
    new = {name: (project / name).read_bytes() for name in old}
    names = {"setup.cfg", *old}
    for number in itertools.count():
        if outcome.runs == runs:
            break
        made(project, old)
        how = SIGNALS[number % len(SIGNALS)]
        with start(project, cache) as process:
            if number % 2:
                # All files are written in a moment at the end.
                _wait_until_writing(process, project, old)
                time.sleep(chance.uniform(0, WRITING))
            else:
                time.sleep(whole * chance.uniform(0, 1))
            process.send_signal(how)
            _, errors = process.communicate(timeout=60)
        was_killed = process.returncode not in (0, 1)
        outcome.runs += was_killed
        outcome.by_signal[how.name if was_killed else "none, they had ended before"] += 1
        contents = {name: (project / name).read_bytes() for name in old}
        here = [content == new[name] for name, content in contents.items()]
        outcome.states["all new" if all(here) else "some new" if any(here) else "all old"] += 1
        for name, content in contents.items():
            if content not in (old[name], new[name]):
                outcome.problems.append(f"run {number} ({how.name}): {name} is neither old nor new")
        beside = {path.name for path in project.iterdir()} - names
        if beside:
            outcome.problems.append(f"run {number} ({how.name}): {sorted(beside)} stand beside")
        # Before our first line Python itself answers an interrupt.
        if number % 2 and how is not signal.SIGKILL and b"Traceback" in errors:
            outcome.problems.append(f"run {number} ({how.name}): {errors.decode()[-300:]}")
        if number % 10 == 0:
            _end_what_was_begun(project, cache, new, outcome, number)
    left = [path.name for path in (cache / "locks").glob("*")]
    if len(left) > 1:  # That of the last one that was killed stands there, and is no obstacle.
        outcome.problems.append(f"{len(left)} locks are left")
    return outcome


def _wait_until_writing(
    process: subprocess.Popen[bytes], project: Path, old: Mapping[str, bytes]
) -> None:
    """Wait until the first file is another one, or has one beside it, or the run has ended."""
    numbers = {name: (project / name).stat().st_ino for name in old}
    count = len(numbers) + 1
    while process.poll() is None:
        if len(os.listdir(project)) != count:
            return
        if any((project / name).stat().st_ino != number for name, number in numbers.items()):
            return


def _end_what_was_begun(
    project: Path, cache: Path, new: Mapping[str, bytes], outcome: Outcome, number: int
) -> None:
    """A run after one that was killed finds no obstacle and does the rest."""
    with start(project, cache) as process:
        _, errors = process.communicate(timeout=60)
    if errors or any((project / name).read_bytes() != content for name, content in new.items()):
        outcome.problems.append(f"run {number}: not ended by another: {errors.decode()[-300:]}")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = kill_runs(Path(folder), options.runs, options.seed)
    print(*outcome.lines(), sep="\n")
    sys.exit(1 if outcome.problems else 0)


if __name__ == "__main__":
    main()
