"""Our side of verification: what workers are asked, and verdicts from what they answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TypeVar, cast

from codemod.interrupts import without_interrupts
from codemod.verdict import Verdict
from codemod.verify.child.protocol import (
    NO_KERAS_2,
    Depth,
    Job,
    Kind,
    OriginalResult,
    ReloadedModel,
    ReloadResult,
    RewrittenResult,
    SideResult,
)
from codemod.verify.crew import Crew
from codemod.verify.jobs import job_of, key_of, lines_by_path, stored_at
from codemod.verify.lifecycle import hazards_of, load_failures, saved_models, without_excused
from codemod.verify.records import Probe, Trace, VerifyOptions, VerifyRequest
from codemod.verify.traces import Traces
from codemod.verify.under_keras_3 import Under3, failures_under_3
from codemod.verify.verdicts import (
    alone_under_3,
    keeps_order,
    probe_of,
    raw_ops_of,
    unverified,
    verdict_of,
)
from codemod.verify.what_ran import checked
from codemod.verify.workers import KERAS_2, KERAS_3

Item = TypeVar("Item")
Value = TypeVar("Value")
REFERENCE = "reference.json"
FOR_KERAS_3 = "the rewritten source is for Keras 3 alone"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The original as one Keras runs it, and the folder of what its models give.

    Where that is Keras 3, ``why_not_keras2`` says why it is not Keras 2.
    """

    generation: int
    folder: Path
    result: OriginalResult
    why_not_keras2: str = ""


class VerifySession:
    """Owns the worker processes for one set of options; use it as a context manager.

    Threads may share it: ``jobs`` requests are worked on at once, the others wait.
    """

    def __init__(self, options: VerifyOptions, jobs: int = 1) -> None:
        self._options = options
        self._jobs = jobs
        self._turns = threading.BoundedSemaphore(jobs)
        self._crew = Crew(options)
        self._kept: dict[str, str] = {}
        self._traces = Traces()

    def __enter__(self) -> VerifySession:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with without_interrupts():
            self._crew.close()

    def end_workers(self) -> None:
        """End what runs, from any thread: whoever waits for it gets an error."""
        self._crew.end_workers()

    def map(self, action: Callable[[Item], Value], items: Iterable[Item]) -> list[Value]:
        """The results of ``action`` for ``items``, as many at once as the session has ``jobs``."""
        with self._threads() as threads:
            return list(threads.map(action, items))

    def each(self, action: Callable[[Item], Value], items: Iterable[Item]) -> Iterator[Value]:
        """The results of ``action`` for ``items``, each as soon as it is there."""
        with self._threads() as threads:
            for done in as_completed([threads.submit(action, item) for item in items]):
                yield done.result()

    def keep(self, originals: Mapping[Path, bytes]) -> None:
        """Let all later runs see these bytes at these paths, whatever is written there meanwhile.

        The sources of a request go before them.
        """
        self._kept = stored_at(originals, self._crew.new_folder() / "kept")

    def trace(self, request: VerifyRequest) -> Trace:
        """What all answers to ``request``, and to others with the same originals, came from."""
        found = self._traces.of(key_of(request))
        return replace(found, lasting=found.lasting and self._crew.is_as_it_will_be)

    @contextmanager
    def _threads(self) -> Iterator[ThreadPoolExecutor]:
        with ThreadPoolExecutor(self._jobs) as threads:
            try:
                yield threads
            except BaseException:
                # Threads that wait for a child would keep Ctrl-C waiting.
                self._crew.end_workers()
                threads.shutdown(cancel_futures=True)
                raise

    def probe(self, request: VerifyRequest) -> Probe:
        """Run the originals: their raw ops and models, or why they do not run."""
        with self._turns:
            return probe_of(self._reference(request).result)

    def verify(self, request: VerifyRequest, keras3: bool = True, depth: Depth = "full") -> Verdict:
        """Build and run both sides and compare them; one call of each model for each sample.

        ``keras3`` set to False leaves out what runs under Keras 3 beside Keras 2, and the hazards.
        With ``depth`` "order first" models whose weights have another order are not compared
        further. Where Keras 2 does not run the originals, Keras 3 alone compares.
        """
        with self._turns:
            reference = self._reference(request)
            if reference.generation == KERAS_3:
                verdict = self._verified_alone(request, reference, keras3, depth)
            else:
                verdict = self._verified(request, reference, keras3, depth)
            has_keras_2 = self._crew.has_keras_2
            keras2 = self._crew.worker(KERAS_2).environment if has_keras_2 else None
            under_3 = self._crew.worker(KERAS_3).environment if self._options.keras3 else None
        return replace(
            verdict,
            kept_by=reference.result.get("kept_by", ""),
            keras2=keras2,
            keras3=under_3,
        )

    def keeps_weight_order(self, request: VerifyRequest) -> bool:
        """Whether the rewritten models have the weights of the originals in the same order.

        They are built for that by the Keras that runs the originals, and not run.
        """
        with self._turns:
            reference = self._reference(request)
            rewritten = self._begin_compare(request, reference, "order")()
        return bool(reference.result.get("models")) and keeps_order(rewritten)

    def _verified(
        self, request: VerifyRequest, reference: Reference, keras3: bool, depth: Depth
    ) -> Verdict:
        original = reference.result
        probe = probe_of(original)
        if probe.failure is not None or not probe.models:
            return unverified(probe, self._crew.device(KERAS_2))
        # Keras 3 works on its own while Keras 2 does.
        asked = keras3 and self._options.keras3
        under_3 = _begun(lambda: self._under_3(request, reference)) if asked else None
        rewritten = self._begin_compare(request, reference, depth)()
        if load_failures(rewritten):
            rewritten = without_excused(rewritten, self._loadable(request))
        reloaded = self._reload(request, request.rewrites, reference, rewritten) if keras3 else {}
        ported = under_3() if under_3 is not None else None
        verdict = checked(verdict_of(original, rewritten, ported), request, original, rewritten)
        if ported is not None and ported.original is not None:
            operators = [op for op in raw_ops_of(ported.original) if op.inexact]
            verdict = replace(verdict, inexact=tuple(operators))
        if not keras3 or verdict.verdict in ("different", "unverified"):
            return verdict

        def original_reloaded() -> dict[int, ReloadedModel]:
            return self._reload(request, request.originals, reference, original)

        after = None if ported is None else ported.rewritten
        hazards = hazards_of(original, rewritten, after, reloaded, original_reloaded)
        fails = [f"only under Keras 3, {text}" for text in failures_under_3(rewritten, after)]
        return replace(verdict, hazards=(*hazards, *fails))

    def _verified_alone(
        self, request: VerifyRequest, reference: Reference, keras3: bool, depth: Depth
    ) -> Verdict:
        """The claim of Keras 3 alone.

        Without ``keras3`` the rewrite, too, has the bridge: it is one of a part of the sites.
        """
        original = reference.result
        rewritten = self._begin_compare(request, reference, depth, bridged=not keras3)()
        found = alone_under_3(original, rewritten, reference.why_not_keras2)
        verdict = checked(found, request, original, rewritten)
        if not keras3 or verdict.verdict in ("different", "unverified"):
            return verdict
        # What the original can do says nothing: without the bridge it does not even build.
        able: ReloadedModel = {"load": None, "clone": None}
        hazards = hazards_of(
            original, rewritten, None, {}, lambda: dict.fromkeys(range(len(verdict.models)), able)
        )
        return replace(verdict, hazards=hazards)

    def _under_3(self, request: VerifyRequest, reference: Reference) -> Under3:
        """Both sides under Keras 3, the original with the bridge."""
        worker = self._crew.worker(KERAS_3)
        if worker.problem is not None:
            return Under3(rewritten={"failure": worker.problem, "absent": worker.says_why})

        def run() -> tuple[Path, OriginalResult]:
            return self._run_original(KERAS_3, request, reference)

        folder, original = self._crew.once(key_of(request) + " under Keras 3", run)
        job = self._compare_job(request, reference, "full")
        job["exact"] = False
        if "failure" not in original:
            job["here"] = str(folder / REFERENCE)
        rewritten = cast(RewrittenResult, self._run(KERAS_3, request, job))
        return Under3(original=original, rewritten=rewritten)

    def _loadable(self, request: VerifyRequest) -> OriginalResult:
        """The result of the original with the checkpoints that it can itself load."""

        def run() -> OriginalResult:
            job = self._job("original", request, request.originals)
            job["loads"] = True
            job["calls"] = self._reference(request).result.get("calls", [])
            return cast(OriginalResult, self._run(KERAS_2, request, job))

        return self._crew.once(key_of(request) + " loads", run)

    def _reload(
        self,
        request: VerifyRequest,
        sources: Mapping[Path, bytes],
        reference: Reference,
        side: OriginalResult | RewrittenResult,
    ) -> dict[int, ReloadedModel]:
        """Load what one side saved in a fresh child; the findings by the model's index."""
        saved = saved_models(reference.result, side, str(reference.folder))
        if not saved:
            return {}
        job = self._job("reload", request, sources)
        job["saved"] = saved
        result = cast(ReloadResult, self._run(KERAS_2, request, job))
        if "failure" in result:
            unloaded: ReloadedModel = {"load": result["failure"], "clone": None}
            return {item["index"]: unloaded for item in saved}
        return {item["index"]: found for item, found in zip(saved, result["models"])}

    def _reference(self, request: VerifyRequest) -> Reference:
        return self._crew.once(key_of(request), lambda: self._run_reference(request))

    def _run_reference(self, request: VerifyRequest) -> Reference:
        """Keras 2 runs the originals, or else Keras 3 with the bridge."""
        if not self._crew.has_keras_2:
            self._crew.device(KERAS_3)
            folder, result = self._run_original(KERAS_3, request)
            why = FOR_KERAS_3 if self._options.only_keras3 else NO_KERAS_2
            return Reference(generation=KERAS_3, folder=folder, result=result, why_not_keras2=why)
        self._crew.device(KERAS_2)
        folder, result = self._run_original(KERAS_2, request)
        reference = Reference(generation=KERAS_2, folder=folder, result=result)
        failure = probe_of(result).failure
        can_try = "failure" not in result and self._options.keras3
        if failure is None or not can_try or self._crew.worker(KERAS_3).problem is not None:
            return reference
        folder, result = self._run_original(KERAS_3, request)
        if not probe_of(result).models:
            return reference
        return Reference(generation=KERAS_3, folder=folder, result=result, why_not_keras2=failure)

    def _run_original(
        self, generation: int, request: VerifyRequest, reference: Reference | None = None
    ) -> tuple[Path, OriginalResult]:
        """The original under one Keras, with the calls, samples and weights of ``reference``."""
        job = self._job("original", request, request.originals)
        job["bridged"] = generation == KERAS_3
        if reference is None:
            job["wanted"] = lines_by_path(request.wanted)
        else:
            job["reference"] = str(reference.folder / REFERENCE)
        result = cast(OriginalResult, self._run(generation, request, job))
        folder = Path(job["outputs"])
        (folder / REFERENCE).write_text(json.dumps(result))
        return folder, result

    def _begin_compare(
        self, request: VerifyRequest, reference: Reference, depth: Depth, bridged: bool = False
    ) -> Callable[[], RewrittenResult]:
        """Start the rewritten source's job; the returned function waits for its result."""
        job = self._compare_job(request, reference, depth)
        job["bridged"] = bridged
        wait = self._begin(reference.generation, request, job)
        return lambda: cast(RewrittenResult, wait())

    def _compare_job(self, request: VerifyRequest, reference: Reference, depth: Depth) -> Job:
        job = self._job("rewritten", request, request.rewrites)
        job["reference"] = str(reference.folder / REFERENCE)
        job["outputs"] = str(reference.folder)
        job["exact"] = True
        job["depth"] = depth
        return job

    def _run(self, generation: int, request: VerifyRequest, job: Job) -> SideResult:
        return self._begin(generation, request, job)()

    def _begin(self, generation: int, request: VerifyRequest, job: Job) -> Callable[[], SideResult]:
        """Start a job; the returned function waits for its result, and notes what it has read."""
        wait = self._crew.worker(generation).begin(job)

        def result() -> SideResult:
            found = wait()
            self._traces.add(key_of(request), job, found)
            return found

        return result

    def _job(self, kind: Kind, request: VerifyRequest, sources: Mapping[Path, bytes]) -> Job:
        folder = self._crew.new_folder()
        return job_of(kind, request, sources, folder, self._options, self._kept)


def _begun(action: Callable[[], Value]) -> Callable[[], Value]:
    """Run ``action`` in a thread of its own; the returned function waits for its result."""
    done: Future[Value] = Future()

    def run() -> None:
        try:
            done.set_result(action())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return done.result
