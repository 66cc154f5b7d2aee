"""Inputs for a forward pass, equal on both sides: made from a seed, not exchanged."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from ..limits import EXAMPLE_SCALE
from ..protocol import SampleFields

SPECIAL = (np.nan, np.inf, -np.inf, 1e-42, -0.0, 3e38, 1e10)


@dataclass(frozen=True)
class Sample:
    """The free sizes of one input: ``size`` for the first free dimension behind the batch.

    The free dimensions behind that one are ``stretch`` times as large. Each example of a batch is
    larger than the one before, so that limits such as that of ReLU6 are reached.
    """

    batch: int
    size: int
    special: bool = False
    stretch: int = 1

    def as_json(self) -> SampleFields:
        """The fields by name."""
        return {
            "batch": self.batch,
            "size": self.size,
            "special": self.special,
            "stretch": self.stretch,
        }


def batch_of(model: Any) -> Optional[int]:
    """The batch size that an input of ``model`` has fixed."""
    fixed = (_sizes(tensor)[0] for tensor in inputs_in_order(model) if _sizes(tensor))
    return next((int(size) for size in fixed if size is not None), None)


def free_dimensions(model: Any) -> int:
    """How many free dimensions behind the batch an input has at most."""
    return max(_sizes(tensor)[1:].count(None) for tensor in inputs_in_order(model))


def elements(model: Any, sample: Sample) -> int:
    """How many numbers the largest input has for each example."""
    shapes = (sizes_of_input(tensor, sample)[1:] for tensor in inputs_in_order(model))
    return max(math.prod(shape) for shape in shapes)


def fixed_sizes(model: Any) -> List[int]:
    """For each input how many numbers one step along its free dimensions holds."""
    shapes = ([size for size in _sizes(tensor)[1:] if size] for tensor in inputs_in_order(model))
    return [math.prod(map(int, shape)) for shape in shapes]


def make_inputs(tf: Any, model: Any, sample: Sample, tokens: Sequence[Optional[int]]) -> Any:
    """The inputs of ``model`` in the structure that it takes; ``tokens`` has a limit for each."""
    values = [
        _tensor(tf, tensor, index, sample, limit)
        for index, (tensor, limit) in enumerate(zip(inputs_in_order(model), tokens))
    ]
    return pack_inputs(tf, model, values)


def inputs_in_order(model: Any) -> List[Any]:
    """The inputs of ``model`` in the order of Keras 2, which sorts the keys of dictionaries.

    Keras 3 leaves those of an ``OrderedDict`` as they are (3.15).
    """
    structure = getattr(model, "_inputs_struct", None)
    return list(model.inputs) if structure is None else list(_leaves(structure))


def _leaves(structure: Any) -> Iterator[Any]:
    if isinstance(structure, dict):
        structure = [structure[key] for key in sorted(structure)]
    if not isinstance(structure, (list, tuple)):
        yield structure
        return
    for part in structure:
        yield from _leaves(part)


def pack_inputs(tf: Any, model: Any, values: List[Any]) -> Any:
    """One value for each input, in the structure that ``model`` takes."""
    structure = getattr(model, "_nested_inputs", None)
    if structure is None:
        structure = getattr(model, "_inputs_struct", None)
    if isinstance(structure, (dict, tuple)) or len(values) != 1:
        return tf.nest.pack_sequence_as(structure, values) if structure is not None else values
    return values if isinstance(structure, list) else values[0]


def sizes_of_input(tensor: Any, sample: Sample) -> List[int]:
    """The sizes of an input, the free ones as ``sample`` has them."""
    sizes = _sizes(tensor)
    shape: List[int] = []
    free = 0
    for place, size in enumerate(sizes):
        if size is not None:
            shape.append(int(size))
        elif place == 0:
            shape.append(sample.batch)
        else:
            shape.append(sample.size * (sample.stretch if free else 1))
            free += 1
    return shape


def _sizes(tensor: Any) -> Tuple[Any, ...]:
    shape = tensor.shape
    return tuple(shape.as_list() if hasattr(shape, "as_list") else shape)


def _tensor(tf: Any, tensor: Any, index: int, sample: Sample, limit: Optional[int]) -> Any:
    shape = sizes_of_input(tensor, sample)
    random = np.random.RandomState(1000 + index)
    name = tensor.dtype if isinstance(tensor.dtype, str) else tensor.dtype.name
    values = _values(tf, random, name, shape, sample.special, limit)
    spec = getattr(tensor, "type_spec", None)
    if spec is not None and type(spec).__name__ == "RaggedTensorSpec":
        lengths = 1 + np.arange(shape[0]) % shape[1]
        return tf.RaggedTensor.from_tensor(values, lengths=lengths)
    if spec is not None and type(spec).__name__ == "SparseTensorSpec":
        return tf.sparse.from_dense(values)
    return values


def _values(
    tf: Any,
    random: np.random.RandomState,
    dtype: str,
    shape: List[int],
    special: bool,
    limit: Optional[int],
) -> Any:
    if dtype == "string":
        words = np.array([b"alpha", b"beta", b"", b"gamma delta"])
        return tf.constant(words[random.randint(0, len(words), shape)])
    if dtype == "bool":
        return tf.constant(random.uniform(size=shape) < 0.5)
    if limit is not None:
        # Also for floats: tokens in the default dtype of keras.Input, as old code has them.
        return tf.cast(tf.constant(random.randint(0, limit, shape)), dtype)
    values = random.normal(size=shape)
    magnitudes = EXAMPLE_SCALE ** np.arange(shape[0] if shape else 1)
    values *= magnitudes.reshape([-1] + [1] * (values.ndim - 1))
    if special and values.size:
        flat = values.reshape(-1)
        places = random.permutation(flat.size)[: len(SPECIAL)]
        flat[places] = SPECIAL[: len(places)]
    if dtype.startswith("complex"):
        return tf.cast(tf.constant(values + 1j * values[::-1]), dtype)
    # NumPy warns when 3e38 leaves the range of float16: infinity is what is meant then.
    return tf.cast(tf.constant(values), dtype)
