"""Whether libraries written for Keras 2 pass their own tests on Keras 3 after one command.

``python -m benchmarks.library_tests FOLDER...`` takes unpacked source distributions with a folder
``tests``. Each is copied, its tests run under Keras 2 (tf-keras) and under Keras 3, then
``keras-codemod rewrite --fix keras3 --no-verify .`` runs in the copy, and the tests run under
Keras 3 again. A line of a Markdown table for each: tests passed of all, at each of these times,
what was mended, and what the command says is left. The libraries need no other packages.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

TIMEOUT_SECONDS = 900
COMMAND = ("rewrite", "--fix", "keras3", "--no-verify", "--format", "json", ".")
COUNT = re.compile(r"(\d+) (passed|failed|errors?)")


def passed(folder: Path, generation: int) -> str:
    """The tests that pass of all that are run, as ``"3 of 8"``."""
    environment = {
        **os.environ,
        "TF_USE_LEGACY_KERAS": str(int(generation == 2)),
        # Older add-ons choose tf.keras by this.
        "TF_KERAS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-c", os.devnull]
    try:
        done = subprocess.run(
            [*command, "--rootdir", ".", "tests"],
            cwd=folder,
            env=environment,
            capture_output=True,
            check=False,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return "too long"
    last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
    counts = {kind.rstrip("s"): int(number) for number, kind in COUNT.findall(last)}
    return f"{counts.get('passed', 0)} of {sum(counts.values())}"


def rewritten(folder: Path) -> tuple[int, Counter[str]]:
    """Run the command in ``folder``: how much was mended, and the codes of what is left."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "codemod", *COMMAND],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    mended, left = 0, Counter[str]()
    for file in report["files"]:
        mended += len(file["fixes"])
        mended += sum(site["status"] == "rewritten" for site in file["sites"])
        left.update(hazard["code"] for hazard in file["hazards"] if hazard["code"] > "KC4")
        left.update(site["code"] for site in file["sites"] if site["status"] == "refused")
    return mended, left


def row(source: Path) -> str:
    """The line of the table for one library."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "library"
        shutil.copytree(source, folder)
        before = passed(folder, 2), passed(folder, 3)
        mended, left = rewritten(folder)
        told = ", ".join(f"{code} {count}" for code, count in sorted(left.items())) or "nothing"
        cells = [source.name, *before, str(mended), passed(folder, 3), told]
    return "| " + " | ".join(cells) + " |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    print("| library | Keras 2 | Keras 3 | mended | Keras 3 afterwards | told as left |")
    print("|---|---|---|---|---|---|", flush=True)
    for folder in parser.parse_args(arguments).folders:
        print(row(folder), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
