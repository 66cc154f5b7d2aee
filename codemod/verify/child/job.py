"""One job of a child: build the models of one side, run them, compare with the original."""

from __future__ import annotations

import json
import math
import os
from typing import Any, Dict, List, Mapping, cast

from . import tiers
from .capture import overlay, stubs
from .capture.assigned import Values, record_values
from .capture.capture import capture_models
from .capture.captured import Capture, CapturedModel, Task
from .capture.given import given_difference
from .capture.matching import match_models
from .capture.raw_ops import is_op_layer, record_raw_ops, with_models
from .capture.rewritten import Marks, mark_changes
from .capture.working_folder import working_folder
from .failures import one_line
from .frame.compare import frame_difference, renamed_outputs
from .frame.mentions import mentions
from .frame.record import frame_of
from .graphs.proof import compare_graphs, write_graphs
from .layers import leaf_layers, weights_of
from .numbers.eager_kernels import run_ops_as_kernels
from .numbers.forward import difference, other_inputs, run_forward
from .numbers.inputs import Sample, make_inputs
from .numbers.samples import run_samples
from .numbers.seeds import make_deterministic, reset_states
from .numbers.stored import load_output, storable
from .numbers.weights import Key, pair_weights, set_weights, weight_order
from .protocol import (
    DescribedModel,
    Difference,
    Frame,
    Job,
    OriginalModel,
    OriginalResult,
    RewrittenModel,
    RewrittenResult,
    SideResult,
)
from .saving.checkpoints import ModelFiles, model_files
from .saving.reload import reload_models
from .told import plain, told

GRAPHS = "_graphs.json"
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
    if job["kind"] == "original" or job["exact"]:
        values = record_values(keras)
    reference: OriginalResult = {}
    if job["kind"] == "rewritten":
        reference = json.loads(_read(job["reference"]).decode())
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
    capture = capture_models(keras, served, task, raw_ops)
    # What verification itself assigns later is not the user's.
    capture.values = Values(dict(values.assigned), values.initializers)
    capture.failures += used.failures
    shared: SideResult = {
        "device": device,
        "kept_by": job["kept_by"],
        "failures": capture.failures,
        "notes": [*capture.notes, *used.notes, *_untried(job, capture)],
        "variants": capture.variants,
        "given": capture.given,
        "raw_ops": with_models(raw_ops, [item.model for item in capture.models]),
    }
    if job["kind"] == "original":
        originals = _run_originals(tf, files, capture, job)
        original: OriginalResult = {**shared, "models": originals, "calls": capture.calls}
        _add_what_ran(original, job, served, marks)
        _write(job, original)
    else:
        models = _compare(tf, files, capture, reference, job, sources)
        changed = given_difference(reference.get("given", {}), capture.given)
        rewritten: RewrittenResult = {**shared, "models": models, "given_changed": changed}
        _add_what_ran(rewritten, job, served, marks)
        _write(job, rewritten)


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


def _describe(captured: CapturedModel) -> DescribedModel:
    model = captured.model
    return {
        "name": captured.name,
        "line": captured.line,
        "builder": captured.builder,
        "variant": captured.variant,
        "inputs": [_signature(tensor) for tensor in model.inputs],
        "order": weight_order(model),
        "raw_ops_left": sum(is_op_layer(layer) for layer in leaf_layers(model)),
        "parameters": _parameters(model),
    }


def _parameters(model: Any) -> int:
    """How many numbers the weights hold; a shared layer counts once."""
    weights = {id(w): w for layer in leaf_layers(model) for w in weights_of(layer)}
    return sum(math.prod(int(size) for size in weight.shape) for weight in weights.values())


def _signature(tensor: Any) -> str:
    """Name, dtype and sizes of an input; Keras 3 gives other names."""
    dtype = tensor.dtype if isinstance(tensor.dtype, str) else tensor.dtype.name
    return "`%s` of %s %s" % (getattr(tensor, "name", ""), dtype, tensor.shape)


def _run_originals(tf: Any, files: ModelFiles, capture: Capture, job: Job) -> List[OriginalModel]:
    described = []
    for index, captured in enumerate(list(capture.models)):
        entry = cast(OriginalModel, _describe(captured))
        try:
            prefix = os.path.join(job["outputs"], str(index))
            entry["frame"] = frame_of(captured.model, capture.values)
            names, _ = pair_weights(captured.model, None)
            set_weights(captured.model, names)
            entry["samples"], entry["tokens"] = run_samples(tf, captured.model, prefix)
            reset_states(captured.model)
            write_graphs(tf, captured.model, names, prefix + GRAPHS, entry["samples"][-1])
            if not _is_repeated(captured, capture):
                recorded = tiers.record(tf, files, captured.model, entry, prefix, job)
                entry.update(cast(OriginalModel, recorded))
        except Exception as error:
            # A model that cannot run is that model's verdict, the others go on.
            entry["failure"] = one_line(error)
        described.append(entry)
    return described


def _compare(
    tf: Any,
    files: ModelFiles,
    capture: Capture,
    reference: OriginalResult,
    job: Job,
    sources: Dict[str, bytes],
) -> List[RewrittenModel]:
    described: List[RewrittenModel] = []
    matches, extra = match_models(reference["models"], capture.models)
    capture.failures += [told("it makes another model, `%s`" % model.name) for model in extra]
    for index, (original, captured) in enumerate(zip(reference["models"], matches)):
        if captured is None:
            reason = (
                "; ".join(map(plain, capture.failures))
                or "the rewritten source builds fewer models"
            )
            described.append(
                {"name": original["name"], "line": original["line"], "missing": reason}
            )
            continue
        entry = cast(RewrittenModel, _describe(captured))
        entry["order_kept"] = entry["order"] == original["order"]
        if job["depth"] == "order" or (job["depth"] == "order first" and not entry["order_kept"]):
            described.append(entry)
            continue
        try:
            prefix = os.path.join(job["outputs"], str(index))
            names, entry["note"] = pair_weights(captured.model, original["order"])
            if job["exact"] and "frame" in original:
                after = frame_of(captured.model, capture.values)
                _compare_frames(original["frame"], after, names, sources, entry)
                if _is_repeated(captured, capture):
                    # Told of the first model of its builder.
                    entry["hazards"] = []
            set_weights(captured.model, names)
            entry["difference"] = _compare_samples(tf, captured.model, original, prefix, job)
            reset_states(captured.model)
            if job["exact"] and os.path.exists(prefix + GRAPHS):
                entry["graph"] = compare_graphs(
                    tf, captured.model, names, prefix + GRAPHS, list(job["sources"])
                )
            if job["exact"] and entry["inputs"] != original["inputs"]:
                entry["difference"] = other_inputs(original["inputs"], entry["inputs"])
            is_checked = "failure" not in original and "gradients" in original
            if entry["difference"]["tier"] != "different" and is_checked:
                checked = tiers.compare(tf, files, captured.model, original, prefix, job)
                checked["hazards"] = [*entry.get("hazards", ()), *checked.get("hazards", ())]
                entry.update(cast(RewrittenModel, checked))
        except Exception as error:
            # What the rewritten model raises is its verdict.
            entry["failure"] = one_line(error)
        described.append(entry)
    return described


def _is_repeated(captured: CapturedModel, capture: Capture) -> bool:
    """Whether it is a variant of an earlier model, of which gradients and saving are checked."""
    earlier = capture.models[: capture.models.index(captured)]
    return bool(captured.variant) and any(one.builder == captured.builder for one in earlier)


def _compare_frames(
    before: Frame,
    after: Frame,
    names: Dict[Key, Key],
    sources: Dict[str, bytes],
    entry: RewrittenModel,
) -> None:
    entry["frame_changed"] = frame_difference(before, after, names)
    entry["hazards"] = [*renamed_outputs(before, after), *mentions(before, after, sources)]


def _compare_samples(
    tf: Any, model: Any, original: OriginalModel, prefix: str, job: Job
) -> Difference:
    worst: Difference = {"tier": "bitwise", "ulp": 0, "reason": ""}
    for index, fields in enumerate(original.get("samples", [])):
        sample = Sample(**fields)
        output = run_forward(tf, model, make_inputs(tf, model, sample, original["tokens"]))
        stored = output[0], [storable(leaf) for leaf in output[1]]
        found = difference(load_output("%s_%d.npz" % (prefix, index)), stored, exact=job["exact"])
        if found["tier"] == "different":
            found["reason"] += " (batch %d%s)" % (sample.batch, ", special values" * sample.special)
            return found
        if found["ulp"] >= worst["ulp"] and found["tier"] != "bitwise":
            worst = found
    return worst
