"""Rewrite the packages of the corpus and verify the models that they build.

``python -m benchmarks.corpus_rewrite --work DIR --python FILE`` copies each package, runs
``keras-codemod rewrite --operators wrap`` over it with a few ``--build`` calls at a time, and
prints a table: the models built, those with raw ops, how the rewritten ones compare, and what was
refused. FILE is an interpreter with a TensorFlow whose Keras is Keras 2. Reports are kept below
DIR, and a package that has its reports is not run again; ``--markdown FILE`` writes the table.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks import corpus
from benchmarks.corpus_models import PACKAGES, RewrittenPackage

BUILDS_AT_ONCE = 8
SAME = ("proved", "equal-by-rules")
INTRODUCTION = """# Rewriting packages that nobody here wrote

Packages of the package index that build functional models with raw ops, as they are published.
`benchmarks/corpus_rewrite.py` copies each one, runs `keras-codemod rewrite --operators wrap` over
it with up to eight `--build` calls at a time, and reads the reports:

```sh
python -m benchmarks.corpus_rewrite --work DIR --python PYTHON --markdown docs/corpus.md
```

PYTHON is an environment with TensorFlow 2.15 (Keras 2) and what the packages import
(`TRUTH_ENVIRONMENT` in `benchmarks/corpus.py`); both sides are built and compared there, on a CPU.

*Same*: proved or equal by rules, with the order of the weights kept. *None left*: of
these, the rewritten model has no nameless layer of a raw op. *Differ*: any other verdict; nothing
that touches such a model is written. *Rewritten* and *refused* count sites in the source; sites
that none of these models runs (KC311) are left alone and not counted. *Seconds* are those of all
runs.
"""


@dataclass
class Outcome:
    """What became of one package; ``models`` counts the models with raw ops by verdict.

    A site is its file, line and column: runs with other build calls meet it again.
    """

    name: str
    builds: int = 0
    failed_builds: dict[str, str] = field(default_factory=dict)
    models: Counter[str] = field(default_factory=Counter)
    clean: int = 0
    left: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    refused: dict[tuple[str, int, int], str] = field(default_factory=dict)
    rewritten: set[tuple[str, int, int]] = field(default_factory=set)
    seconds: float = 0.0

    @property
    def with_raw_ops(self) -> int:
        """The number of models with raw ops."""
        return sum(self.models.values())


def main() -> int:
    """Run the benchmark; the exit status is 1 when a rewritten model was found to differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for packages and reports")
    parser.add_argument("--python", type=Path, required=True, help="interpreter that verifies")
    parser.add_argument("--only", action="append", default=[], metavar="PACKAGE")
    parser.add_argument("--target", default="layer")
    parser.add_argument("--jobs", default="1")
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    chosen = [item for item in PACKAGES if not options.only or item.name in options.only]
    outcomes = [_outcome(package, options) for package in chosen]
    table = _table(outcomes)
    print(table)
    if options.markdown:
        options.markdown.write_text(_page(table, outcomes))
    return int(any(outcome.different for outcome in outcomes))


def _outcome(package: RewrittenPackage, options: argparse.Namespace) -> Outcome:
    outcome = Outcome(package.name, len(package.builds))
    builds = iter(package.builds)
    number = 0
    while chunk := tuple(islice(builds, BUILDS_AT_ONCE)):
        report = _report(package, chunk, number, options)
        _count(report, outcome)
        number += 1
        done = min(number * BUILDS_AT_ONCE, outcome.builds)
        print(f"{package.name}: {done} of {outcome.builds} builds", file=sys.stderr, flush=True)
    return outcome


def _report(
    package: RewrittenPackage, builds: Sequence[str], number: int, options: argparse.Namespace
) -> dict[str, Any]:
    """The report of one run of ``rewrite``, made unless it is there."""
    stored = options.work / "rewritten" / f"{package.name}-{options.target}-{number}.json"
    if not stored.exists():
        folder = _fresh_copy(package, options.work, stored.with_suffix(""))
        command = [sys.executable, "-m", "codemod", "rewrite", package.folder, "--format", "json"]
        command.append("--no-cache")
        command += ["--to", options.target, "--operators", "wrap", "-j", options.jobs]
        command += ["--python", str(options.python.absolute())]
        command += [part for build in builds for part in ("--build", build)]
        start = time.perf_counter()
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **package.environment, "PYTHONPATH": os.getcwd()},
            capture_output=True,
            check=False,
        )
        report = json.loads(done.stdout) if done.stdout else {"files": []}
        report["seconds"] = time.perf_counter() - start
        report["errors"] = done.stderr.decode(errors="replace")
        if not report["files"]:
            raise SystemExit(f"{package.name}: {report['errors']}")
        stored.write_text(json.dumps(report))
    loaded: dict[str, Any] = json.loads(stored.read_text())
    return loaded


def _fresh_copy(package: RewrittenPackage, work: Path, target: Path) -> Path:
    sources = work / "src"
    sources.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    for requirement in (package.requirement, *package.needs):
        folder = corpus.import_root(corpus.fetch_package(sources, requirement))
        shutil.copytree(folder, target, dirs_exist_ok=True)
    return target


def _count(report: dict[str, Any], outcome: Outcome) -> None:
    outcome.seconds += report["seconds"]
    models: dict[tuple[str, str], dict[str, Any]] = {}
    for file in report["files"]:
        for site in file["sites"]:
            position = (file["path"], site["line"], site["column"])
            if site["status"] == "rewritten":
                outcome.rewritten.add(position)
            elif site["status"] == "refused" and not site["reason"].startswith("KC311"):
                outcome.refused[position] = site["reason"]
        verification = file["verification"] or {}
        for text in verification.get("assumptions", []):
            for build, reason in _failed_build(text):
                outcome.failed_builds[build] = reason
        for model in verification.get("models", []):
            models[model["build"], model["name"]] = model
    for (build, name), model in models.items():
        label = f"{name} ({build.partition(':')[2]})"
        verdict = model["verdict"]
        outcome.models[verdict] += 1
        if verdict in SAME and model["weight_order_kept"]:
            outcome.clean += model["raw_ops_left"] == 0
            if model["raw_ops_left"]:
                outcome.left.append(f"{label}: {model['raw_ops_left']} left")
        else:
            outcome.different.append(f"{label}: {verdict}")


def _failed_build(assumption: str) -> Iterator[tuple[str, str]]:
    head, _, rest = assumption.partition("not built: ")
    if not head and rest:
        build, _, reason = rest.partition(": ")
        yield build, reason


def _table(outcomes: Sequence[Outcome]) -> str:
    lines = [
        "| package | builds | not built | models with raw ops | same | none left | differ "
        "| rewritten | refused | seconds |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    rows = [_counts(item) for item in outcomes]
    names = [item.name for item in outcomes]
    for name, row in zip([*names, "all"], [*rows, [sum(column) for column in zip(*rows)]]):
        lines.append(f"| {name} | {' | '.join(map(str, row))} |")
    return "\n".join(lines)


def _counts(item: Outcome) -> list[int]:
    return [
        item.builds,
        len(item.failed_builds),
        item.with_raw_ops,
        sum(item.models[tier] for tier in SAME),
        item.clean,
        len(item.different),
        len(item.rewritten),
        len(item.refused),
        round(item.seconds),
    ]


def _page(table: str, outcomes: Sequence[Outcome]) -> str:
    lines = [INTRODUCTION, table]
    for item in outcomes:
        notes = [f"not built: `{build}`: {why}" for build, why in item.failed_builds.items()]
        notes += [f"differs: {text}" for text in item.different]
        notes += [f"raw ops left: {text}" for text in item.left]
        reasons = Counter(item.refused.values())
        notes += [f"refused ({count}): {why}" for why, count in reasons.most_common()]
        if notes:
            lines += ["", f"## {item.name}", "", *(f"- {note}" for note in notes)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
