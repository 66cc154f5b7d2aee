"""The checks beside the forward pass: recorded for the original, compared for the rewrite.

A check that the original cannot do is not made; what differs is ``changed``, the reason.
"""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy as np

from .failures import one_line
from .limits import BYTES_FOR_A_PARAMETER, MAXIMUM_PARAMETERS
from .numbers.array_difference import compare_named
from .numbers.batch_mixing import mixes_examples
from .numbers.forward import difference, run_forward
from .numbers.gradients import gradients
from .numbers.inputs import Sample, make_inputs
from .numbers.stored import load_arrays, load_output, save_arrays, storable
from .numbers.training import training_pass
from .numbers.weight_state import Pairs
from .numbers.weights import paired_weights
from .protocol import Checked, Job, OriginalModel, Pass, Recorded
from .saving.checkpoints import (
    AS_KERAS,
    BY_NAME,
    KERAS_FILE,
    ModelFiles,
    for_keras_3,
    load_failures,
    names_with_weights,
    save_checkpoints,
)
from .saving.lifecycle import clone_and_load, save_failure
from .saving.registered import are_registered_by, custom_names
from .saving.stores import load_alike

MIXING = "the outputs for an example change with the other examples of its batch"
Arrays = Dict[str, np.ndarray]


def record(
    tf: Any,
    files: ModelFiles,
    model: Any,
    entry: OriginalModel,
    prefix: str,
    job: Job,
) -> Recorded:
    """Gradients, training and checkpoints of the original, stored under ``prefix``.

    ``entry`` has the model's ``samples`` and ``tokens``. For ``gradients`` and ``training`` the
    result is "" or why they are not compared; ``checkpoints`` are the formats that are saved,
    or with ``job["loads"]`` those that the model itself can load.
    """
    pairs = paired_weights(model, None)
    reason = too_large(entry["parameters"], job["memory_limit"])
    if reason:
        return {"too_large": reason, "checkpoints": []}
    found = _record_passes(tf, model, entry, prefix, pairs)
    index, inputs = _plain_inputs(tf, model, entry)
    found["names"] = names_with_weights(model)
    _, once = load_output("%s_%d.npz" % (prefix, index))
    found["hazards"] = [MIXING] if mixes_examples(tf, model, inputs, once) else []
    if job.get("bridged"):
        # It never ran without the bridge: nobody has a file of it.
        return {**found, "checkpoints": []}
    found["checkpoints"] = save_checkpoints(files, model, prefix)
    found["saved"] = prefix + KERAS_FILE if os.path.exists(prefix + KERAS_FILE) else None
    if job.get("loads"):
        failures = load_failures(files, model, pairs, prefix, found["checkpoints"])
        found["checkpoints"] = [one for one in found["checkpoints"] if one not in failures]
    return found


def too_large(parameters: int, memory_limit: Optional[int]) -> str:
    """Why gradients, training and checkpoints of so large a model are not compared, or ""."""
    allowed = MAXIMUM_PARAMETERS
    if memory_limit is not None:
        allowed = min(allowed, memory_limit // BYTES_FOR_A_PARAMETER)
    if parameters <= allowed:
        return ""
    why = "" if allowed == MAXIMUM_PARAMETERS else ", for which the memory is too small"
    return "the model has more than %d million parameters%s" % (allowed // 10**6, why)


def _record_passes(
    tf: Any, model: Any, entry: OriginalModel, prefix: str, pairs: Pairs
) -> Recorded:
    _, inputs = _plain_inputs(tf, model, entry)
    found: Recorded = {}
    for name, run in _runs(tf, model, inputs, pairs).items():
        try:
            save_arrays("%s_%s.npz" % (prefix, name), run())
            found[name] = ""
        except Exception as error:
            # An op without a gradient, or code that only runs without training.
            found[name] = one_line(error)
    return found


def compare(
    tf: Any,
    files: ModelFiles,
    model: Any,
    original: OriginalModel,
    prefix: str,
    job: Job,
) -> Checked:
    """What the rewritten model does otherwise than ``original``, whose files have ``prefix``.

    ``not_loaded`` are checkpoints, with the reason; the original may not load them either.
    Under Keras 3 nothing is ``changed``: dropout draws other numbers there, and the rules of its
    checkpoints are its own. ``hazards`` are what users of the rewritten model should know.
    """
    if original.get("too_large"):
        return {"notes": [original["too_large"] + ": gradients and checkpoints are not compared"]}
    pairs = paired_weights(model, original["order"])
    found: Checked = {"changed": None, "notes": [], "hazards": []}
    if job["exact"]:
        _compare_arrays(tf, model, original, prefix, pairs, found)

    def same_outputs() -> bool:
        sample = Sample(**original["samples"][0])
        output = run_forward(tf, model, make_inputs(tf, model, sample, original["tokens"]))
        stored = output[0], [storable(leaf) for leaf in output[1]]
        result = difference(load_output(prefix + "_0.npz"), stored, exact=job["exact"])
        return bool(result["tier"] != "different")

    titles = list(original["checkpoints"])
    if not job["exact"]:
        titles = for_keras_3(titles, prefix)
    if names_with_weights(model) == original["names"] and BY_NAME in titles:
        titles.remove(BY_NAME)
    path = os.path.join(os.path.dirname(job["result"]), os.path.basename(prefix) + KERAS_FILE)
    unsaved = save_failure(files, model, path)
    is_known = job["exact"] and AS_KERAS in titles and unsaved is None
    if is_known and load_alike(model, path, prefix + KERAS_FILE):
        titles.remove(AS_KERAS)
    failures = load_failures(files, model, pairs, prefix, titles, same_outputs)
    if job["exact"]:
        found["not_loaded"] = failures
    elif failures:
        found["hazards"].append(_not_loaded_by_keras_3(titles, failures))
    if found["changed"] is None:
        _, inputs = _plain_inputs(tf, model, original)
        alike = partial(_loads_as_in_another_process, tf, path, job)
        known = clone_and_load(tf, files, model, inputs, path if unsaved is None else "", alike)
        found["lifecycle"] = {"save": unsaved, **known}
        is_loaded = known.get("load", "") is None
        found["saved"] = path if unsaved is None and not is_loaded else None
    return found


def _loads_as_in_another_process(tf: Any, path: str, job: Job) -> bool:
    """Whether a process that imports the entry alone has all classes of the file ``path``."""
    entry = job["entry"]
    if job["builds"] or entry not in job["sources"]:
        return False
    with open(job["sources"][entry], "rb") as file:
        return are_registered_by(tf, custom_names(path), entry, file.read())


def _runs(tf: Any, model: Any, inputs: Any, pairs: Pairs) -> Dict[Pass, Callable[[], Arrays]]:
    return {
        "gradients": lambda: gradients(tf, model, inputs, pairs),
        "training": lambda: training_pass(tf, model, inputs, pairs),
    }


def _plain_inputs(tf: Any, model: Any, entry: OriginalModel) -> Tuple[int, Any]:
    """The number of a sample without special values, of a larger batch if any, and its inputs."""
    samples = [Sample(**fields) for fields in entry["samples"]]
    plain = [index for index, sample in enumerate(samples) if not sample.special]
    index = max(plain, key=lambda one: samples[one].batch)
    return index, make_inputs(tf, model, samples[index], entry["tokens"])


def _compare_arrays(
    tf: Any,
    model: Any,
    original: OriginalModel,
    prefix: str,
    pairs: Pairs,
    found: Checked,
) -> None:
    templates: Dict[Pass, str] = {
        "gradients": "the gradient of %s",
        "training": "with training=True, %s",
    }
    _, inputs = _plain_inputs(tf, model, original)
    for name, run in _runs(tf, model, inputs, pairs).items():
        if original[name]:
            found["notes"].append("%s not compared: %s" % (name, original[name]))
            continue
        reference = load_arrays("%s_%s.npz" % (prefix, name))
        try:
            own = _stored(run())
        except Exception as error:
            # What the original can do and the rewritten model cannot is the difference.
            text = "%s of the rewritten model fail: %s" % (name, one_line(error))
            found["changed"] = found["changed"] or text
            continue
        reason, rounding = compare_named(reference, own, templates[name])
        if name == "training":
            reason, rounding = reason or rounding, None
        if rounding:
            found["notes"].append(rounding + ", by rounding")
        if reason and compare_named(own, _stored(run()), "%s") != (None, None):
            found["notes"].append("%s not compared: two equal runs differ" % name)
        elif reason:
            found["changed"] = found["changed"] or reason


def _stored(arrays: Arrays) -> Arrays:
    return {name: storable(array) for name, array in arrays.items()}


def _not_loaded_by_keras_3(usable: List[str], failures: Dict[str, str]) -> str:
    reason = next(iter(failures.values()))
    loading = [one for one in usable if one not in failures]
    text = "weights that Keras 2 saved as %s do not load (%s)" % (" or ".join(failures), reason)
    return "%s; %s do" % (text, " and ".join(loading)) if loading else text
