"""Plant faults in the rewritten fixtures and count those that verification finds.

``python -m benchmarks.planted_faults --work DIR`` makes mutants of the committed rewrites of the
fixtures (``after_layer.py``, ``after_lambda.py``), each with one change, and verifies each of
them against ``before.py`` under Keras 2. A mutant is killed when the verdict would keep the file
from being written. Verdicts are kept in ``DIR/verdicts.jsonl``, and a mutant that has its verdict
is not run again; ``--again`` runs the survivors anew. The table goes to standard output, progress
to standard error; ``--markdown FILE`` writes the page. The exit status is 1 when a survivor is not
explained in ``planted_fault_reasons.py``, or when an unchanged rewrite is not accepted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.mutation import Mutant, Supply, choose, supply_of
from benchmarks.mutation_layers import OPERATORS
from benchmarks.planted_faults_report import Judged, page_of, tables
from codemod.verdict_rules import is_accepted, why
from codemod.verify.pool import SessionPool
from codemod.verify.records import Verdict, VerifyOptions, VerifyRequest

FIXTURES = Path(__file__).parents[1] / "fixtures"
UNCHANGED = "no fault"
SEED = 1
LAMBDA_SHARE = 3


@dataclass(frozen=True)
class Task:
    """One mutant of the rewrite of one fixture for one target."""

    fixture: str
    target: str
    mutant: Mutant

    @property
    def before(self) -> Path:
        """The original source."""
        return FIXTURES / self.fixture / "before.py"

    @property
    def key(self) -> str:
        """Equal for equal originals and mutants only."""
        digest = hashlib.sha256(self.before.read_bytes())
        digest.update(b"\0" + self.mutant.source)
        return digest.hexdigest()[:24]


class Store:
    """The verdicts so far: a file of JSON lines, of which the last for a mutant counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self.judged: dict[str, Judged] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                self.judged[entry.pop("key")] = Judged(**entry)

    def add(self, key: str, judged: Judged) -> None:
        """Keep one verdict, on the disk too."""
        with self._lock:
            self.judged[key] = judged
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, **asdict(judged)}) + "\n")


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder of the verdicts")
    parser.add_argument("--only", action="append", default=[], metavar="FIXTURE")
    parser.add_argument("--each", type=int, default=9, help="mutants of each after_layer.py")
    parser.add_argument("--limit", type=int, help="mutants in all")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--python", default=sys.executable, help="interpreter that verifies")
    parser.add_argument("--again", action="store_true", help="run the survivors anew")
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    store = Store(options.work / "verdicts.jsonl")
    tasks = _tasks(options.only, options.each, options.limit)
    _judge(tasks, store, options)
    judged = [store.judged[task.key] for task in tasks if task.key in store.judged]
    broken = [item for item in judged if item.kind == UNCHANGED and not item.survived]
    mutants = [item for item in judged if item.kind != UNCHANGED]
    text, unexplained = tables(mutants)
    print(text)
    for item in broken:
        print(f"the rewrite itself is not accepted: {item.fixture} {item.target}: {item.reason}")
    if options.markdown:
        options.markdown.write_text(page_of(mutants), encoding="utf-8")
    return int(bool(broken) or unexplained > 0)


def _tasks(only: Sequence[str], each: int, limit: int | None) -> list[Task]:
    """The rewrites as they are, and the mutants chosen of them."""
    supplies: dict[str, Supply] = {}
    caps: dict[str, int] = {}
    files: dict[str, tuple[str, str]] = {}
    unchanged = []
    for target, cap in (("layer", each), ("lambda", each // LAMBDA_SHARE)):
        for path in sorted(FIXTURES.glob(f"*/after_{target}.py")):
            fixture = path.parent.name
            if only and fixture not in only:
                continue
            source = path.read_bytes()
            name = f"{fixture} {target}"
            files[name] = fixture, target
            supplies[name], caps[name] = supply_of(source, OPERATORS, SEED), cap
            unchanged.append(Task(fixture, target, Mutant(UNCHANGED, 0, "", "", source)))
    chosen = choose(supplies, caps)[:limit]
    mutants = [Task(*files[name], mutant) for name, mutant in chosen]
    touched = {(task.fixture, task.target) for task in mutants}
    return [task for task in unchanged if (task.fixture, task.target) in touched] + mutants


def _judge(tasks: Sequence[Task], store: Store, options: argparse.Namespace) -> None:
    """Verify what has no verdict yet, the mutants of one fixture one after the other."""
    waiting: dict[str, list[Task]] = {}
    for task in tasks:
        known = store.judged.get(task.key)
        if known is None or (options.again and known.survived):
            waiting.setdefault(task.fixture, []).append(task)
    total, done, lock = sum(map(len, waiting.values())), 0, threading.Lock()
    verify_options = VerifyOptions(options.python, "cpu", time_limit=120.0, keras3=False)
    with SessionPool(verify_options, options.jobs) as pool:

        def judge_fixture(fixture: str) -> None:
            nonlocal done
            for task in waiting[fixture]:
                judged = _judged(pool, task)
                store.add(task.key, judged)
                with lock:
                    done += 1
                    state = "survives" if judged.survived else "killed"
                    counted = f"{done} of {total}: {fixture} {task.target}"
                    print(f"{counted}: {state}: {task.mutant}", file=sys.stderr, flush=True)

        pool.map(judge_fixture, list(waiting))


def _judged(pool: SessionPool, task: Task) -> Judged:
    originals: Mapping[Path, bytes] = {task.before: task.before.read_bytes()}
    start = time.perf_counter()
    verdict = pool.verify(
        VerifyRequest(task.before, originals, {task.before: task.mutant.source}), keras3=False
    )
    seconds = round(time.perf_counter() - start, 2)
    survived = is_accepted(verdict)
    return Judged(
        task.fixture,
        task.target,
        task.mutant.kind,
        task.mutant.line,
        task.mutant.before,
        task.mutant.after,
        survived,
        verdict.verdict if survived else _found_by(verdict),
        "" if survived else why(verdict),
        seconds,
    )


def _found_by(verdict: Verdict) -> str:
    """What gave the mutant away: its outputs, its weights, or that it does not run at all."""
    if any(model.weight_order_kept is False for model in verdict.models):
        return "weights"
    reasons = [model.reason for model in verdict.models if model.verdict == "different"]
    if any(reason.startswith(("output ", "the outputs ")) for reason in reasons):
        return "outputs"
    return verdict.verdict if verdict.verdict == "unverified" else "failure"


if __name__ == "__main__":
    sys.exit(main())
