"""One job of a child: build the models of one side, run them, compare with the original."""

from __future__ import annotations

import contextlib
import json
import os
from typing import Any, Dict, List, Literal, Mapping, Optional

from .bridge.bridge import Bridge
from .capture import overlay, stubs
from .capture.assigned import Values, record_values
from .capture.automatic_names import record_automatic_names
from .capture.capture import capture_models
from .capture.captured import Capture, Task
from .capture.given import given_difference
from .capture.keras_generation import is_keras_3
from .capture.loose_models import LooseModels
from .capture.made_at import placer
from .capture.raw_ops import MadeOp, bridged_op_recorder, record_raw_ops, with_models
from .capture.rewritten import Marks, mark_changes
from .capture.seeds_given import record_seeds, seeds_difference, snapshot
from .capture.unconverted import leave_unconverted
from .capture.working_folder import working_folder
from .comparison import Comparison
from .numbers.eager_kernels import run_ops_as_kernels
from .numbers.seeds import make_deterministic
from .originals import run_originals, run_originals_again, without_running
from .protocol import Job, OriginalResult, RewrittenResult, SideResult
from .saving.checkpoints import model_files
from .saving.reload import reload_models

CPU = "CPU"


def run(job: Job) -> None:
    """Run ``job`` and write its result: what was built, and how it compares."""
    import tensorflow as tf

    device = _device(tf)
    if job["kind"] == "device":
        _write(job, {"device": device})
        return
    sources = {path: _read(location) for path, location in job["sources"].items()}
    before = {path: _read(location) for path, location in job["originals"].items()}
    marks, trees = mark_changes(before, sources)
    served = overlay.install(
        job["entry"],
        sources,
        trees,
        job["beside"],
        into_view=bool(job["kept_by"]),
        kept=job["kept"],
    )
    leave_unconverted(sources)
    folder = working_folder(job["entry"], sources)
    # A buffer may have a name in a folder that is not there yet.
    if job["kept_by"] and os.path.isdir(folder):
        # Nothing changes there, and the script finds the files that it names.
        os.chdir(folder)
    if device == CPU:
        run_ops_as_kernels()
    make_deterministic(tf)
    keras = tf.keras
    files = model_files(keras)
    raw_ops = record_raw_ops(keras, sources)
    used = stubs.install_stubs(keras, sources)
    if job["kind"] == "reload":
        _write(job, {"models": reload_models(tf, files, job, sources)})
        return
    values = Values()
    if job["kind"] == "original" or job["exact"] or "here" in job:
        values = record_values(keras)
    automatic = record_automatic_names()
    seeds = record_seeds()
    reference = _reference(job, "reference") or {}
    task = Task(
        job["entry"],
        job["time_limit"],
        job["builds"],
        job.get("wanted", {}),
        job.get("calls", reference.get("calls", [])),
        job.get("arguments"),
        # The rewritten source makes the same variants, although it may be slower.
        reference.get("variants", job["variants"]),
    )
    place = placer(before, sources)
    loose = None
    if "loose" in job:
        loose = LooseModels(keras, sources, place, reference.get("loose"), job["loose"])
    bridge = _bridge(tf, raw_ops, sources) if job.get("bridged") else None
    with bridge or contextlib.ExitStack():
        capture = capture_models(keras, served, task, raw_ops, loose)
    for captured in capture.models:
        captured.place = place(captured.frames)
    given_seeds = snapshot(seeds)
    # What verification itself assigns later is not the user's.
    capture.values = Values(dict(values.assigned), values.initializers)
    capture.automatic = automatic
    capture.failures += used.failures
    shared: SideResult = {
        "device": device,
        "kept_by": job["kept_by"],
        "failures": capture.failures,
        "notes": [*capture.notes, *used.notes, *_untried(job, capture)],
        "made_up": used.made_up,
        "variants": capture.variants,
        "given": capture.given,
        "seeds": given_seeds,
        "loose": [] if loose is None else loose.found,
        "raw_ops": with_models(
            raw_ops,
            [item.model for item in capture.models],
            (lambda layer: "") if bridge is None else bridge.other_meaning,
        ),
    }
    if job["kind"] == "original":
        # Whoever asks for loose tensors looks for raw ops; under Keras 3 none is recorded.
        shows_none = "loose" in job and not any(op["models"] for op in shared["raw_ops"])
        if reference:
            originals = run_originals_again(tf, capture, reference, job)
        elif shows_none and not is_keras_3():
            originals = without_running(capture, job)
        else:
            originals = run_originals(tf, files, capture, job)
        original: OriginalResult = {
            **shared,
            "models": originals,
            "calls": capture.calls,
            "tried": capture.tried,
        }
        _add_what_ran(original, job, served, marks)
        _write(job, original)
    else:
        comparison = Comparison(tf, files, capture, job, sources)
        models = comparison.with_reference(reference, _reference(job, "here"))
        changed = given_difference(reference.get("given", {}), capture.given)
        rewritten: RewrittenResult = {
            **shared,
            "models": models,
            "given_changed": changed or seeds_difference(reference.get("seeds", {}), given_seeds),
        }
        _add_what_ran(rewritten, job, served, marks)
        _write(job, rewritten)


def _bridge(tf: Any, raw_ops: List[MadeOp], sources: Dict[str, bytes]) -> Bridge:
    return Bridge(tf, bridged_op_recorder(raw_ops, sources))


def _reference(job: Job, name: Literal["reference", "here"]) -> Optional[OriginalResult]:
    if name not in job:
        return None
    found: OriginalResult = json.loads(_read(job[name]).decode())
    return found


def _untried(job: Job, capture: Capture) -> List[str]:
    """A line for the calls with other values that were not made, since they are too many."""
    left = [*job["variants"][len(capture.variants) :], *job["untried"]]
    if not left:
        return []
    return ["%d more values in sight were not tried: %s" % (len(left), left[0])]


def _add_what_ran(result: SideResult, job: Job, served: overlay.Served, marks: Marks) -> None:
    result["borrowed"] = overlay.borrowed(job["entry"], job["beside"])
    result["loaded"] = sorted(served.loaded)
    result["not_run"] = marks.not_run()


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _write(job: Job, result: Mapping[str, Any]) -> None:
    with open(job["result"], "w") as file:
        json.dump(result, file)


def _device(tf: Any) -> str:
    devices = tf.config.list_physical_devices("GPU")
    if not devices:
        return CPU
    details = tf.config.experimental.get_device_details(devices[0])
    return "GPU: %s" % details.get("device_name", devices[0].name)
