"""Compare the time of ``rewrite`` with verification with the least that it could take.

``python -m benchmarks.verification_speed`` rewrites 50 fixtures in a temporary copy and then runs
``verification_floor.py`` over the same files: TensorFlow is imported once for each generation of
Keras, and each model is built, traced and run, the original and the rewritten one under Keras 2,
the rewritten one under Keras 3. Training scripts are left out, since nothing but verification
runs them without their training. Printed are the medians of ``--runs`` runs of each, taken in
turn, as wall time and as processor time of all processes, and the ratio. ``rewrite`` is run as it
is by default, with a job for each processor; ``--jobs N`` (repeatable) runs it with that many too.
The floor is one process after the other. The exit status is 1 when the ratio of the wall times by
default is above the budget.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codemod.verify.workers import worker_environment

FIXTURES = Path(__file__).parents[1] / "fixtures"
FLOOR = Path(__file__).with_name("verification_floor.py")
BUDGET = 1.5
DEFAULT = 0
"""Stands for no ``--jobs``."""
SCRIPTS = "script_"


@dataclass(frozen=True)
class Timed:
    """One command: seconds by the clock, seconds of processors, and its JSON output."""

    wall: float
    processor: float
    output: Any


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--jobs", type=int, action="append", default=[])
    parser.add_argument("--target", default="layer")
    options = parser.parse_args()
    jobs = [DEFAULT, *options.jobs]
    folders = {path.parent.name for path in FIXTURES.glob(f"*/after_{options.target}.py")}
    names = sorted(name for name in folders if not name.startswith(SCRIPTS))
    rewrites: dict[int, list[Timed]] = {count: [] for count in jobs}
    floors: list[Timed] = []
    with tempfile.TemporaryDirectory(prefix="verification-speed-") as folder:
        for number in range(options.runs):
            for count in jobs:
                copy = _copy(names[: options.files], Path(folder, f"{number}-{count}"))
                rewrites[count].append(_rewrite(copy, options.target, count))
                print(f"{_title(count)}: {_shown(rewrites[count][-1])}", file=sys.stderr)
            floors.append(_floor(names[: options.files], copy))
            print(f"floor: {_shown(floors[-1])}", file=sys.stderr, flush=True)
    return _print(rewrites, floors)


def _copy(names: Sequence[str], folder: Path) -> Path:
    for name in names:
        (folder / name).mkdir(parents=True)
        shutil.copy(FIXTURES / name / "before.py", folder / name)
    return folder


def _rewrite(folder: Path, target: str, jobs: int) -> Timed:
    command = [sys.executable, "-m", "codemod", "rewrite", "--to", target, "--format", "json"]
    command.append("--no-cache")
    count = [] if jobs == DEFAULT else ["-j", str(jobs)]
    return _timed([*command, "--device", "cpu", *count, "."], folder)


def _title(jobs: int) -> str:
    return "rewrite" if jobs == DEFAULT else f"rewrite -j {jobs}"


def _floor(names: Sequence[str], rewritten: Path) -> Timed:
    before = [str(FIXTURES / name / "before.py") for name in names]
    after = [str(rewritten / name / "before.py") for name in names]
    parts = [
        _timed([sys.executable, str(FLOOR), str(generation), *files], rewritten, generation)
        for generation, files in ((2, before + after), (3, after))
    ]
    output = {generation: part.output for generation, part in zip((2, 3), parts)}
    return Timed(sum(part.wall for part in parts), sum(part.processor for part in parts), output)


def _timed(command: Sequence[str], folder: Path, generation: int | None = None) -> Timed:
    """Run ``command``, in the environment of a worker of that generation where one is given."""
    environment = {**os.environ, "PYTHONPATH": str(FIXTURES.parent)}
    if generation is not None:
        environment = worker_environment("cpu", generation, folder)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not done.stdout:
        raise SystemExit(done.stderr.decode(errors="replace"))
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Timed(wall, processor, json.loads(done.stdout))


def _shown(timed: Timed) -> str:
    return f"{timed.wall:.1f} s, {timed.processor:.1f} s of processors"


def _print(rewrites: Mapping[int, Sequence[Timed]], floors: Sequence[Timed]) -> int:
    floor_wall, floor_processor = _median(floors)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors")
    print(f"load {os.getloadavg()[0]:.1f}, medians of {len(floors)} runs")
    for generation, output in floors[-1].output.items():
        parts = ", ".join(f"{name} {value:.1f} s" for name, value in output["seconds"].items())
        print(f"floor, Keras {generation}: {output['models']} models run, {parts}")
    print("| | files | models | wall | processors | wall ratio | processor ratio |")
    print("|---|---|---|---|---|---|---|")
    print(f"| floor | | | {floor_wall:.1f} | {floor_processor:.1f} | 1 | 1 |")
    ratio = 0.0
    for jobs, runs in rewrites.items():
        wall, processor = _median(runs)
        files = runs[-1].output["files"]
        models = sum(len((file["verification"] or {}).get("models", [])) for file in files)
        print(
            f"| {_title(jobs)} | {len(files)} | {models} | {wall:.1f} | {processor:.1f} "
            f"| {wall / floor_wall:.2f} | {processor / floor_processor:.2f} |"
        )
        if jobs == DEFAULT:
            ratio = wall / floor_wall
    print(f"budget: {BUDGET} for the wall time of rewrite")
    return int(ratio > BUDGET)


def _median(runs: Sequence[Timed]) -> tuple[float, float]:
    return (
        statistics.median(run.wall for run in runs),
        statistics.median(run.processor for run in runs),
    )


if __name__ == "__main__":
    sys.exit(main())
