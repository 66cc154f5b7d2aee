"""Measure the analysis against what Keras 2 sees at run time, in real packages.

``python -m benchmarks.recall --work DIR --recorder FILE --drivers DIR`` downloads the packages of
the corpus, records their truth under Keras 2 and compares it with what ``check`` finds; what is
already there is used again. ``--truth DIR --sources DIR`` takes recorded truth and unpacked
packages instead. Printed for each package and in all: the sites of the truth, those found
(recall), those found in lines that ran at which Keras saw nothing (precision), each miss and
false alarm, and the time of ``check`` beside that of ``ast.parse``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import corpus
from benchmarks.check_speed import parse_seconds
from benchmarks.recall_matching import FileTruth, Finding, Lines, Position, Score, match_file
from codemod.files.discovery import discover
from codemod.files.sources import analyse_sources, read_sources
from transforms.interpret.symbolic import analyse

KINDS = ("function ops", "operators and slices")
SLOW_FILE_SECONDS = 1.0


@dataclass
class Measured:
    """One entry of the corpus: its score, times in seconds, and what could not be compared."""

    name: str
    score: Score
    files: int = 0
    check_seconds: float = 0.0
    parse_seconds: float = 0.0
    slow_files: list[tuple[float, Path]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def main() -> int:
    """Run the benchmark; the exit status is 1 when an entry could not be measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, help="folder for packages, environment and truth")
    parser.add_argument("--truth", type=Path, help="folder of recorded truth, one JSON per entry")
    parser.add_argument("--sources", type=Path, help="folder of unpacked packages")
    parser.add_argument("--recorder", type=Path, help="script that records the truth")
    parser.add_argument("--drivers", type=Path, help="scripts that build the models")
    parser.add_argument("--only", action="append", default=[], metavar="ENTRY")
    parser.add_argument("--per-file", action="store_true", help="time the analysis of each file")
    options = parser.parse_args()
    if options.work is None and (options.truth is None or options.sources is None):
        parser.error("give --work, or --truth and --sources")
    truth = options.truth or options.work / "truth"
    sources = options.sources or options.work / "src"
    entries = [entry for entry in corpus.ENTRIES if not options.only or entry.name in options.only]
    results = []
    failed = False
    for number, entry in enumerate(entries):
        _progress(number, len(entries), entry.name)
        try:
            _prepare(entry, options, truth, sources)
            results.append(_measure(entry, truth / f"{entry.name}.json", sources, options.per_file))
        except (OSError, subprocess.SubprocessError, StopIteration) as error:
            failed = True
            print(f"{entry.name}: not measured: {error}", file=sys.stderr)
    _progress(len(entries), len(entries), "")
    _print_results(results)
    return int(failed)


def _progress(done: int, total: int, name: str) -> None:
    if sys.stderr.isatty():
        filled = 30 * done // total
        bar = "#" * filled + "-" * (30 - filled)
        end = "\n" if done == total else ""
        print(f"\r[{bar}] {done}/{total} {name:<20}", end=end, file=sys.stderr, flush=True)


def _prepare(entry: corpus.Entry, options: argparse.Namespace, truth: Path, sources: Path) -> None:
    """Download what is missing, and record the truth where there is none."""
    for requirement in entry.packages:
        if corpus.find_package(sources, requirement) is None:
            if options.work is None:
                raise FileNotFoundError(f"{requirement} is not below {sources}")
            sources.mkdir(parents=True, exist_ok=True)
            corpus.fetch_package(sources, requirement)
    out = truth / f"{entry.name}.json"
    if out.exists():
        return
    if options.work is None or options.recorder is None or options.drivers is None:
        raise FileNotFoundError(f"{out} is missing; give --work, --recorder and --drivers")
    truth.mkdir(parents=True, exist_ok=True)
    python = corpus.truth_interpreter(options.work.resolve())
    corpus.record_truth(
        entry,
        sources.resolve(),
        out.resolve(),
        python,
        options.recorder.resolve(),
        options.drivers.resolve(),
    )


def _measure(entry: corpus.Entry, truth_file: Path, sources: Path, per_file: bool) -> Measured:
    truth = json.loads(truth_file.read_text(encoding="utf-8"))
    found = [corpus.find_package(sources, requirement) for requirement in entry.packages]
    folders = [folder.resolve() for folder in found if folder is not None]
    base = folders[0] if len(folders) == 1 else sources.resolve()
    measured = Measured(entry.name, Score())
    files = discover([str(folder) for folder in folders]).files
    measured.files = len(files)
    measured.parse_seconds = parse_seconds(files, time.perf_counter)
    start = time.perf_counter()
    reported = _reported(folders)
    measured.check_seconds = time.perf_counter() - start
    read = read_sources(files)
    analysis, _ = analyse_sources(read)
    measured.remarks += [f"analysis cut short: {path}" for path in sorted(analysis.incomplete)]
    truths = _file_truths(truth, base, measured.remarks)
    for path, file_truth in truths.items():
        if path not in analysis.modules:
            if file_truth.sites:
                measured.remarks.append(f"not analysed: {path}")
            continue
        score, unplaced = match_file(analysis, path, file_truth, reported.get(path, []))
        measured.score.add(score)
        measured.remarks += [f"no expression at {path}:{place}" for place in unplaced]
    if per_file:
        measured.slow_files = list(_slow_files(analysis.modules))
    return measured


def _reported(folders: Iterable[Path]) -> dict[Path, list[Position]]:
    """The spans of the sites that ``check`` reports, in UTF-8 columns as in ``ast``."""
    command = [sys.executable, "-m", "codemod", "check", "--operators", "wrap", "--format", "json"]
    command.append("--no-cache")
    spans: dict[Path, list[Position]] = {}
    for folder in folders:
        done = subprocess.run([*command, str(folder)], capture_output=True, check=False)
        if not done.stdout:
            raise OSError(f"check of {folder} failed: {done.stderr.decode(errors='replace')}")
        for record in json.loads(done.stdout)["files"]:
            path = Path(record["path"])
            path = path if path.is_absolute() else folder / path
            if record["sites"]:
                spans[path] = _byte_spans(path, record["sites"])
    return spans


def _byte_spans(path: Path, sites: Iterable[dict[str, Any]]) -> list[Position]:
    lines = path.read_bytes().decode("utf-8", errors="replace").split("\n")

    def byte_column(line: int, column: int) -> int:
        return len(lines[line - 1][:column].encode())

    return [
        (
            site["line"],
            byte_column(site["line"], site["column"]),
            site["end_line"],
            byte_column(site["end_line"], site["end_column"]),
        )
        for site in sites
    ]


def _file_truths(truth: dict[str, Any], base: Path, remarks: list[str]) -> dict[Path, FileTruth]:
    truths: dict[Path, FileTruth] = {}
    for name in sorted({*truth["sites"], *truth["executed"]}):
        path = base / name
        if not path.is_file():
            if name in truth["sites"]:
                remarks.append(f"not there: {path}")
            continue
        digest = truth["sha256"].get(name)
        if digest and hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            remarks.append(f"not the file of the truth: {path}")
            continue
        sites = {
            (site["line"], site["col"], site["end_line"], site["end_col"]): site
            for site in truth["sites"].get(name, [])
        }
        lines = truth["executed"].get(name)
        truths[path] = FileTruth(sites, Lines(lines) if lines else None)
    return truths


def _slow_files(paths: Iterable[Path]) -> Iterable[tuple[float, Path]]:
    for path in paths:
        start = time.perf_counter()
        analyse({path: path.read_bytes()}, [path])
        seconds = time.perf_counter() - start
        if seconds > SLOW_FILE_SECONDS:
            yield seconds, path


def _print_results(results: Sequence[Measured]) -> None:
    total = Measured("all", Score())
    for measured in results:
        total.score.add(measured.score)
        total.files += measured.files
        total.check_seconds += measured.check_seconds
        total.parse_seconds += measured.parse_seconds
    for measured in results:
        for remark in measured.remarks:
            print(f"{measured.name}: {remark}")
        for seconds, path in measured.slow_files:
            print(f"{measured.name}: {seconds:.1f} s for {path}")
        _print_findings(f"{measured.name}: missed", measured.score.misses)
        _print_findings(f"{measured.name}: false alarm", measured.score.false_alarms)
    for kind, title in enumerate(KINDS):
        print(f"\n{title}")
        print(f"{'entry':<15}{'sites':>7}{'found':>7}{'recall':>8}{'in run':>8}{'precision':>11}")
        for measured in (*results, total):
            score = measured.score
            print(
                f"{measured.name:<15}{score.sites[kind]:>7}{score.found[kind]:>7}"
                f"{score.recall(kind):>8.3f}{score.executed[kind]:>8}{score.precision(kind):>11.3f}"
            )
    print(
        f"\n{'entry':<15}{'files':>7}{'check s':>9}{'parse s':>9}{'reported':>10}{'uncertain':>11}"
    )
    for measured in (*results, total):
        print(
            f"{measured.name:<15}{measured.files:>7}{measured.check_seconds:>9.2f}"
            f"{measured.parse_seconds:>9.2f}{measured.score.reported:>10}"
            f"{measured.score.uncertain:>11}"
        )


def _print_findings(title: str, findings: Iterable[Finding]) -> None:
    for finding in findings:
        kind = KINDS[finding.is_operator]
        print(f"{title} {finding.path}:{finding.line}:{finding.column} ({kind}, {finding.pattern})")
        print(f"    {', '.join(finding.ops)}: {finding.source}")


if __name__ == "__main__":
    sys.exit(main())
