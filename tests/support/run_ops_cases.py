"""Runs calls of TensorFlow beside calls of keras.ops; reads and writes JSON.

It needs TensorFlow, Keras 3 and tf-keras, whose backend is that of Keras 2. Each case has the text
``old`` and ``new``, and a ``dtype``; the answer says what is not the same, in ``differs``, or why
TensorFlow itself does not take it, in ``refused``. For float32 the symbolic results and the graphs
are compared too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import keras
import ml_dtypes  # noqa: F401 - NumPy then knows bfloat16
import numpy as np
import tensorflow as tf
from tf_keras import backend

from tests.support.ops_cases import DTYPES, SHAPES

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.1, 2.5, -2.5, 0.5, 1e-30, 1e30, float("inf"), float("nan")]
"""Values among the random ones, by which ops that look the same are told apart."""
BATCHES = ((3, False), (1, False), (3, True))
"""Sizes, and whether special values are among the values."""
SOURCES = frozenset({"Placeholder", "Identity", "Const", "NoOp"})
NAMES = {"tf": tf, "keras": keras, "K": backend}


def samples(dtype: str, batch: int, is_special: bool) -> dict[str, Any]:
    """A tensor for each name that calls use."""
    random = np.random.default_rng(batch)
    made = {}
    for name, shape in SHAPES.items():
        size, kind = (batch, *shape), DTYPES.get(name, dtype)
        if kind == "bool":
            value = random.integers(0, 2, size).astype("float64")
        elif name == "i":
            value = random.integers(0, 4, size).astype("float64")
        else:
            value = random.normal(size=size) * 2
            if is_special:
                value.flat[random.integers(0, value.size, len(SPECIAL))] = SPECIAL
            if "float" not in kind:
                value = np.nan_to_num(value).clip(0 if "u" in kind else -9, 9).round()
        made[name] = tf.cast(tf.constant(value), kind)
    return made


def flat(value: Any) -> Iterator[Any]:
    """The tensors in a result."""
    for part in value if isinstance(value, (list, tuple)) else [value]:
        yield from flat(part) if isinstance(part, (list, tuple)) else [part]


def bits(value: Any) -> list[tuple[str, tuple[int, ...], bytes]]:
    """What a result is made of; one NaN is like another."""
    parts = []
    for part in flat(value):
        array = np.asarray(part.numpy() if hasattr(part, "numpy") else part)
        plain = array.astype("float64") if array.dtype.name == "bfloat16" else array
        if plain.dtype.kind == "f":
            plain = np.where(np.isnan(plain), np.nan, plain)
        parts.append((array.dtype.name, array.shape, plain.tobytes()))
    return parts


def used(text: str) -> list[str]:
    """The names of tensors in a call."""
    return [name for name in SHAPES if name in compile(text, "", "eval").co_names]


def traced(text: str) -> tuple[list[str], list[tuple[Any, Any]]]:
    """The ops of the graph of a call, and the shapes and dtypes that it gives."""
    names = used(text)
    specs = [
        tf.TensorSpec([None, *SHAPES[name]], DTYPES.get(name, "float32"), name=name)
        for name in names
    ]
    call: Callable[..., Any] = lambda *given: eval(text, {**NAMES, **dict(zip(names, given))})  # noqa: E731
    graph = tf.function(call).get_concrete_function(*specs)
    # A constant that Keras casts is another constant.
    made = [op for op in graph.graph.get_operations() if op.type != "Cast" or not _is_constant(op)]
    ops = sorted(op.type for op in made)
    outputs = [(part.shape.as_list(), part.dtype.name) for part in flat(graph.structured_outputs)]
    return [op for op in ops if op not in SOURCES], outputs


def _is_constant(op: Any) -> bool:
    return bool(op.inputs[0].op.type == "Const")


def run(case: dict[str, str], symbolic: dict[str, Any]) -> dict[str, Any]:
    """What is not the same for one case."""
    old, new, dtype = case["old"], case["new"], case["dtype"]
    for batch, is_special in BATCHES:
        values = {**NAMES, **samples(dtype, batch, is_special)}
        try:
            before = eval(old, dict(values))
        except Exception as error:
            return {"refused": str(error)}
        try:
            after = eval(new, dict(values))
        except Exception as error:
            return {"differs": f"{type(error).__name__}: {error}"}
        if bits(before) != bits(after):
            return {"differs": f"bits, {batch} {'special' if is_special else 'usual'} values"}
        if isinstance(before, (list, tuple)) != isinstance(after, (list, tuple)):
            return {"differs": "the structure"}
    if dtype != "float32" or case.get("eager"):
        return {}
    ops, shapes = traced(old)
    made = eval(new, {**NAMES, **symbolic})
    static = [(list(part.shape), part.dtype) for part in flat(made)]
    if static != shapes:
        return {"differs": f"static shapes or dtypes: {shapes} and {static}"}
    return {"graph": ops == traced(new)[0], "outputs": list(flat(made))}


def main() -> None:
    """Run all cases; those of float32 are one model, too."""
    cases = json.load(sys.stdin)
    symbolic = {
        name: keras.Input(shape, dtype=DTYPES.get(name, "float32"))
        for name, shape in SHAPES.items()
    }
    answers = [run(case, symbolic) for case in cases]
    modelled = [
        (case, answer, answer.pop("outputs"))
        for case, answer in zip(cases, answers)
        if "outputs" in answer
    ]
    model = keras.Model(symbolic, [outputs for _, _, outputs in modelled])
    values = samples("float32", 3, True)
    for (case, answer, _), made in zip(modelled, model(values)):
        if bits(made) != bits(eval(case["old"], {**NAMES, **values})):
            answer["differs"] = "bits of the model"
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
