"""What a run on many machines sends and waits for, measured here, and added up for a large one.

``python -m benchmarks.scale`` measures three things. A tree of ``--models`` files, copies of
fixtures in projects of ten, is made and taken in as the client does: files found, grouped, read for
sending, jobs made, reports joined. ``--groups`` fixtures are verified as one worker process does,
which gives the processor time of a group, and that of the start of TensorFlow. ``--jobs`` jobs with
nothing to do go through a local Dask cluster of two processes, which gives what one job costs.

Then it is added up for ``--machines`` of ``--threads`` each, once with the processor time measured,
once with that of ``--seconds`` for a group: models of a large package. Nothing of that was run.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from codemod.cache.surroundings import of_its_sources
from codemod.collection import rare_collections
from codemod.files.discovery import discover
from codemod.results import FileResult
from codemod.scale.dask_client import Cluster, connected
from codemod.scale.desk import Desk
from codemod.scale.grouping import file_groups
from codemod.scale.jobs import ClusterJob
from codemod.scale.portable import packed, unpacked
from codemod.scale.snapshots import snapshot
from codemod.settings import Settings

FIXTURES = Path(__file__).parents[1] / "fixtures"
PER_PROJECT = 10
MEGABYTES_PER_SECOND = 100.0
"""Of the client, whose network is the narrowest: a gigabit."""
Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was measured: bytes and seconds; ``start`` and ``group`` are of processors."""

    models: int
    taking_in: float
    tree: int
    job: float
    answer: float
    reading: float
    start: float
    group: float
    passing: float


def main() -> int:
    """Measure, and add up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=10_000)
    parser.add_argument("--machines", type=int, default=50)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=78.0)
    parser.add_argument("--groups", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scale-") as folder, rare_collections():
        answer, results = _verified(Path(folder, "verified"), options.groups)
        figures = _taken_in(Path(folder, "tree"), options.models, options.jobs, answer, results)
    _print(figures, options.machines, options.threads, options.seconds)
    return 0


def _sources() -> list[Path]:
    found = sorted(path.parent / "before.py" for path in FIXTURES.glob("*/after_layer.py"))
    return [path for path in found if not path.parent.name.startswith("script_")]


def _tree(folder: Path, count: int) -> Path:
    sources = _sources()
    for number in range(count):
        project = folder / f"project_{number // PER_PROJECT}"
        project.mkdir(parents=True, exist_ok=True)
        source = sources[number % len(sources)]
        text = source.read_bytes()
        # A file is sent once for each content.
        (project / f"model_{number}.py").write_bytes(text + b"\n# %d\n" % number)
    for project in folder.iterdir():
        (project / "pyproject.toml").write_bytes(b"")
    return folder


def _verified(folder: Path, count: int) -> tuple[tuple[float, float], list[FileResult]]:
    """Processor seconds of the start of a worker, and of a group; and the results."""
    files = discover([str(_tree(folder, count))]).files
    settings = Settings(verify=True, device="cpu", cache=False)
    tree = snapshot(files)
    tool = of_its_sources()
    jobs = [
        ClusterJob(tool=tool, tree=tree.digest, settings=settings, files=group.files)
        for group in file_groups(files)
    ]
    results: list[FileResult] = []

    def worked(some: list[ClusterJob]) -> float:
        before = _processors()
        desk = Desk()
        try:
            desk.receive(tree.digest, tree.contents)
            for job in some:
                results.extend(desk.settled(job, 1, None) or [])
        finally:
            desk.close()
        return _processors() - before

    one = worked(jobs[:1])
    results.clear()
    group = (worked(jobs) - one) / max(1, len(jobs) - 1)
    return (max(0.0, one - group), group), results


def _processors() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _taken_in(
    folder: Path, count: int, jobs: int, worker: tuple[float, float], results: list[FileResult]
) -> Figures:
    _tree(folder, count)
    files, finding = _timed(lambda: discover([str(folder)]).files)
    groups, grouping = _timed(lambda: file_groups(files))
    tree, reading = _timed(lambda: snapshot(files))
    tool = of_its_sources()
    made, making = _timed(
        lambda: [
            ClusterJob(tool=tool, tree=tree.digest, settings=Settings(), files=group.files)
            for group in groups
        ]
    )
    texts, writing = _timed(lambda: [job.text() for job in made])
    answers = [packed([result]) for result in results]
    _, unpacking = _timed(lambda: [unpacked(answer) for answer in answers])
    shutil.rmtree(folder)
    return Figures(
        models=len(files),
        taking_in=finding + grouping + reading + making + writing,
        tree=sum(map(len, tree.contents.values())),
        job=sum(map(len, texts)) / len(texts),
        answer=sum(map(len, answers)) / len(answers),
        reading=unpacking / len(answers),
        start=worker[0],
        group=worker[1],
        passing=_passing(jobs),
    )


def _passing(count: int) -> float:
    """Seconds that a job with nothing to do takes from here to a worker and back."""
    from distributed import LocalCluster

    tree = snapshot([])
    job = ClusterJob(tool=of_its_sources(), tree=tree.digest, settings=Settings(), files=())
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local,
        connected(local.scheduler_address) as client,
    ):
        cluster = Cluster(client, local.scheduler_address, tree)
        list(cluster.each([job] * 10))
        return _timed(lambda: list(cluster.each([job] * count)))[1] / count


def _timed(action: Callable[[], Value]) -> tuple[Value, float]:
    start = time.perf_counter()
    found = action()
    return found, time.perf_counter() - start


def _print(figures: Figures, machines: int, threads: int, seconds: float) -> None:
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    print("| measured | |")
    print("|---|---|")
    print(f"| client: {figures.models:,} models found, grouped, read | {figures.taking_in:.1f} s |")
    print(f"| sources sent to each worker process, compressed | {figures.tree / 1e6:.1f} MB |")
    print(f"| a job | {figures.job / 1e3:.1f} kB |")
    print(f"| an answer | {figures.answer / 1e3:.1f} kB |")
    print(f"| client: an answer is read | {figures.reading * 1e3:.1f} ms |")
    print(f"| client, scheduler, worker: a job without work | {figures.passing * 1e3:.1f} ms |")
    print(
        f"| worker: start of TensorFlow, both generations | {figures.start:.1f} s of processors |"
    )
    print(f"| worker: a group of fixtures | {figures.group:.1f} s of processors |")
    print()
    sending = machines * figures.tree / 1e6 / MEGABYTES_PER_SECOND
    passing = figures.models * (figures.passing + figures.reading)
    groups = (figures.group, seconds)
    rows: list[tuple[str, list[float]]] = [
        ("one machine", [figures.models * group / threads for group in groups]),
        ("client takes in", [figures.taking_in] * 2),
        (f"client sends the tree {machines} times", [sending] * 2),
        ("TensorFlow starts", [figures.start] * 2),
        ("client passes jobs and answers on", [passing] * 2),
        ("workers verify", [figures.models * group / threads / machines for group in groups]),
        ("the last group", list(groups)),
    ]
    named = [f"groups of {group:.1f} s" for group in groups]
    print(f"| {figures.models:,} models, {machines} machines of {threads} threads | ", end="")
    print(" | ".join(named) + " |")
    print("|---|---|---|")
    for name, values in rows:
        print(f"| {name} | " + " | ".join(f"{value:,.0f} s" for value in values) + " |")
    parts = dict(rows)
    whole = [
        sum(parts[name][at] for name, _ in rows[1:4])
        # Jobs are passed on while others are worked on.
        + max(parts[rows[4][0]][at], parts[rows[5][0]][at])
        + parts[rows[6][0]][at]
        for at in range(2)
    ]
    print("| in all | " + " | ".join(f"{value:,.0f} s" for value in whole) + " |")
    of_one = [one / all_of_it for one, all_of_it in zip(rows[0][1], whole)]
    print(
        "| times as fast as one machine | " + " | ".join(f"{value:.0f}" for value in of_one) + " |"
    )


if __name__ == "__main__":
    sys.exit(main())
