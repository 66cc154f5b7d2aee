"""The time of ``check`` and ``rewrite`` beside that of other tools over the same files.

``python -m benchmarks.peers --tools DIR FOLDER...`` copies each folder and runs, in turn and
``--runs`` times each, the programs of DIR (the ``bin`` of an environment with Ruff, Black,
pyupgrade, django-upgrade and LibCST), and ours without a cache and without verification, with one
process and with one for each processor. A line of the table holds the least time by the clock and
the least processor time, of all processes; tools that change files get a new copy each time. They
do other things than ours: none of them follows values through a program.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codemod.files.discovery import discover

OURS = (sys.executable, "-m", "codemod")
EACH_FILE = "FILES"
"""Stands for the files of the folder, for tools that take no folder."""
LIBCST = ("-m", "libcst.tool", "codemod")
COMMAND = "convert_format_to_fstring.ConvertFormatStringCommand"
LIBCST_SETTINGS = "modules: ['libcst.codemod.commands']\nrepo_root: '.'\n"


@dataclass(frozen=True, kw_only=True)
class Taken:
    """The least seconds of one command: by the clock, and of processors."""

    wall: float
    processor: float


def commands(tools: Path) -> Mapping[str, tuple[str, ...]]:
    """What is run, by what the table calls it; the folder is added behind."""
    python = str(tools / "python")
    jobs = str(os.cpu_count() or 1)
    return {
        "keras-codemod check -j 1": (*OURS, "check", "--no-cache", "-j", "1"),
        f"keras-codemod check -j {jobs}": (*OURS, "check", "--no-cache", "-j", jobs),
        "keras-codemod rewrite --check --no-verify -j 1": (
            *(*OURS, "rewrite", "--check", "--no-verify", "--no-cache", "-j", "1"),
        ),
        "ruff check": (str(tools / "ruff"), "check", "--no-cache", "--isolated"),
        "black --check": (str(tools / "black"), "--check", "--workers", "1"),
        "pyupgrade": (str(tools / "pyupgrade"), "--py310-plus", EACH_FILE),
        "django-upgrade": (str(tools / "django-upgrade"), EACH_FILE),
        "libcst.tool codemod": (python, *LIBCST, COMMAND, "-j", "1"),
    }


def once(command: Sequence[str], folder: Path) -> Taken:
    """Run ``command`` over a copy of ``folder``."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / folder.name
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
        (Path(place) / ".libcst.codemod.yaml").write_text(LIBCST_SETTINGS)
        given: list[str] = [str(copy)]
        if command[-1] == EACH_FILE:
            command = command[:-1]
            given = [str(file.path) for file in discover([str(copy)]).files]
        environment = {**os.environ, "BLACK_CACHE_DIR": place, "PYTHONPATH": str(Path.cwd())}
        before, start = _processor_seconds(), time.perf_counter()
        subprocess.run(
            [*command, *given], cwd=place, env=environment, capture_output=True, check=False
        )
        return Taken(wall=time.perf_counter() - start, processor=_processor_seconds() - before)


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def table(folder: Path, tools: Path, runs: int) -> Iterator[str]:
    """The lines of the table for ``folder``."""
    files = discover([str(folder)]).files
    lines = sum(file.path.read_bytes().count(b"\n") for file in files)
    yield f"{folder.name}: {len(files)} files, {lines:,} lines"
    yield ""
    yield "| command | by the clock | processor time |"
    yield "|---|---|---|"
    asked = commands(tools)
    taken: dict[str, list[Taken]] = {name: [] for name in asked}
    for _ in range(runs):
        for name, command in asked.items():
            taken[name].append(once(command, folder))
    for name, each in taken.items():
        wall, processor = min(one.wall for one in each), min(one.processor for one in each)
        yield f"| `{name}` | {wall:.2f} s | {processor:.2f} s |"
    yield ""


def main() -> int:
    """Print a table for each folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    for folder in options.folders:
        for line in table(folder.resolve(), options.tools.resolve(), options.runs):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
