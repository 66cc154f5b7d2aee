"""Apply a TensorFlow function to Keras 2 symbolic tensors and note what comes out."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.tf_examples import EXAMPLES, TENSOR, TENSORS, VALUES

INPUTS = [
    ((4, 4), "float32"),
    ((4,), "float32"),
    ((8, 8, 3), "float32"),
    ((4, 4), "int32"),
    ((4, 4), "bool"),
    ((4, 4), "complex64"),
    ((4,), "string"),
    ((), "string"),
    ((8, 8, 3), "uint8"),
    ((), "float32"),
    ((), "int32"),
    ((8, 8, 8, 3), "float32"),
]
DTYPES = (
    *("float32", "float64", "float16", "int32", "int64"),
    *("uint8", "bool", "complex64", "string"),
)
DTYPE_PARAMETERS = ("dtype", "out_type", "output_type", "output_dtype", "index_type", "out_idx")


@dataclass(frozen=True)
class Measured:
    """Structure, dtype rule and Keras 2 layers of one call."""

    structure: str
    dtype: str
    layers: int


@dataclass(frozen=True)
class _Outcome:
    structure: str
    dtypes: tuple[str, ...]
    layers: int


def measure(key: str, function: Any) -> Measured | None:
    """What ``function`` makes of a symbolic tensor, None where no call tried is accepted."""
    for shape, dtype in INPUTS:
        base = _call(key, function, shape, dtype, {})
        if base is not None:
            rule = _dtype_rule(key, function, shape, base)
            return Measured(base.structure, rule, base.layers)
    return None


def arguments(key: str, function: Any, tensor: Any) -> dict[str, Any] | None:
    """Keyword arguments of a call on ``tensor``; None where a parameter has no example."""
    given: dict[str, Any] = {}
    example = EXAMPLES.get(key, {})
    for parameter in inspect.signature(function).parameters.values():
        name = parameter.name
        if name in example:
            given[name] = _filled(example[name], tensor)
        elif parameter.default is not parameter.empty or parameter.kind == parameter.VAR_KEYWORD:
            continue
        elif parameter.kind == parameter.VAR_POSITIONAL or _takes_list(key, name):
            given[name] = [tensor, tensor]
        elif name in VALUES:
            given[name] = VALUES[name]
        elif name in TENSOR or key.startswith("tf.experimental.numpy."):
            given[name] = tensor
        else:
            return None
    return given


def _takes_list(key: str, name: str) -> bool:
    return name in TENSORS and key not in {"tf.sort", "tf.argsort"}


def _filled(value: Any, tensor: Any) -> Any:
    if isinstance(value, str) and value == "T":
        return tensor
    if isinstance(value, list):
        return [_filled(item, tensor) for item in value]
    return value


def _call(
    key: str, function: Any, shape: tuple[int, ...], dtype: str, extra: dict[str, Any]
) -> _Outcome | None:
    import tensorflow as tf
    import tf_keras

    tensor = tf_keras.Input(shape, dtype=dtype)
    given = arguments(key, function, tensor)
    if given is None:
        return None
    positional: list[Any] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind == parameter.VAR_POSITIONAL:
            positional = [given.pop(name) for name in list(given) if name != parameter.name]
            positional += given.pop(parameter.name)
    try:
        result = function(*positional, **{**given, **extra})
        leaves = tf.nest.flatten(result)
        symbolic = [leaf for leaf in leaves if tf_keras.backend.is_keras_tensor(leaf)]
        if not symbolic or len(symbolic) != len(leaves):
            return None
        model = tf_keras.Model(tensor, symbolic)
        dtypes = tuple(leaf.dtype.name for leaf in symbolic)
    except Exception:  # any error means that the function does not take this tensor
        return None
    layers = sum(not isinstance(layer, tf_keras.layers.InputLayer) for layer in model.layers)
    return _Outcome(_structure(result), dtypes, layers)


def _structure(result: Any) -> str:
    fields = getattr(result, "_fields", None)
    if fields is not None:
        return f"namedtuple:{','.join(fields)}"
    if isinstance(result, tuple):
        return f"tuple:{len(result)}"
    return "list" if isinstance(result, list) else "tensor"


def _one(dtypes: tuple[str, ...]) -> str:
    return dtypes[0] if len(set(dtypes)) == 1 else "unknown"


def _dtype_rule(key: str, function: Any, shape: tuple[int, ...], base: _Outcome) -> str:
    seen: dict[str, str] = {}
    for dtype in DTYPES:
        outcome = _call(key, function, shape, dtype, {})
        if outcome is not None:
            seen[dtype] = _one(outcome.dtypes)
    rule = _uniform({d: s for d, s in seen.items() if d.startswith("float")} or seen)
    exceptions = [
        f"{dtype}={result}"
        for dtype, result in seen.items()
        if result != (dtype if rule == "same" else rule)
    ]
    if rule == "unknown":
        exceptions = [f"{d}={s}" for d, s in seen.items() if s != "unknown"]
    followed = next(_followed(key, function, shape, seen), None)
    if followed is not None:
        required = (
            inspect.signature(function).parameters[followed].default is inspect.Parameter.empty
        )
        rule = f"argument:{followed}" + ("" if required else f":{rule}")
        exceptions = [] if required else exceptions
    return " ".join([rule, *exceptions])


def _uniform(seen: dict[str, str]) -> str:
    if all(dtype == result for dtype, result in seen.items()):
        return "same"
    results = set(seen.values())
    return results.pop() if len(results) == 1 else "unknown"


def _followed(
    key: str, function: Any, shape: tuple[int, ...], seen: dict[str, str]
) -> Iterator[str]:
    """The dtype parameters that the dtype of the whole result follows."""
    import tensorflow as tf

    for name in DTYPE_PARAMETERS:
        if name not in inspect.signature(function).parameters:
            continue
        for dtype, default in seen.items():
            results = set()
            for wanted in ("float64", "float16", "int64", "int32"):
                outcome = _call(key, function, shape, dtype, {name: tf.as_dtype(wanted)})
                if outcome is not None:
                    results.add(_one(outcome.dtypes) == wanted)
                    if len(results) == 2 or outcome.dtypes[0] == default:
                        continue
            if results == {True}:
                yield name
                break
