"""The processor time and memory of ``check`` beside those of ``ast.parse`` over the same files.

``python -m benchmarks.check_speed FOLDER...`` prints a line for each folder: the processor time of
``ast.parse``, that of reading, analysing and planning as ``check`` does in one process, the ratio,
the largest resident memory and the slowest file alone (``--per-file``). ``--jobs N`` also times
``check`` with several processes by the clock.
"""

from __future__ import annotations

import argparse
import ast
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from codemod.collection import rare_collections
from codemod.engine.engine import check_files
from codemod.files.discovery import SourceFile, discover
from codemod.settings import Settings

LIMIT_RATIO = 8.0
LIMIT_MEGABYTES = 400


def parse_seconds(
    files: Sequence[SourceFile], clock: Callable[[], float] = time.process_time
) -> float:
    """The seconds of ``ast.parse`` over ``files``, by default of processor time."""
    start = clock()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for file in files:
            try:
                ast.parse(file.path.read_bytes())
            except (SyntaxError, ValueError):
                continue
    return clock() - start


def check_seconds(files: Sequence[SourceFile]) -> tuple[float, int, int]:
    """The processor time of ``check``, the sites found and the files cut short."""
    start = time.process_time()
    with rare_collections():
        results = list(check_files(files, Settings()))
    seconds = time.process_time() - start
    sites = sum(len(result.sites) for result in results)
    cut = sum(any(hazard.code == "KC207" for hazard in result.hazards) for result in results)
    return seconds, sites, cut


def measure(folder: Path, per_file: bool) -> str:
    """One line of figures for ``folder``; it must be the only one of its process for memory."""
    files = discover([str(folder)]).files
    parse = parse_seconds(files)
    check, sites, cut = check_seconds(files)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    line = (
        f"{folder.name}: {len(files)} files, parse {parse:.2f} s, check {check:.2f} s, "
        f"ratio {check / parse:.1f}, {megabytes} MB, {sites} sites, {cut} cut short"
    )
    if per_file:
        seconds, slowest = max((check_seconds([file])[0], file.shown) for file in files)
        line += f", slowest {slowest} {seconds:.2f} s"
    return line


def wall_seconds(folder: Path, jobs: int) -> float:
    """How long ``check -j`` takes by the clock."""
    command = [sys.executable, "-m", "codemod", "check", "--no-cache"]
    command += ["-j", str(jobs), str(folder)]
    start = time.perf_counter()
    subprocess.run(command, capture_output=True, check=False)
    return time.perf_counter() - start


def main() -> int:
    """Run the benchmark; each folder in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--per-file", action="store_true")
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    for folder in options.folders:
        if options.alone:
            print(measure(folder, options.per_file), flush=True)
            continue
        extra = ["--per-file"] if options.per_file else []
        command = [sys.executable, "-m", "benchmarks.check_speed", "--alone", *extra, str(folder)]
        subprocess.run(command, check=True)
        for jobs in range(1, options.jobs + 1):
            print(f"{folder.name}: -j {jobs} takes {wall_seconds(folder, jobs):.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
