"""What an export holds: programs, and the rules by which their arguments are made from seeds.

Both sides of an export read and write it, so it needs neither TensorFlow nor JAX.
"""

from __future__ import annotations

import base64
import importlib
import json
import math
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

INDEX = "index.json"
LARGEST_STORED = 1 << 20
Rule = Literal["input", "weight", "stored"]


@dataclass(frozen=True)
class ArraySpec:
    """One argument of a program and how it is made.

    ``input``: integers in ``[0, tokens)`` where ``tokens`` is not 0, normal numbers or booleans
    by ``dtype`` otherwise. ``weight``:
    normal numbers scaled to the fan-in, or around ``start`` for vectors and scalars; positive
    ones for a variance. ``stored``: the bytes themselves, base64 in ``stored``.
    """

    rule: Rule
    shape: tuple[int, ...]
    dtype: str
    seed: int = 0
    tokens: int = 0
    start: float = 0.0
    positive: bool = False
    stored: str = ""


@dataclass(frozen=True)
class Program:
    """One model as StableHLO: its file, and what it takes behind the inputs, in order."""

    file: str
    captures: tuple[ArraySpec, ...]


@dataclass(frozen=True)
class Pair:
    """A model of a fixture, original and rewritten, and the inputs that both take first."""

    fixture: str
    target: str
    model: str
    inputs: tuple[ArraySpec, ...]
    original: Program
    rewritten: Program


@dataclass(frozen=True)
class KeyedWeight:
    """A weight by the name of its layer, how many had that name before, and its place in it."""

    layer: str
    count: int
    index: int
    array: ArraySpec


@dataclass(frozen=True)
class OpsPair:
    """A model of a fixture as a program, and its rewrite to ``keras.ops`` as a configuration."""

    fixture: str
    model: str
    inputs: tuple[ArraySpec, ...]
    original: Program
    configuration: str
    weights: tuple[KeyedWeight, ...]


@dataclass(frozen=True)
class LeftOut:
    """What was not exported, and why; ``model`` is empty where the whole fixture is meant."""

    fixture: str
    target: str
    model: str
    reason: str


@dataclass(frozen=True)
class Index:
    """A whole export, with the versions that made it."""

    tensorflow: str
    keras: str
    pairs: tuple[Pair, ...]
    left_out: tuple[LeftOut, ...]
    ops: tuple[OpsPair, ...] = ()


def weight_seed(key: tuple[str, int, int]) -> int:
    """The seed of a weight from (layer name, occurrence of that name, index in the layer)."""
    return zlib.crc32(repr(key).encode())


def stored_array(values: np.ndarray) -> ArraySpec:
    """A spec that holds ``values`` itself; ValueError where they are larger than a MiB."""
    if values.nbytes > LARGEST_STORED:
        raise ValueError(f"a constant of {values.nbytes} bytes is no weight")
    text = base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()
    return ArraySpec("stored", values.shape, str(values.dtype), stored=text)


def make_array(spec: ArraySpec) -> np.ndarray:
    """The array of ``spec``: equal on every machine, since RandomState's streams are frozen."""
    dtype = _dtype(spec.dtype)
    if spec.rule == "stored":
        return np.frombuffer(base64.b64decode(spec.stored), dtype).reshape(spec.shape)
    random = np.random.RandomState(spec.seed)
    if spec.rule == "input":
        return _input(random, spec, dtype)
    noise = random.normal(size=spec.shape)
    if len(spec.shape) >= 2:
        values = noise / math.sqrt(max(1, math.prod(spec.shape[:-1])))
    else:
        values = spec.start + 0.1 * noise
    if spec.positive:
        values = np.abs(values) + 0.1
    return np.asarray(values).astype(dtype)


def _input(random: np.random.RandomState, spec: ArraySpec, dtype: np.dtype[Any]) -> np.ndarray:
    if dtype.kind == "b":
        return random.uniform(size=spec.shape) < 0.5
    if spec.tokens:
        return random.randint(0, spec.tokens, spec.shape, np.int64).astype(dtype)
    values = random.normal(size=spec.shape)
    if dtype.kind == "c":
        values = values + 1j * random.normal(size=spec.shape)
    return np.asarray(values).astype(dtype)


def _dtype(name: str) -> np.dtype[Any]:
    if name == "bfloat16" or name.startswith("float8"):
        # NumPy itself does not know them; TensorFlow and JAX both bring this package.
        extended: np.dtype[Any] = np.dtype(getattr(importlib.import_module("ml_dtypes"), name))
        return extended
    return np.dtype(name)


def write_index(index: Index, folder: Path) -> None:
    """Write the index of an export into its folder."""
    (folder / INDEX).write_text(json.dumps(asdict(index), indent=1) + "\n", encoding="utf-8")


def read_index(folder: Path) -> Index:
    """Read the index of an export; FileNotFoundError where the folder holds none."""
    data = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return Index(
        data["tensorflow"],
        data["keras"],
        tuple(_pair(item) for item in data["pairs"]),
        tuple(LeftOut(**item) for item in data["left_out"]),
        tuple(_ops_pair(item) for item in data.get("ops", ())),
    )


def _pair(data: dict[str, Any]) -> Pair:
    return Pair(
        data["fixture"],
        data["target"],
        data["model"],
        specs_of(data["inputs"]),
        program_of(data["original"]),
        program_of(data["rewritten"]),
    )


def _ops_pair(data: dict[str, Any]) -> OpsPair:
    return OpsPair(
        data["fixture"],
        data["model"],
        specs_of(data["inputs"]),
        program_of(data["original"]),
        data["configuration"],
        keyed_of(data["weights"]),
    )


def keyed_of(data: list[dict[str, Any]]) -> tuple[KeyedWeight, ...]:
    """Weights with their keys from their fields as JSON holds them."""
    return tuple(KeyedWeight(**{**item, "array": specs_of([item["array"]])[0]}) for item in data)


def program_of(data: dict[str, Any]) -> Program:
    """A program from its fields as JSON holds them."""
    return Program(data["file"], specs_of(data["captures"]))


def specs_of(data: list[dict[str, Any]]) -> tuple[ArraySpec, ...]:
    """Array specs from their fields as JSON holds them."""
    return tuple(ArraySpec(**{**item, "shape": tuple(item["shape"])}) for item in data)
