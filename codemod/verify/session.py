"""Our side of verification: the jobs of workers, and verdicts from what they answer."""

from __future__ import annotations

import hashlib
import itertools
import json
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TypeVar, cast

from codemod.interrupts import without_interrupts
from codemod.verdict import Verdict
from codemod.verify.child.protocol import (
    Depth,
    Job,
    Kind,
    OriginalResult,
    ReloadedModel,
    ReloadResult,
    RewrittenResult,
)
from codemod.verify.child.sandbox.folders import remove_tree
from codemod.verify.lifecycle import hazards_of, load_failures, saved_models, without_excused
from codemod.verify.records import Probe, VerifyOptions, VerifyRequest
from codemod.verify.verdicts import failures_under_3, keeps_order, probe_of, unverified, verdict_of
from codemod.verify.what_ran import befores, checked
from codemod.verify.workers import KERAS_2, KERAS_3, VerifyError, Worker, advice_for

Item = TypeVar("Item")
Value = TypeVar("Value")


class VerifySession:
    """Owns the worker processes for one set of options; use it as a context manager.

    Threads may share it: ``jobs`` requests are worked on at once, the others wait.
    """

    def __init__(self, options: VerifyOptions, jobs: int = 1) -> None:
        self._options = options
        self._jobs = jobs
        self._turns = threading.BoundedSemaphore(jobs)
        self._folder = Path(tempfile.mkdtemp(prefix="keras-codemod-"))
        self._workers: dict[int, Worker] = {}
        self._known: dict[str, Future[object]] = {}
        self._kept: dict[str, str] = {}
        self._lock = threading.Lock()
        self._has_ended = False
        self._numbers = itertools.count()

    def __enter__(self) -> VerifySession:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with without_interrupts():
            self._end_workers()
            remove_tree(str(self._folder))

    def _end_workers(self) -> None:
        with self._lock:
            self._has_ended = True
            workers = [*self._workers.values()]
        for worker in workers:
            worker.close()

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
        self._kept = _stored(originals, self._new_folder() / "kept")

    @contextmanager
    def _threads(self) -> Iterator[ThreadPoolExecutor]:
        with ThreadPoolExecutor(self._jobs) as threads:
            try:
                yield threads
            except BaseException:
                # Threads that wait for a child would keep Ctrl-C waiting.
                self._end_workers()
                threads.shutdown(cancel_futures=True)
                raise

    def probe(self, request: VerifyRequest) -> Probe:
        """Run the originals under Keras 2: their raw ops and models, or why they do not run."""
        with self._turns:
            _, result = self._original(request)
        return probe_of(result)

    def verify(self, request: VerifyRequest, keras3: bool = True, depth: Depth = "full") -> Verdict:
        """Build and run both sides and compare them; one call of each model for each sample.

        ``keras3`` set to False leaves out the rewrite's run under Keras 3, and the hazards. With
        ``depth`` "order first" models whose weights have another order are not compared further.
        """
        with self._turns:
            verdict = self._verified(request, keras3, depth)
            _, original = self._original(request)
            keras2 = self._worker(KERAS_2).environment
            under_3 = self._worker(KERAS_3).environment if self._options.keras3 else None
        kept_by = original.get("kept_by", "")
        return replace(verdict, kept_by=kept_by, keras2=keras2, keras3=under_3)

    def keeps_weight_order(self, request: VerifyRequest) -> bool:
        """Whether the rewritten models have the weights of the originals in the same order.

        They are built for that under Keras 2, and not run.
        """
        with self._turns:
            folder, original = self._original(request)
            rewritten = self._begin_compare(KERAS_2, request, folder, "order")()
        return bool(original.get("models")) and keeps_order(rewritten)

    def _verified(self, request: VerifyRequest, keras3: bool, depth: Depth) -> Verdict:
        folder, original = self._original(request)
        probe = probe_of(original)
        if probe.failure is not None or not probe.models:
            return unverified(probe, self._device())
        # Keras 3 works on its own while Keras 2 does.
        asked = keras3 and self._options.keras3
        under_3 = self._begin_compare(KERAS_3, request, folder, "full") if asked else None
        rewritten = self._begin_compare(KERAS_2, request, folder, depth)()
        if load_failures(rewritten):
            rewritten = without_excused(rewritten, self._loadable(request))
        reloaded = self._reload(request, request.rewrites, folder, rewritten) if keras3 else {}
        ported = under_3() if under_3 is not None else None
        verdict = checked(verdict_of(original, rewritten, ported), request, original, rewritten)
        if not keras3 or verdict.verdict in ("different", "unverified"):
            return verdict

        def original_reloaded() -> dict[int, ReloadedModel]:
            return self._reload(request, request.originals, folder, original)

        hazards = hazards_of(original, rewritten, ported, reloaded, original_reloaded)
        fails = [f"only under Keras 3, {text}" for text in failures_under_3(rewritten, ported)]
        return replace(verdict, hazards=(*hazards, *fails))

    def _loadable(self, request: VerifyRequest) -> OriginalResult:
        """The result of the original with the checkpoints that it can itself load."""

        def run() -> OriginalResult:
            job = self._job("original", request, request.originals, self._new_folder())
            job["loads"] = True
            job["calls"] = self._original(request)[1].get("calls", [])
            return cast(OriginalResult, self._worker(KERAS_2).run(job))

        return self._once(_key(request) + " loads", run)

    def _reload(
        self,
        request: VerifyRequest,
        sources: Mapping[Path, bytes],
        reference: Path,
        side: OriginalResult | RewrittenResult,
    ) -> dict[int, ReloadedModel]:
        """Load what one side saved in a fresh child; the findings by the model's index."""
        _, original = self._original(request)
        saved = saved_models(original, side, str(reference))
        if not saved:
            return {}
        job = self._job("reload", request, sources, self._new_folder())
        job["saved"] = saved
        result = cast(ReloadResult, self._worker(KERAS_2).run(job))
        if "failure" in result:
            unloaded: ReloadedModel = {"load": result["failure"], "clone": None}
            return {item["index"]: unloaded for item in saved}
        return {item["index"]: found for item, found in zip(saved, result["models"])}

    def _original(self, request: VerifyRequest) -> tuple[Path, OriginalResult]:
        device = self._device()
        if self._options.device == "gpu" and not device.startswith("GPU"):
            raise VerifyError(
                "--device gpu: TensorFlow sees no GPU here; use --device cpu, or install a "
                "TensorFlow with CUDA"
            )

        def run() -> tuple[Path, OriginalResult]:
            folder = self._new_folder()
            job = self._job("original", request, request.originals, folder)
            job["wanted"] = _wanted(request)
            result = cast(OriginalResult, self._worker(KERAS_2).run(job))
            (folder / "reference.json").write_text(json.dumps(result))
            return folder, result

        return self._once(_key(request), run)

    def _begin_compare(
        self, generation: int, request: VerifyRequest, reference: Path, depth: Depth
    ) -> Callable[[], RewrittenResult]:
        """Start the rewritten source's job; the returned function waits for its result."""
        worker = self._worker(generation)
        problem = worker.problem
        if problem is not None:
            return lambda: {"failure": problem, "absent": worker.says_why}
        job = self._job("rewritten", request, request.rewrites, self._new_folder())
        job["reference"] = str(reference / "reference.json")
        job["outputs"] = str(reference)
        job["exact"] = generation == KERAS_2
        job["depth"] = depth
        wait = worker.begin(job)
        return lambda: cast(RewrittenResult, wait())

    def _device(self) -> str:
        def run() -> str:
            job = self._bare_job("device", self._new_folder())
            return self._worker(KERAS_2).run(job).get("device", "CPU")

        return self._once("the device", run)

    def _worker(self, generation: int) -> Worker:
        self._once("the workers", self._start_workers)
        with self._lock:
            worker = self._workers[generation]
            if worker.has_ended and not self._has_ended:
                # Code of one file has ended it; the others need not suffer.
                worker.close()
                worker = self._workers[generation] = self._new_worker(generation)
            workers = [*self._workers.values()]
        # Each interpreter that does not answer is named, whichever is asked for.
        problems = {item.python: item.problem for item in workers if not item.has_started}
        if generation == KERAS_2 and worker.problem is not None:
            problems[worker.python] = worker.problem
        if problems:
            raise VerifyError(
                "; ".join(
                    f"{python} cannot verify: {why}{advice_for(why or '')}"
                    for python, why in problems.items()
                )
            )
        return worker

    def _start_workers(self) -> None:
        # Keras 3 imports TensorFlow while Keras 2 does.
        for generation in (KERAS_2, KERAS_3) if self._options.keras3 else (KERAS_2,):
            with self._lock:
                self._must_not_have_ended()
                self._workers[generation] = self._new_worker(generation)

    def _new_worker(self, generation: int) -> Worker:
        options = self._options
        python = options.python_original if generation == KERAS_2 else None
        return Worker(
            python or options.python,
            options.device,
            generation,
            self._folder,
            options.start_limit,
        )

    def _once(self, key: str, action: Callable[[], Value]) -> Value:
        """What ``action`` gave when it was first called for ``key``."""
        with self._lock:
            is_first = key not in self._known
            future = cast("Future[Value]", self._known.setdefault(key, Future()))
        if is_first:
            try:
                future.set_result(action())
            except BaseException as error:
                # All that wait for it get it.
                future.set_exception(error)
        return future.result()

    def _new_folder(self) -> Path:
        with self._lock:
            # A thread that comes late must not make anew what has been removed.
            self._must_not_have_ended()
            folder = self._folder / str(next(self._numbers))
            (folder / "work").mkdir(parents=True)
        return folder

    def _must_not_have_ended(self) -> None:
        if self._has_ended:
            raise VerifyError("the verification was ended")

    def _bare_job(self, kind: Kind, folder: Path) -> Job:
        return {
            "kind": kind,
            "result": str(folder / "result.json"),
            "working_folder": str(folder / "work"),
            "time_limit": self._options.time_limit,
            "memory_limit": self._options.memory_limit,
        }

    def _job(
        self, kind: Kind, request: VerifyRequest, sources: Mapping[Path, bytes], folder: Path
    ) -> Job:
        is_rewrite = sources is request.rewrites
        entry = (request.rewritten_entry if is_rewrite else None) or request.entry
        stored = _stored(sources, folder / "source")
        stored.setdefault(str(entry), str(entry))
        job = self._bare_job(kind, folder)
        job["entry"] = str(entry)
        job["builds"] = list(request.builds)
        if self._options.arguments is not None:
            job["arguments"] = list(self._options.arguments)
        job["variants"] = list(request.variants)
        job["untried"] = list(request.untried)
        job["sources"] = stored
        job["originals"] = _stored(befores(request) if is_rewrite else {}, folder / "original")
        job["kept"] = {path: at for path, at in self._kept.items() if path not in stored}
        job["beside"] = str(request.entry.parent)
        job["outputs"] = str(folder)
        return job


def _wanted(request: VerifyRequest) -> dict[str, list[list[int]]]:
    lines: dict[str, list[list[int]]] = {}
    for path, first, last in sorted(request.wanted):
        lines.setdefault(str(path), []).append([first, last])
    return lines


def _stored(sources: Mapping[Path, bytes], prefix: Path) -> dict[str, str]:
    """Where the contents of files are written down, by the path of each."""
    stored = {}
    for number, (path, content) in enumerate(sources.items()):
        location = Path(f"{prefix}_{number}")
        location.write_bytes(content)
        stored[str(path)] = str(location)
    return stored


def _key(request: VerifyRequest) -> str:
    what = (str(request.entry), request.builds, sorted(request.wanted), request.variants)
    digest = hashlib.sha256(repr(what).encode())
    for path, content in sorted(request.originals.items()):
        digest.update(repr((str(path), hashlib.sha256(content).hexdigest())).encode())
    return digest.hexdigest()
