"""The models of an original: run, traced and stored, for rewritten ones to be compared with."""

from __future__ import annotations

import os
from typing import Any, Dict, List, cast

from . import tiers
from .capture.captured import Capture, CapturedModel
from .capture.matching import match_models
from .described import GRAPHS, describe, is_repeated, missing_parts
from .failures import one_line
from .frame.record import frame_of, models_by_weight
from .graphs.proof import write_graphs
from .numbers.additions import run_with_additions
from .numbers.inputs import Sample, make_inputs
from .numbers.samples import run_samples
from .numbers.seeds import reset_states
from .numbers.stored import ADDED, save_arrays, save_output
from .numbers.weights import pair_weights, paired_by, set_weights
from .protocol import Job, OriginalModel, OriginalResult
from .saving.checkpoints import ModelFiles
from .told import plain


def without_running(capture: Capture, job: Job) -> List[OriginalModel]:
    """The models as they were built: nobody compares those of a run without raw ops."""
    return [cast(OriginalModel, describe(captured, job)) for captured in capture.models]


def run_originals(tf: Any, files: ModelFiles, capture: Capture, job: Job) -> List[OriginalModel]:
    """Run each model with inputs that fit it, and store what it gives."""
    described = []
    holders = models_by_weight([captured.model for captured in capture.models])
    for index, captured in enumerate(list(capture.models)):
        entry = cast(OriginalModel, describe(captured, job))
        entry["incomplete"] = missing_parts(captured, capture)
        try:
            prefix = os.path.join(job["outputs"], str(index))
            entry["frame"] = frame_of(captured.model, capture.values, capture.automatic, holders)
            names, _ = pair_weights(captured.model, None)
            set_weights(captured.model, names)
            entry["samples"], entry["tokens"] = run_samples(tf, captured.model, prefix)
            reset_states(captured.model)
            write_graphs(tf, captured.model, names, prefix + GRAPHS, entry["samples"][-1])
            if not is_repeated(captured, capture):
                recorded = tiers.record(tf, files, captured.model, entry, prefix, job)
                entry.update(cast(OriginalModel, recorded))
        except Exception as error:
            # A model that cannot run is that model's verdict, the others go on.
            entry["failure"] = one_line(error)
        described.append(entry)
    return described


def run_originals_again(
    tf: Any, capture: Capture, reference: OriginalResult, job: Job
) -> List[OriginalModel]:
    """Run each model of ``reference`` as this Keras builds it, with the same inputs and weights."""
    matches = match_models(
        reference["models"], capture.models, other_keras=True, is_complete=False
    ).found
    holders = models_by_weight([captured.model for captured in capture.models])
    described: List[OriginalModel] = []
    for index, (before, captured) in enumerate(zip(reference["models"], matches)):
        if captured is None:
            reason = "; ".join(map(plain, capture.failures)) or "the source builds fewer models"
            described.append({"name": before["name"], "line": before["line"], "missing": reason})
            continue
        entry = cast(OriginalModel, describe(captured, job))
        entry["incomplete"] = missing_parts(captured, capture)
        try:
            prefix = os.path.join(job["outputs"], str(index))
            _run_again(tf, captured, capture, holders, before, entry, prefix)
        except Exception as error:
            # What this Keras cannot run is not compared there.
            entry["failure"] = one_line(error)
        described.append(entry)
    return described


def _run_again(
    tf: Any,
    captured: CapturedModel,
    capture: Capture,
    holders: Dict[int, List[str]],
    before: OriginalModel,
    entry: OriginalModel,
    prefix: str,
) -> None:
    if "failure" in before:
        entry["failure"] = before["failure"]
        return
    model = captured.model
    entry["frame"] = frame_of(model, capture.values, capture.automatic, holders)
    names, entry["note"] = pair_weights(model, before["order"])
    entry["paired"] = paired_by(names)
    set_weights(model, names)
    entry["samples"], entry["tokens"] = before["samples"], before["tokens"]
    for number, fields in enumerate(entry["samples"]):
        inputs = make_inputs(tf, model, Sample(**fields), entry["tokens"])
        output, added = run_with_additions(tf, model, inputs)
        save_output("%s_%d.npz" % (prefix, number), output)
        save_arrays(prefix + ADDED % number, added)
    reset_states(model)
    write_graphs(tf, model, names, prefix + GRAPHS, entry["samples"][-1])
