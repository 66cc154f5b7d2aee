"""The models of the rewritten source, compared with those of an original."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple, cast

from . import tiers
from .capture.captured import Capture, CapturedModel
from .capture.keras_generation import is_keras_3
from .capture.matching import match_models
from .described import GRAPHS, describe, is_repeated, missing_parts
from .failures import one_line
from .frame.compare import frame_difference, renamed_outputs
from .frame.counted import Counted, counted_anew, counted_without_missing
from .frame.mentions import mentions, numbers_said
from .frame.record import frame_of, models_by_weight
from .graphs.flags import overridden_flags
from .graphs.proof import compare_graphs
from .numbers.additions import Arrays, run_with_additions
from .numbers.array_difference import compare_named
from .numbers.forward import Output, difference, other_inputs, run_forward
from .numbers.inputs import Sample, make_inputs
from .numbers.seeds import reset_states
from .numbers.stored import ADDED, load_arrays, load_output, storable
from .numbers.weights import (
    Key,
    pair_weights,
    pair_weights_through,
    set_weights,
)
from .protocol import (
    ANOTHER_MODEL,
    Compared,
    Difference,
    Frame,
    Job,
    OriginalModel,
    OriginalResult,
    RewrittenModel,
)
from .saving.checkpoints import ModelFiles
from .told import plain, told, without_lines


@dataclass
class Runs:
    """The outputs of one model, each sample run once; its weights stay what they are.

    Losses and metrics are looked at only ``with_additions``.
    """

    tf: Any
    model: Any
    with_additions: bool
    _known: Dict[object, Tuple[Output, Arrays]] = field(default_factory=dict)

    def of(self, sample: Sample, tokens: List[Optional[int]]) -> Tuple[Output, Arrays]:
        """What the model gives for ``sample``, with losses and metrics, as it is stored."""
        key = (sample, tuple(tokens))
        if key not in self._known:
            inputs = make_inputs(self.tf, self.model, sample, tokens)
            if self.with_additions:
                (structure, leaves), added = run_with_additions(self.tf, self.model, inputs)
            else:
                (structure, leaves), added = run_forward(self.tf, self.model, inputs), {}
            output = structure, [storable(leaf) for leaf in leaves]
            self._known[key] = output, {name: storable(value) for name, value in added.items()}
        return self._known[key]


@dataclass(frozen=True)
class Comparison:
    """Compares the models of ``capture`` with originals; ``sources`` are the rewritten ones."""

    tf: Any
    files: ModelFiles
    capture: Capture
    job: Job
    sources: Dict[str, bytes]
    holders: Dict[int, List[str]] = field(default_factory=dict)
    counted: Counted = field(default_factory=dict)

    def with_reference(
        self, reference: OriginalResult, here: Optional[OriginalResult]
    ) -> List[RewrittenModel]:
        """How each model of ``reference`` compares, and with that of ``here``, if given."""
        described: List[RewrittenModel] = []
        known = set(map(without_lines, reference.get("failures", [])))
        matching = match_models(
            reference["models"],
            self.capture.models,
            other_keras=not self.job["exact"],
            is_complete=known.issuperset(map(without_lines, self.capture.failures)),
        )
        matches, extra = matching.found, matching.extra
        if here is not None:
            self.counted.update(counted_without_missing(here["models"], matches))
        self.holders.update(models_by_weight([one.model for one in self.capture.models]))
        self.capture.failures += [told("%s, `%s`" % (ANOTHER_MODEL, model.name)) for model in extra]
        under_same = [None] * len(matches) if here is None else here["models"]
        for index, (original, captured, same) in enumerate(
            zip(reference["models"], matches, under_same)
        ):
            refused = "" if captured is None else missing_parts(captured, self.capture)
            if captured is None or refused:
                reason = refused or (
                    "; ".join(map(plain, self.capture.failures))
                    or "the rewritten source builds fewer models"
                )
                described.append(
                    {"name": original["name"], "line": original["line"], "missing": reason}
                )
                continue
            described.append(self._one(index, original, captured, same))
            if index in matching.uncertain:
                described[-1]["uncertain"] = True
        return described

    def _one(
        self,
        index: int,
        original: OriginalModel,
        captured: CapturedModel,
        same: Optional[OriginalModel],
    ) -> RewrittenModel:
        runs = Runs(self.tf, captured.model, same is not None)
        entry = cast(RewrittenModel, describe(captured, self.job))
        if is_keras_3() and not is_repeated(captured, self.capture):
            entry["hazards"] = overridden_flags(captured.model)
        entry["order_kept"] = entry["order"] == original["order"]
        depth = self.job["depth"]
        if depth == "order" or (depth == "order first" and not entry["order_kept"]):
            return entry
        if same is not None and "paired" in same:
            entry["here"] = self._here(index, same, captured, runs)
            entry["hazards"] = [*entry.get("hazards", ()), *entry["here"].get("hazards", ())]
        try:
            self._fill(index, original, captured, same, entry, runs)
        except Exception as error:
            # What the rewritten model raises is its verdict.
            entry["failure"] = one_line(error)
        return entry

    def _fill(
        self,
        index: int,
        original: OriginalModel,
        captured: CapturedModel,
        same: Optional[OriginalModel],
        entry: RewrittenModel,
        runs: Runs,
    ) -> None:
        exact = self.job["exact"]
        model = captured.model
        prefix = os.path.join(self.job["outputs"], str(index))
        if same is not None and "here" in entry and "failure" not in entry["here"]:
            entry["note"] = same["note"]
        else:
            names, entry["note"] = pair_weights(model, original["order"])
            if exact and "frame" in original:
                after = self._compare_frames(original["frame"], captured, names, entry)
                if not is_repeated(captured, self.capture):
                    # Told of the first model of its builder; nobody sees the outputs of loose ones.
                    is_seen = not captured.is_loose
                    found = renamed_outputs(original["frame"], after) if is_seen else []
                    found += mentions(original["frame"], after, self.sources)
                    found += numbers_said(original["frame"], after, self.sources)
                    entry["hazards"] = [*entry.get("hazards", ()), *found]
            set_weights(model, names)
        entry["difference"] = compare_samples(runs, original, prefix, exact)
        reset_states(model)
        if exact and os.path.exists(prefix + GRAPHS):
            entry["graph"] = compare_graphs(
                self.tf, model, names, prefix + GRAPHS, list(self.job["sources"])
            )
        if exact and entry["inputs"] != original["inputs"]:
            entry["difference"] = other_inputs(original["inputs"], entry["inputs"])
        is_checked = "failure" not in original and "checkpoints" in original
        if entry["difference"]["tier"] != "different" and is_checked:
            checked = tiers.compare(self.tf, self.files, model, original, prefix, self.job)
            checked["hazards"] = [*entry.get("hazards", ()), *checked.get("hazards", ())]
            entry.update(cast(RewrittenModel, checked))

    def _here(
        self, index: int, original: OriginalModel, captured: CapturedModel, runs: Runs
    ) -> Compared:
        """How a model compares with the original under the same Keras.

        By frames, samples and graphs: gradients follow from the graph, and were compared under
        Keras 2. The order of the weights is nobody's, the original was never saved there.
        """
        entry: Compared = {"order_kept": True, "raw_ops_left": 0}
        model = captured.model
        prefix = os.path.join(os.path.dirname(self.job["here"]), str(index))
        try:
            names = pair_weights_through(model, original["order"], original["paired"])
            before = counted_anew(original["frame"], self.counted)
            own, _ = pair_weights(model, original["order"])
            after = self._compare_frames(before, captured, own, entry)
            entry["hazards"] = numbers_said(before, after, self.sources)
            set_weights(model, names)
            entry["difference"] = compare_samples(runs, original, prefix, True)
            entry["changed"] = _other_additions(runs, original, prefix)
            reset_states(model)
            entry["graph"] = compare_graphs(
                self.tf, model, names, prefix + GRAPHS, list(self.job["sources"])
            )
        except Exception as error:
            entry["failure"] = one_line(error)
        return entry

    def _compare_frames(
        self, before: Frame, captured: CapturedModel, names: Dict[Key, Key], entry: Compared
    ) -> Frame:
        """The frame of the rewritten model, which ``entry`` gets a difference of."""
        capture = self.capture
        after = frame_of(captured.model, capture.values, capture.automatic, self.holders)
        entry["frame_changed"] = frame_difference(before, after, names)
        return after


def compare_samples(runs: Runs, original: OriginalModel, prefix: str, exact: bool) -> Difference:
    """The worst difference of the outputs that were stored under ``prefix``."""
    worst: Difference = {"tier": "bitwise", "ulp": 0, "reason": ""}
    for index, fields in enumerate(original.get("samples", [])):
        sample = Sample(**fields)
        output, _ = runs.of(sample, original["tokens"])
        found = difference(load_output("%s_%d.npz" % (prefix, index)), output, exact=exact)
        if found["tier"] == "different":
            found["reason"] += " (batch %d%s)" % (sample.batch, ", special values" * sample.special)
            return found
        if found["ulp"] >= worst["ulp"] and found["tier"] != "bitwise":
            worst = found
    return worst


def _other_additions(runs: Runs, original: OriginalModel, prefix: str) -> Optional[str]:
    """The first loss or metric that has other bits, in words."""
    for index, fields in enumerate(original["samples"]):
        _, own = runs.of(Sample(**fields), original["tokens"])
        found = compare_named(load_arrays(prefix + ADDED % index), own, "the %s")
        reason = found.reason or found.rounding
        if reason is not None:
            return reason
    return None
