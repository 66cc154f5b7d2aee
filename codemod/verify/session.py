"""Our side of verification: worker processes, jobs, and verdicts from what they answer."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from codemod.errors import CodemodError
from codemod.verify.lifecycle import hazards_of, load_failures, saved_models, without_excused
from codemod.verify.records import Device, Probe, Verdict, VerifyOptions, VerifyRequest
from codemod.verify.verdicts import probe_of, unverified, verdict_of

WORKER = Path(__file__).with_name("worker.py")
KERAS_2, KERAS_3 = 2, 3


class VerifyError(CodemodError):
    """Nothing can be verified: no interpreter, no TensorFlow, no GPU. One line."""


class VerifySession:
    """Owns the worker processes for one set of options; use it as a context manager."""

    def __init__(self, options: VerifyOptions) -> None:
        self._options = options
        self._folder = tempfile.TemporaryDirectory(prefix="keras-codemod-")
        self._workers: dict[int, _Worker] = {}
        self._originals: dict[str, tuple[Path, dict[str, Any]]] = {}
        self._numbers = itertools.count()
        self._device: str | None = None

    def __enter__(self) -> VerifySession:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for worker in self._workers.values():
            worker.close()
        self._folder.cleanup()

    def probe(self, request: VerifyRequest) -> Probe:
        """Run the originals under Keras 2: their raw ops and models, or why they do not run."""
        _, result = self._original(request)
        return probe_of(result)

    def verify(self, request: VerifyRequest, keras3: bool = True) -> Verdict:
        """Build and run both sides and compare them; one call of each model for each sample.

        ``keras3`` set to False leaves out the rewrite's run under Keras 3, and the hazards.
        """
        folder, original = self._original(request)
        probe = probe_of(original)
        if probe.failure is not None or not probe.models:
            return unverified(probe, self._device or "")
        # Keras 3 works on its own while Keras 2 does.
        asked = keras3 and self._options.keras3
        under_3 = self._begin_compare(KERAS_3, request, folder) if asked else None
        rewritten = self._begin_compare(KERAS_2, request, folder)()
        if load_failures(rewritten):
            rewritten = without_excused(rewritten, self._loadable(request))
        reloaded = self._reload(request, request.rewrites, folder, rewritten) if keras3 else {}
        ported = under_3() if under_3 is not None else None
        verdict = verdict_of(original, rewritten, ported)
        if not keras3 or verdict.verdict in ("different", "unverified"):
            return verdict

        def original_reloaded() -> dict[int, dict[str, Any]]:
            return self._reload(request, request.originals, folder, original)

        hazards = hazards_of(original, rewritten, ported, reloaded, original_reloaded)
        return replace(verdict, hazards=hazards)

    def _loadable(self, request: VerifyRequest) -> dict[str, Any]:
        """The result of the original with the checkpoints that it can itself load."""
        key = _key(request) + " loads"
        if key not in self._originals:
            folder = self._new_folder()
            job = self._job("original", request, request.originals, folder)
            self._originals[key] = folder, self._worker(KERAS_2).run({**job, "loads": True})
        return self._originals[key][1]

    def _reload(
        self,
        request: VerifyRequest,
        sources: Mapping[Path, bytes],
        reference: Path,
        side: Mapping[str, Any],
    ) -> dict[int, dict[str, Any]]:
        """Load what one side saved in a fresh child; the findings by the model's index."""
        _, original = self._original(request)
        saved = saved_models(original, side, str(reference))
        if not saved:
            return {}
        job = self._job("reload", request, sources, self._new_folder())
        result = self._worker(KERAS_2).run({**job, "saved": saved})
        if "failure" in result:
            reason = {"load": result["failure"], "clone": None}
            return {item["index"]: reason for item in saved}
        return {item["index"]: found for item, found in zip(saved, result["models"])}

    def _original(self, request: VerifyRequest) -> tuple[Path, dict[str, Any]]:
        self._check_device()
        key = _key(request)
        if key not in self._originals:
            folder = self._new_folder()
            job = self._job("original", request, request.originals, folder)
            result = self._worker(KERAS_2).run(job)
            (folder / "reference.json").write_text(json.dumps(result))
            self._originals[key] = folder, result
        return self._originals[key]

    def _begin_compare(
        self, generation: int, request: VerifyRequest, reference: Path
    ) -> Callable[[], dict[str, Any]]:
        """Start the rewritten source's job; the returned function waits for its result."""
        worker = self._worker(generation)
        problem = worker.problem
        if problem is not None:
            return lambda: {"failure": problem, "absent": True}
        job = self._job("rewritten", request, request.rewrites, self._new_folder())
        job["reference"] = str(reference / "reference.json")
        job["outputs"] = str(reference)
        job["exact"] = generation == KERAS_2
        return worker.begin(job)

    def _check_device(self) -> None:
        if self._device is None:
            folder = self._new_folder()
            job = {**self._limits(folder), "kind": "device"}
            self._device = str(self._worker(KERAS_2).run(job).get("device", "CPU"))
        if self._options.device == "gpu" and not self._device.startswith("GPU"):
            raise VerifyError(
                "--device gpu: TensorFlow sees no GPU here; use --device cpu, or install a "
                "TensorFlow with CUDA"
            )

    def _worker(self, generation: int) -> _Worker:
        if generation not in self._workers:
            python = self._options.python
            if generation == KERAS_2:
                python = self._options.python_original or python
            worker = _Worker(python, self._options.device, generation)
            self._workers[generation] = worker
            if generation == KERAS_2 and worker.problem is not None:
                raise VerifyError(f"{python} cannot verify: {worker.problem}")
        return self._workers[generation]

    def _new_folder(self) -> Path:
        folder = Path(self._folder.name, str(next(self._numbers)))
        (folder / "work").mkdir(parents=True)
        return folder

    def _limits(self, folder: Path) -> dict[str, Any]:
        return {
            "result": str(folder / "result.json"),
            "working_folder": str(folder / "work"),
            "time_limit": self._options.time_limit,
            "memory_limit": self._options.memory_limit,
        }

    def _job(
        self, kind: str, request: VerifyRequest, sources: Mapping[Path, bytes], folder: Path
    ) -> dict[str, Any]:
        stored = {}
        for number, (path, content) in enumerate(sources.items()):
            location = folder / f"source_{number}"
            location.write_bytes(content)
            stored[str(path)] = str(location)
        if str(request.entry) not in stored:
            stored[str(request.entry)] = str(request.entry)
        return {
            **self._limits(folder),
            "kind": kind,
            "entry": str(request.entry),
            "builds": list(request.builds),
            "sources": stored,
            "outputs": str(folder),
        }


def _key(request: VerifyRequest) -> str:
    digest = hashlib.sha256(repr((str(request.entry), request.builds)).encode())
    for path, content in sorted(request.originals.items()):
        digest.update(repr((str(path), hashlib.sha256(content).hexdigest())).encode())
    return digest.hexdigest()


class _Worker:
    """One parent process; ``problem`` says why it cannot work, if so."""

    def __init__(self, python: str, device: Device, generation: int) -> None:
        environment = {
            **os.environ,
            "TF_USE_LEGACY_KERAS": "1" if generation == KERAS_2 else "0",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "TF_ENABLE_ONEDNN_OPTS": "0",
            "PYTHONHASHSEED": "0",
            "MPLBACKEND": "Agg",
        }
        for name in ("KERAS_BACKEND", "PYTHONPATH") if generation == KERAS_3 else ():
            environment.pop(name, None)
        if device == "cpu":
            environment["CUDA_VISIBLE_DEVICES"] = "-1"
        try:
            self._process = subprocess.Popen(
                [python, str(WORKER), str(generation)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                text=True,
            )
        except OSError as error:
            raise VerifyError(
                f"{python} cannot be started ({error.strerror}); check --python"
            ) from error
        hello = self._answer()
        self.problem: str | None = hello.get("error") or hello.get("failure")

    def run(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Run one job; a result with ``failure`` where the child came to no end."""
        return self.begin(job)()

    def begin(self, job: Mapping[str, Any]) -> Callable[[], dict[str, Any]]:
        """Start one job; the returned function waits for its end and gives the result.

        It must be called before the next job begins.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return lambda: {"failure": "the worker process has ended"}
        return partial(self._result, job)

    def _result(self, job: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._answer()
        result = Path(job["result"])
        if answer.get("status") == "done" and result.exists():
            loaded: dict[str, Any] = json.loads(result.read_text())
            return loaded
        return {"failure": f"running the code failed: {answer.get('detail', 'no answer')}"}

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            return {"failure": "the worker process has ended"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the process: it stops at the end of its input."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            self._process.kill()
        self._process.stdout.close()
        self._process.wait()
