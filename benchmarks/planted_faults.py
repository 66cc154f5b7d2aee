"""Plant faults in the rewritten fixtures and count those that verification finds.

``python -m benchmarks.planted_faults --work DIR`` makes mutants of the committed rewrites of the
fixtures (``after_layer.py``, ``after_lambda.py``), each with one change, and verifies each of
them against ``before.py`` under Keras 2. A mutant is killed when the verdict would keep the file
from being written. A committed rewrite is the coarsest plan: where verification refuses it, the
next finer plan takes its place. Verdicts are kept in ``DIR/verdicts.jsonl``, and a mutant that has
its verdict is not run again; ``--again`` runs the survivors anew. The table goes to standard
output, progress to standard error; ``--markdown FILE`` writes the page. The exit status is 1 when a
survivor is not explained in ``planted_fault_reasons.py``, or when no rewrite of a fixture is
accepted.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import math
import random
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from benchmarks.generator_faults import generator_faults
from benchmarks.mutation import Mutant, changed_lines, choose, supply_of
from benchmarks.mutation_frame import AROUND
from benchmarks.mutation_layers import OPERATORS
from benchmarks.planted_faults_report import Judged, page_of, tables
from codemod.engine.variants import variants_of_source
from codemod.engine.verdict_rules import is_accepted, why
from codemod.verdict import Verdict
from codemod.verify.records import VerifyOptions, VerifyRequest
from codemod.verify.session import VerifySession
from transforms.interpret.symbolic import analyse
from transforms.plan.fitting import fitting_plan
from transforms.plan.module_plan import GRANULARITIES, PlanSettings
from transforms.syntax.records import Target
from transforms.syntax.source_text import read_source_text

FIXTURES = Path(__file__).parents[1] / "fixtures"
UNCHANGED = "no fault"
SEED = 1
LAMBDA_SHARE = 3
GENERATOR_FAULTS = 2
"""Faults of the generator of each kind, for each fixture and target."""
SCRIPTS = "script_"
GENERATOR = "generator: "
FOUND_BY_REASON = {
    "the layer ": "frame",
    "the model": "frame",
    "the structure ": "frame",
    "the weight ": "frame",
    "output ": "outputs",
    "the outputs ": "outputs",
    "the gradient": "gradients",
    "with training=True": "training",
    "the samples give the same": "graphs",
    "an input is": "inputs",
}
"""How reasons of verdicts begin."""
TARGETS: tuple[Target, ...] = ("layer", "lambda")


@dataclass(frozen=True)
class Task:
    """One mutant of the rewrite of one fixture for one target."""

    fixture: str
    target: Target
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


@dataclass(frozen=True)
class Accepted:
    """A rewrite that verification accepts, and the number of hazards that it tells."""

    source: bytes
    hazards: int


class Store:
    """The verdicts so far: a file of JSON lines, of which the last for a mutant counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self.judged: dict[str, Judged] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                key = entry.pop("key")
                self.judged[key] = Judged(**entry)

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
    parser.add_argument("--each", type=int, default=12, help="mutants of each after_layer.py")
    parser.add_argument("--limit", type=int, help="mutants in all")
    parser.add_argument("--sample", type=int, help="as many of all mutants, with a fixed seed")
    parser.add_argument("--kind", action="append", default=[], help="how kinds of mutants begin")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--python", default=sys.executable, help="interpreter that verifies")
    parser.add_argument("--only-keras3", action="store_true", help="verify under Keras 3 alone")
    parser.add_argument("--again", action="store_true", help="run the survivors anew")
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    store = Store(options.work / "verdicts.jsonl")
    files = [
        (path.parent.name, target)
        for target in TARGETS
        for path in sorted(FIXTURES.glob(f"*/after_{target}.py"))
        if not options.only or path.parent.name in options.only
    ]
    verify_options = VerifyOptions(
        python=options.python,
        device="cpu",
        time_limit=120.0,
        keras3=options.only_keras3,
        only_keras3=options.only_keras3,
    )
    with VerifySession(verify_options, options.jobs) as session:
        rewrites = session.map(partial(_accepted, session, store), files)
        accepted = {file: found for file, found in zip(files, rewrites) if found is not None}
        sources = {file: found.source for file, found in accepted.items()}
        tasks = _tasks(sources, options.each, tuple(options.kind) or ("",))[: options.limit]
        if options.sample is not None and options.sample < len(tasks):
            print(f"{options.sample} of {len(tasks)} mutants", file=sys.stderr)
            tasks = random.Random(SEED).sample(tasks, options.sample)
        _judge(session, tasks, store, accepted, options.again)
    mutants = [store.judged[task.key] for task in tasks]
    text, unexplained = tables(mutants)
    print(text)
    broken = [file for file in files if file not in accepted]
    for fixture, target in broken:
        print(f"no rewrite is accepted: {fixture} {target}")
    if options.markdown:
        options.markdown.write_text(page_of(mutants), encoding="utf-8")
    return int(bool(broken) or unexplained > 0)


def _accepted(session: VerifySession, store: Store, file: tuple[str, Target]) -> Accepted | None:
    """The committed rewrite, or where verification refuses it the first finer one that passes."""
    fixture, target = file
    for source in _rewrites(*file):
        task = Task(fixture, target, Mutant(UNCHANGED, 0, "", "", source))
        if task.key not in store.judged:
            store.add(task.key, _judged(session, task))
        judged = store.judged[task.key]
        if judged.survived:
            return Accepted(source, judged.hazards)
    return None


def _rewrites(fixture: str, target: Target) -> Iterator[bytes]:
    """The rewrite that is committed, and those that are planned finer."""
    before = FIXTURES / fixture / "before.py"
    yield before.with_name(f"after_{target}.py").read_bytes()
    source = before.read_bytes()
    analysis = analyse({before: source}, [before])
    for granularity in GRANULARITIES[1:]:
        settings = PlanSettings(target=target, operators="keep", granularity=granularity)
        module = analysis.modules[before]
        text = read_source_text(source)
        yield fitting_plan(analysis, module, source, text, settings).rewritten


def _tasks(
    sources: Mapping[tuple[str, Target], bytes], each: int, kinds: tuple[str, ...]
) -> list[Task]:
    """The mutants that are chosen of the rewrites, each once; their kinds begin with ``kinds``."""
    files = {f"{fixture} {target}": (fixture, target) for fixture, target in sources}
    supplies = {
        name: supply_of(sources[file], (*OPERATORS, *AROUND), SEED, _lines(file[0], sources[file]))
        for name, file in files.items()
    }
    caps = {
        name: each if target == "layer" else each // LAMBDA_SHARE
        for name, (_, target) in files.items()
    }
    tasks = [Task(*files[name], mutant) for name, mutant in choose(supplies, caps)]
    # Each takes a plan of its own, which is long where none is wanted.
    planned = any(GENERATOR.startswith(kind) or kind.startswith(GENERATOR) for kind in kinds)
    for fixture, target in sources if planned else ():
        before = FIXTURES / fixture / "before.py"
        mutants = generator_faults(before, target, GENERATOR_FAULTS)
        tasks += [Task(fixture, target, mutant) for mutant in mutants]
    wanted = [task for task in tasks if task.mutant.kind.startswith(kinds)]
    return list({task.key: task for task in wanted}.values())


def _lines(fixture: str, rewritten: bytes) -> frozenset[int] | None:
    """The lines that get faults: of training scripts, which are mostly other code, the new ones."""
    if not fixture.startswith(SCRIPTS):
        return None
    return changed_lines((FIXTURES / fixture / "before.py").read_bytes(), rewritten)


def _judge(
    session: VerifySession,
    tasks: Sequence[Task],
    store: Store,
    accepted: Mapping[tuple[str, Target], Accepted],
    again: bool,
) -> None:
    """Verify what has no verdict yet, the mutants of one fixture one after the other."""
    waiting: dict[str, list[Task]] = {}
    for task in tasks:
        known = store.judged.get(task.key)
        if known is None or (again and known.survived):
            waiting.setdefault(task.fixture, []).append(task)
    total, numbers = sum(map(len, waiting.values())), itertools.count(1)

    def judge_fixture(fixture: str) -> None:
        for task in waiting[fixture]:
            judged = _judged(session, task, accepted[task.fixture, task.target].hazards)
            store.add(task.key, judged)
            state = "survives" if judged.survived else "killed"
            done = f"{next(numbers)} of {total}: {fixture} {task.target}"
            print(f"{done}: {state}: {task.mutant}", file=sys.stderr, flush=True)

    session.map(judge_fixture, list(waiting))


def _judged(session: VerifySession, task: Task, hazards: float = math.inf) -> Judged:
    """The judgement of a mutant; one with more than ``hazards`` is told to the user."""
    originals: Mapping[Path, bytes] = {task.before: task.before.read_bytes()}
    variants = variants_of_source(task.before, originals[task.before], ())
    request = VerifyRequest(
        entry=task.before,
        originals=originals,
        rewrites={task.before: task.mutant.source},
        variants=variants.calls,
        untried=variants.untried,
    )
    start = time.perf_counter()
    verdict = session.verify(request)
    seconds = round(time.perf_counter() - start, 2)
    told = len(verdict.hazards) > hazards
    survived = is_accepted(verdict) and not told
    return Judged(
        task.fixture,
        task.target,
        task.mutant.kind,
        task.mutant.line,
        task.mutant.before,
        task.mutant.after,
        survived,
        verdict.verdict if survived else "hazard" if is_accepted(verdict) else _found_by(verdict),
        "; ".join(verdict.hazards) if told else "" if survived else why(verdict),
        seconds,
        len(verdict.hazards),
    )


def _found_by(verdict: Verdict) -> str:
    """What gave the mutant away: its outputs, its weights, or that it does not run at all."""
    if any(model.weight_order_kept is False for model in verdict.models):
        return "weights"
    failing = ("different", "bitwise")
    reasons = [model.reason for model in verdict.models if model.verdict in failing]
    if verdict.verdict == "close":
        return "outputs"
    for start, found in FOUND_BY_REASON.items():
        if any(reason.startswith(start) for reason in reasons):
            return found
    return verdict.verdict if verdict.verdict == "unverified" else "failure"


if __name__ == "__main__":
    sys.exit(main())
