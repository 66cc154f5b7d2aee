"""Rewrites to ``keras.ops`` in ``gpu_forward run``: models of Keras 3 on its JAX backend.

No TensorFlow is imported: a model is loaded from its configuration, gets the weights that the
program of the original takes, and its outputs are compared with those of that program.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from benchmarks.gpu_index import OpsPair, make_array
from benchmarks.gpu_run import Runner, compiled, outputs_of, program_text
from codemod.verify.child.failures import one_line
from codemod.verify.child.numbers import weights
from codemod.verify.child.numbers.forward import difference


@dataclass(frozen=True)
class ComparedOps:
    """One original and its rewrite under Keras 3; ``relative`` is the largest gap, by size."""

    pair: OpsPair
    tier: Literal["bitwise", "close", "different", "not run"]
    ulp: int
    relative: float
    reason: str
    seconds: float


def run_ops_pairs(runner: Runner, pairs: Iterable[OpsPair], folder: Path) -> Iterator[ComparedOps]:
    """Run and compare each pair of the export in ``folder``, in order."""
    os.environ["KERAS_BACKEND"] = "jax"
    for pair in pairs:
        started = time.perf_counter()
        try:
            tier, ulp, relative, reason = _compared(runner, pair, folder)
        except Exception as error:
            # What Keras or XLA refuses is that pair's result, the others go on.
            tier, ulp, relative, reason = "not run", 0, 0.0, one_line(error)
        yield ComparedOps(pair, tier, ulp, relative, reason, time.perf_counter() - started)


def _compared(runner: Runner, pair: OpsPair, folder: Path) -> tuple[Any, int, float, str]:
    inputs = [make_array(spec) for spec in pair.inputs]
    program = compiled(runner, program_text(folder, pair.original))
    original = outputs_of(runner, program, inputs, pair.original)
    rewritten = _forward(runner, _loaded(pair, folder), inputs)
    found = difference(("tensors", original), ("tensors", rewritten), exact=False)
    relative = max(map(relative_gap, original, rewritten), default=0.0)
    return found["tier"], found["ulp"], relative, found["reason"]


def _loaded(pair: OpsPair, folder: Path) -> Any:
    """The model with the original's weights, by layer name, by place where names differ."""
    keras = importlib.import_module("keras")
    model = keras.models.model_from_json((folder / pair.configuration).read_text())
    own = weights.weights_by_key(model)
    given = {(item.layer, item.count, item.index): make_array(item.array) for item in pair.weights}
    if given.keys() != own.keys():
        if len(given) != len(own):
            raise ValueError(f"it has {len(own)} weights, not {len(given)}")
        given = dict(zip(own, given.values()))
    for key, weight in own.items():
        weight.assign(given[key])
    return model


def _forward(runner: Runner, model: Any, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    tree = importlib.import_module("keras").tree

    def forward(trainable: Any, others: Any, leaves: Any) -> Any:
        given = tree.pack_sequence_as(model._inputs_struct, leaves)
        return model.stateless_call(trainable, others, given, training=False)[0]

    states = (model.trainable_variables, model.non_trainable_variables)
    values = [[np.asarray(variable) for variable in group] for group in states]
    given = runner.jax.device_put((*values, list(inputs)), runner.device)
    return [np.asarray(leaf) for leaf in tree.flatten(runner.jax.jit(forward)(*given))]


def relative_gap(left: np.ndarray, right: np.ndarray) -> float:
    """The largest difference as a part of the largest size in its example."""
    if left.dtype.kind != "f" or left.shape != right.shape or not left.size:
        return 0.0
    wide, other = left.astype("float64"), right.astype("float64")
    axes = tuple(range(1, left.ndim))
    with np.errstate(invalid="ignore"):
        gaps = np.where(np.isfinite(wide) & np.isfinite(other), np.abs(wide - other), 0.0)
    largest = np.where(np.isfinite(wide), np.abs(wide), 0.0).max(axis=axes, keepdims=True)
    return float((gaps / np.where(largest, largest, 1.0)).max())


def ops_table(results: Sequence[ComparedOps]) -> list[str]:
    """The lines of the table of a run."""
    close = [item for item in results if item.tier in ("bitwise", "close")]
    ulp = max((item.ulp for item in close), default=0)
    relative = max((item.relative for item in close), default=0.0)
    same = sum(item.tier == "bitwise" for item in results)
    return [
        f"{len(close)} of {len(results)} are the same within the tolerance, {same} of them bit for "
        f"bit; the others differ by up to {ulp} ULP, {relative:.1e} of the largest number.",
        "",
        "| fixture | model | result | relative | seconds |",
        "|---|---|---|---|---|",
        *(
            f"| {item.pair.fixture} | {item.pair.model} | {result_of_ops(item)} "
            f"| {item.relative:.1e} | {item.seconds:.2f} |"
            for item in results
        ),
    ]


def result_of_ops(item: ComparedOps) -> str:
    """What became of a pair, in a few words."""
    reason = item.reason.replace("|", "\\|")
    return {
        "bitwise": "identical bits",
        "close": f"close, {item.ulp} ULP",
        "different": f"different: {reason}",
        "not run": f"not run: {reason}",
    }[item.tier]
