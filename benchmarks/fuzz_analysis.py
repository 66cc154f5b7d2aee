"""Analyse every Python file of the standard library and of the installed packages.

``python -m benchmarks.fuzz_analysis [FOLDER...]`` reports each file on which the analysis raises
an exception or takes more than a second of processor time, and each that names neither TensorFlow
nor Keras and in which it finds raw ops. The exit status is 1 when there is one that fails.
"""

from __future__ import annotations

import ast
import sys
import sysconfig
import time
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from transforms.interpret.symbolic import analyse

SLOW_SECONDS = 1.0
LIMIT_SECONDS = 2.0
ALONE = Path("/nonexistent")
MARKERS = (b"tensorflow", b"keras")


@dataclass(frozen=True)
class Outcome:
    """What the analysis of one file did; ``problem`` is None where all is well."""

    path: Path
    seconds: float
    ops: int
    problem: str | None


def python_files(folders: list[Path]) -> Iterator[Path]:
    """The Python files below ``folders``, each once."""
    seen: set[Path] = set()
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            if path.is_file() and path not in seen:
                seen.add(path)
                yield path


def analyse_file(path: Path) -> Outcome | None:
    """Analyse one file, None where it is no Python source.

    Imports are followed where it names TensorFlow or Keras, as ``check`` does.
    """
    source = path.read_bytes()
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    is_candidate = any(marker in source for marker in MARKERS)
    place = path if is_candidate else ALONE / path.name
    start = time.process_time()
    problem = None
    ops = 0
    try:
        analysis = analyse({place: source}, [place])
        ops = sum(bool(fact.keys) for fact in analysis.ops.values())
    except Exception:  # Any exception is what is looked for here.
        problem = traceback.format_exc(limit=-3)
    seconds = time.process_time() - start
    if ops and not is_candidate:
        problem = f"{ops} raw ops where neither TensorFlow nor Keras is named"
    if problem is None and seconds > LIMIT_SECONDS:
        problem = "too slow"
    return Outcome(path, seconds, ops, problem)


def main() -> int:
    """Run over the folders given, or over all that is installed here."""
    folders = [Path(name) for name in sys.argv[1:]]
    if not folders:
        folders = [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib")]
    warnings.simplefilter("ignore")
    files = list(python_files(folders))
    failed = 0
    total = 0.0
    for number, path in enumerate(files, start=1):
        if sys.stderr.isatty():
            print(f"\r{number}/{len(files)}", end="", file=sys.stderr, flush=True)
        outcome = analyse_file(path)
        if outcome is None:
            continue
        total += outcome.seconds
        if outcome.problem is not None or outcome.seconds > SLOW_SECONDS:
            failed += outcome.problem is not None
            print(f"{path}: {outcome.seconds:.2f} s: {outcome.problem or 'slow'}", flush=True)
    print(f"{len(files)} files, {total:.0f} s, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
