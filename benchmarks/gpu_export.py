"""The TensorFlow side of ``gpu_forward``: the fixtures' models as StableHLO, with an index.

TensorFlow is imported once; each form of each fixture is built in a forked child, as in
verification. Needs tf-keras; seen with TensorFlow 2.21 on CPU.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.forked import in_child
from benchmarks.gpu_arguments import argument_types, taken
from benchmarks.gpu_index import (
    ArraySpec,
    Index,
    KeyedWeight,
    LeftOut,
    OpsPair,
    Pair,
    Program,
    keyed_of,
    program_of,
    specs_of,
    stored_array,
    weight_seed,
    write_index,
)
from benchmarks.gpu_ops_export import ops_models
from codemod.verify.child.capture import capture, keras_generation, overlay, stubs
from codemod.verify.child.capture.captured import CapturedModel, Task
from codemod.verify.child.failures import one_line
from codemod.verify.child.numbers import weights
from codemod.verify.child.numbers.inputs import Sample, make_inputs
from codemod.verify.child.numbers.samples import SampleGroups
from codemod.verify.child.numbers.seeds import set_seeds
from codemod.verify.child.numbers.token_ranges import token_limits
from codemod.verify.child.told import plain

TIME_LIMIT = 300.0
# XLA may round float32 products to TF32 on a GPU where a program asks for no precision.
PRECISION = re.compile(r"(?<=precision = )\[DEFAULT, DEFAULT\]")
CONVOLUTION = "#stablehlo<precision DEFAULT>"


class ExportError(Exception):
    """Nothing can be exported. One line."""


class UnsupportedError(Exception):
    """A model that no StableHLO program can stand for."""


def export(fixtures: Path, names: Sequence[str], targets: Sequence[str], folder: Path) -> Index:
    """Export the fixtures called ``names``, all where it is empty; write programs and index."""
    if folder.exists() and any(folder.iterdir()):
        raise ExportError(f"{folder} is not empty")
    hello = keras_generation.prepare(2)
    if "error" in hello:
        raise ExportError(hello["error"])
    found = sorted(path.parent for path in fixtures.glob("*/before.py"))
    chosen = [path for path in found if not names or path.name in names]
    if not chosen:
        raise ExportError(f"{fixtures} holds no fixture of that name")
    folder.mkdir(parents=True, exist_ok=True)
    pairs: list[Pair] = []
    ops: list[OpsPair] = []
    left_out: list[LeftOut] = []
    with_ops = ops_models(chosen, folder) if "ops" in targets else {}
    for number, fixture in enumerate(chosen, 1):
        print(f"[{number}/{len(chosen)}] {fixture.name}", flush=True)
        for item in _export_fixture(fixture, targets, folder, with_ops.get(fixture.name)):
            if isinstance(item, Pair):
                pairs.append(item)
            elif isinstance(item, OpsPair):
                ops.append(item)
            else:
                left_out.append(item)
    index = Index(hello["tensorflow"], hello["keras"], tuple(pairs), tuple(left_out), tuple(ops))
    write_index(index, folder)
    return index


def _export_fixture(
    fixture: Path, targets: Sequence[str], folder: Path, with_ops: dict[str, Any] | None
) -> Iterable[Pair | OpsPair | LeftOut]:
    rewrites = {name: fixture / f"after_{name}.py" for name in targets if name != "ops"}
    golden = [fixture / "after_layer.py", *rewrites.values()]
    if not any(path.exists() for path in golden):
        yield LeftOut(fixture.name, "", "", "nothing in it is rewritten")
        return
    originals = _in_child(fixture, "original", fixture / "before.py", folder)
    for target, path in rewrites.items():
        rewritten = _in_child(fixture, target, path, folder)
        failure = originals.get("failure") or rewritten.get("failure")
        if failure:
            yield LeftOut(fixture.name, target, "", failure)
            continue
        for position, original in enumerate(originals["models"]):
            name = original["name"]
            if position >= len(rewritten["models"]):
                yield LeftOut(fixture.name, target, name, "the rewritten source builds fewer")
                continue
            yield _paired(fixture.name, target, original, rewritten["models"][position])
    if with_ops is not None:
        yield from _with_ops(fixture.name, originals, with_ops)


def _with_ops(
    fixture: str, originals: dict[str, Any], rewritten: dict[str, Any]
) -> Iterable[OpsPair | LeftOut]:
    """The models of the original beside those of Keras 3, by their order."""
    failure = originals.get("failure") or rewritten.get("failure")
    if failure:
        # What came first; the rest follows from it.
        yield LeftOut(fixture, "ops", "", failure.partition("; ")[0])
        return
    for position, original in enumerate(originals["models"]):
        name = original["name"]
        models = rewritten["models"]
        other = models[position] if position < len(models) else {"failure": "it is not built"}
        failure = original.get("failure") or other.get("failure")
        if failure:
            yield LeftOut(fixture, "ops", name, failure)
            continue
        inputs, program = specs_of(original["inputs"]), program_of(original)
        keyed = keyed_of(original["weights"])
        yield OpsPair(fixture, name, inputs, program, other["file"], keyed)


def _paired(
    fixture: str, target: str, original: dict[str, Any], rewritten: dict[str, Any]
) -> Pair | LeftOut:
    failure = original.get("failure") or rewritten.get("failure")
    if failure:
        return LeftOut(fixture, target, original["name"], failure)
    if original["inputs"] != rewritten["inputs"]:
        return LeftOut(fixture, target, original["name"], "the models take different inputs")
    if _weights(original) != _weights(rewritten):
        return LeftOut(fixture, target, original["name"], "the models have different weights")
    return Pair(
        fixture,
        target,
        original["name"],
        specs_of(original["inputs"]),
        program_of(original),
        program_of(rewritten),
    )


def _weights(model: dict[str, Any]) -> list[str]:
    return sorted(str(spec) for spec in model["captures"] if spec["rule"] == "weight")


def _in_child(fixture: Path, form: str, source: Path, folder: Path) -> dict[str, Any]:
    """What one forked child found: models, or the failure that ended it."""
    paths = (fixture.resolve(), form, source.resolve(), folder.resolve())
    found: dict[str, Any] = in_child(lambda: _models(*paths), TIME_LIMIT)
    return found


def _models(fixture: Path, form: str, source: Path, folder: Path) -> dict[str, Any]:
    import tensorflow as tf

    entry = str(fixture / "before.py")
    sources = {entry: source.read_bytes()}
    served = overlay.install(entry, sources, {})
    set_seeds(tf)
    stubs.install_stubs(tf.keras, sources)
    captured = capture.capture_models(tf.keras, served, Task(entry, TIME_LIMIT), [])
    if not captured.models:
        return {"failure": "; ".join(map(plain, captured.failures)) or "it builds no model"}
    return {
        "models": [
            _export_model(tf, item, folder / f"{fixture.name}_{number}_{form}.mlir.gz")
            for number, item in enumerate(captured.models)
        ]
    }


def _export_model(tf: Any, item: CapturedModel, path: Path) -> dict[str, Any]:
    try:
        inputs, program = _exported(tf, item.model, path)
    except UnsupportedError as error:
        return {"name": item.name, "failure": str(error)}
    except Exception as error:
        # What XLA or TensorFlow refuses is that model's reason, the others go on.
        return {"name": item.name, "failure": one_line(error)}
    keyed = [
        asdict(KeyedWeight(*key, _variable_spec(weight, key)))
        for key, weight in weights.weights_by_key(item.model).items()
    ]
    given = [asdict(spec) for spec in inputs]
    return {"name": item.name, "inputs": given, "weights": keyed, **asdict(program)}


def _exported(tf: Any, model: Any, path: Path) -> tuple[list[ArraySpec], Program]:
    """Write the program with the first free sizes that the model accepts."""
    tokens = token_limits(model)[0]
    failure: Exception | None = None
    for group in SampleGroups(model):
        size = group[-1].size
        given = make_inputs(tf, model, Sample(3, size), tokens)
        leaves = tf.nest.flatten(given)
        _refuse_inputs(tf, leaves)
        try:
            text, captures = _lowered(tf, model, given, leaves)
        except UnsupportedError:
            raise
        except Exception as error:
            # Free sizes that the model does not accept; the next ones may fit.
            failure = failure or error
            continue
        inputs = [_input_spec(leaf, i, tokens[i] or 0) for i, leaf in enumerate(leaves)]
        arguments = taken([*inputs, *captures], argument_types(text))
        path.write_bytes(gzip.compress(text.encode(), mtime=0))
        return inputs, Program(path.name, arguments[len(inputs) :])
    raise failure or ValueError("no input fits the model")


def _refuse_inputs(tf: Any, leaves: list[Any]) -> None:
    for leaf in leaves:
        if not isinstance(leaf, tf.Tensor):
            raise UnsupportedError(f"an input is a {type(leaf).__name__}")
        if leaf.dtype == tf.string:
            raise UnsupportedError("an input holds strings")


def _lowered(tf: Any, model: Any, given: Any, leaves: list[Any]) -> tuple[str, list[ArraySpec]]:
    def forward(*values: Any) -> Any:
        packed = tf.nest.pack_sequence_as(given, values)
        return tf.nest.flatten(model(packed, training=False))

    function = tf.function(forward, jit_compile=True, autograph=False)
    concrete = function.get_concrete_function(*leaves)
    captures = _capture_specs(tf, model, concrete)
    text: str = function.experimental_get_compiler_ir(*leaves)(stage="stablehlo")
    if "stablehlo.rng" in text:
        raise UnsupportedError("it draws random numbers, which no seed repeats")
    return PRECISION.sub("[HIGHEST, HIGHEST]", text).replace(
        CONVOLUTION, CONVOLUTION.replace("DEFAULT", "HIGHEST")
    ), captures


def _capture_specs(tf: Any, model: Any, concrete: Any) -> list[ArraySpec]:
    """What the traced function captured, in the order in which XLA takes it after the inputs."""
    keys = {id(weight.handle): key for key, weight in weights.weights_by_key(model).items()}
    variables = {id(variable.handle): variable for variable in concrete.variables}
    specs = []
    for value in concrete.captured_inputs:
        if value.dtype != tf.resource:
            specs.append(stored_array(np.asarray(value.numpy())))
        elif id(value) not in variables:
            raise UnsupportedError("it captures a resource that is no variable")
        else:
            specs.append(_variable_spec(variables[id(value)], keys.get(id(value))))
    return specs


def _variable_spec(variable: Any, key: weights.Key | None) -> ArraySpec:
    values = np.asarray(variable.numpy())
    if key is None or "float" not in str(values.dtype):
        return stored_array(values)
    constant = values.size > 0 and bool((values == values.flat[0]).all())
    return ArraySpec(
        "weight",
        values.shape,
        str(values.dtype),
        seed=weight_seed(key),
        start=float(values.flat[0]) if constant else 0.0,
        positive="variance" in str(variable.name),
    )


def _input_spec(leaf: Any, index: int, tokens: int) -> ArraySpec:
    shape = tuple(int(size) for size in leaf.shape)
    return ArraySpec("input", shape, leaf.dtype.name, seed=1000 + index, tokens=tokens)
