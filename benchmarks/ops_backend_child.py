"""What ``ops_backends`` runs under one backend of Keras 3: models of a folder, and rows of a table.

``python -m benchmarks.ops_backend_child FOLDER BACKEND`` reads ``FOLDER/jobs.json``. On the backend
``tensorflow`` it writes weights, inputs and outputs of each model into FOLDER; on another one it
reads these, and says how the outputs differ. Keras is imported once, and each source is run in a
forked child, as in verification.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.forked import in_child
from benchmarks.gpu_ops import relative_gap
from codemod.verify.child.capture import capture, keras_generation, overlay, stubs
from codemod.verify.child.capture.captured import Task
from codemod.verify.child.failures import one_line
from codemod.verify.child.numbers import weights
from codemod.verify.child.numbers.forward import difference
from codemod.verify.child.numbers.inputs import inputs_in_order, make_inputs, pack_inputs
from codemod.verify.child.numbers.samples import SampleGroups
from codemod.verify.child.numbers.token_ranges import token_limits
from codemod.verify.child.told import plain
from tests.support.ops_cases import DTYPES, SHAPES

TIME_LIMIT = 600.0
RECORDS = "tensorflow"
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.1, 2.5, -2.5, 0.5, 1e-30, 1e30, float("inf"), float("nan")]
Fields = dict[str, Any]


def main(folder: Path, backend: str) -> int:
    """Do the jobs of ``folder`` and write ``FOLDER/BACKEND.json``."""
    os.environ["KERAS_BACKEND"] = backend
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ["JAX_PLATFORMS"] = "cpu"
    answer: Fields = {"versions": _versions(backend), "models": {}}
    jobs = json.loads((folder / "jobs.json").read_text())
    for number, (name, path) in enumerate(jobs["sources"].items(), 1):
        print(f"{backend} [{number}/{len(jobs['sources'])}] {name}", file=sys.stderr, flush=True)
        work = functools.partial(_models, folder, backend, name, path)
        answer["models"][name] = in_child(work, TIME_LIMIT)
    answer["rows"] = in_child(lambda: _rows(folder, backend, jobs["rows"]), TIME_LIMIT)
    (folder / f"{backend}.json").write_text(json.dumps(answer))
    return 0


def _versions(backend: str) -> dict[str, str]:
    hello = keras_generation.prepare(3)
    if "error" in hello:
        raise SystemExit(hello["error"])
    import keras

    found = {"keras": keras.__version__, "tensorflow": hello["tensorflow"]}
    if keras.backend.backend() != backend:
        raise SystemExit(f"Keras runs on {keras.backend.backend()}, not on {backend}")
    return {**found, backend: __import__(backend).__version__}


def _models(folder: Path, backend: str, name: str, path: str) -> Fields:
    import tensorflow as tf

    source = (folder / f"{name}.py").read_bytes()
    served = overlay.install(path, {path: source}, {})
    # The stubs take their place.
    methods = (tf.keras.Model.save_weights, tf.keras.Model.load_weights)
    stubs.install_stubs(tf.keras, {path: source})
    caught = capture.capture_models(tf.keras, served, Task(path, TIME_LIMIT), [])
    told: Fields = {"models": [], "failure": "; ".join(map(plain, caught.failures))}
    seen: Counter[str] = Counter()
    for item in caught.models:
        # Where one model is not built, the others have other numbers.
        key = f"{item.name}_{seen[item.name]}"
        seen[item.name] += 1
        prefix = folder / f"{name}_{key.replace('/', '_')}"
        try:
            if backend == RECORDS:
                found = _record(tf, item.model, prefix, methods[0])
            else:
                found = _compare(tf, item.model, prefix, methods[1])
            told["models"].append({"name": item.name, "key": key, **found})
        except Exception as error:
            # What a backend refuses is that model's result, the others go on.
            told["models"].append({"name": item.name, "key": key, "failure": one_line(error)})
    return told


def _record(tf: Any, model: Any, prefix: Path, save: Callable[..., None]) -> Fields:
    weights.set_weights(model, {key: key for key in weights.weights_by_key(model)})
    given, first = _accepted(tf, model)
    leaves = tf.nest.flatten(given)
    if any(leaf.dtype == tf.string for leaf in leaves):
        return {"failure": "an input holds strings"}
    again = _outputs(model(given, training=False))
    if any(a.tobytes() != b.tobytes() for a, b in zip(first, again)):
        return {"failure": "it draws random numbers"}
    save(model, f"{prefix}.weights.h5")
    np.savez(f"{prefix}_inputs.npz", *[leaf.numpy() for leaf in leaves])
    np.savez(f"{prefix}_outputs.npz", *first)
    return {"outputs": len(first)}


def _accepted(tf: Any, model: Any) -> tuple[Any, list[np.ndarray]]:
    """The first inputs that the model accepts, and its outputs."""
    failure: Exception | None = None
    for tokens in token_limits(model):
        for group in SampleGroups(model):
            given = make_inputs(tf, model, group[-1], tokens)
            try:
                return given, _outputs(model(given, training=False))
            except Exception as error:
                failure = failure or error
    raise failure or ValueError("no input fits the model")


def _compare(tf: Any, model: Any, prefix: Path, load: Callable[..., None]) -> Fields:
    if not Path(f"{prefix}_outputs.npz").exists():
        return {"failure": "it was not run on TensorFlow"}
    load(model, f"{prefix}.weights.h5")
    leaves = _arrays(f"{prefix}_inputs.npz")
    if len(leaves) != len(inputs_in_order(model)):
        return {"failure": "it takes other inputs"}
    found = _outputs(model(pack_inputs(tf, model, leaves), training=False))
    return _differences(_arrays(f"{prefix}_outputs.npz"), found)


def _differences(expected: list[np.ndarray], found: list[np.ndarray]) -> Fields:
    if len(expected) != len(found):
        return {"failure": f"{len(found)} outputs, not {len(expected)}"}
    told = difference(("", expected), ("", found), exact=False)
    other = [
        f"{right.dtype} for {left.dtype}"
        for left, right in zip(expected, found)
        if left.dtype != right.dtype
    ]
    relative = max(map(relative_gap, expected, found), default=0.0)
    return {**told, "relative": relative, "dtypes": sorted(set(other))}


def _outputs(result: Any) -> list[np.ndarray]:
    import keras

    leaves = keras.tree.flatten(result)
    return [np.asarray(keras.ops.convert_to_numpy(leaf)) for leaf in leaves]


def _arrays(path: str) -> list[np.ndarray]:
    with np.load(path) as stored:
        return [stored[name] for name in stored.files]


def _rows(folder: Path, backend: str, rows: list[Fields]) -> list[Fields]:
    """How each row differs: for usual values, and for special ones."""
    return [_row(folder, backend, number, row) for number, row in enumerate(rows)]


def _row(folder: Path, backend: str, number: int, row: Fields) -> Fields:
    told: Fields = {}
    for kind in ("usual", "special"):
        path = f"{folder}/row_{number}_{kind}.npz"
        try:
            if backend == RECORDS:
                np.savez(path, *_outputs(_evaluated(row["raw"], row["dtype"], kind, backend)))
            elif os.path.exists(path):
                result = _outputs(_evaluated(row["text"], row["dtype"], kind, backend))
                told[kind] = _differences(_arrays(path), result)
        except Exception as error:
            told[kind] = {"failure": one_line(error)}
    return told


def _evaluated(text: str, dtype: str, kind: str, backend: str) -> Any:
    import keras

    names: Fields = {"keras": keras}
    if backend == RECORDS:
        import tensorflow as tf
        from tf_keras import backend as keras_backend

        names |= {"tf": tf, "K": keras_backend}
    values = dict(_samples(dtype, kind == "special"))
    if backend == RECORDS:
        return eval(text, {**names, **{key: tf.constant(value) for key, value in values.items()}})
    # In a model, as the calls are written: some functions run alone and not there.
    used = [key for key in values if key in compile(text, "", "eval").co_names]
    symbolic = {
        key: keras.Input(values[key].shape[1:], dtype=str(values[key].dtype)) for key in used
    }
    model = keras.Model(symbolic, eval(text, {**names, **symbolic}))
    return model({key: values[key] for key in used})


def _samples(dtype: str, is_special: bool) -> Iterator[tuple[str, np.ndarray]]:
    random = np.random.RandomState(7)
    for name, shape in SHAPES.items():
        size, kind = (3, *shape), DTYPES.get(name, dtype)
        if kind == "bool":
            yield name, random.randint(0, 2, size).astype(bool)
        elif name == "i":
            yield name, random.randint(0, 4, size).astype(kind)
        else:
            values = random.normal(size=size) * 2
            if is_special:
                values.flat[random.randint(0, values.size, len(SPECIAL))] = SPECIAL
            if "int" in kind:
                values = np.nan_to_num(values).clip(-9, 9).round()
            yield name, values.astype(kind)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
