"""A layer that makes one call of the user's with its symbolic tensors, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, List, Tuple

CLASS_NAME = "BridgedOp"


class Slot(int):
    """The place of a symbolic tensor in the arguments of a call."""


@dataclass
class RecordedCall:
    """A function with its arguments, slots in the place of ``tensors``.

    ``operator`` is the method of ``KerasTensor`` that was called, or empty. ``known`` has what the
    call gives for its first tensors, until a layer takes it.
    """

    function: Callable[..., Any]
    arguments: Tuple[Any, Any]
    tensors: List[Any]
    operator: str = ""
    known: List[Any] = field(default_factory=list)


def mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """``value`` with ``function`` applied to its leaves."""
    if isinstance(value, slice):
        parts = (value.start, value.stop, value.step)
        return slice(*(mapped(function, part) for part in parts))
    if isinstance(value, dict):
        return {key: mapped(function, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [mapped(function, item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return function(value)


def called_with(function: Callable[..., Any], recorded: RecordedCall, tensors: Any) -> Any:
    """What ``function`` gives for the recorded arguments, with other ``tensors``."""
    args, kwargs = mapped(
        lambda value: tensors[value] if isinstance(value, Slot) else value, recorded.arguments
    )
    return function(*args, **kwargs)


def bridged_op_class(tf: Any, keras: Any) -> Tuple[Any, List[RecordedCall]]:
    """The class of such layers, and the calls that they make.

    A layer has the index of its call. The call is no attribute, which Keras and TensorFlow would
    track and wrap, and an index can be saved: so cloning works, and loading in this process.
    """
    calls: List[RecordedCall] = []

    class BridgedOp(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
        def __init__(self, index: int, **kwargs: Any) -> None:
            super().__init__(autocast=False, **kwargs)
            self.index = index

        def get_config(self) -> Any:
            return {"index": self.index, "name": self.name}

        def call(self, tensors: Any) -> Any:
            return called_with(calls[self.index].function, calls[self.index], tensors)

        def compute_output_spec(self, tensors: Any) -> Any:
            known = calls[self.index].known
            return known.pop() if known else self.traced(tensors)

        def traced(self, tensors: Any) -> Any:
            """What the call gives, found in a graph of its own."""
            with tf.__internal__.FuncGraph("bridged_op").as_default(), keras.StatelessScope():
                found = self.call([_placeholder(tf, tensor) for tensor in tensors])
                return tf.nest.map_structure(lambda leaf: _symbolic(tf, keras, leaf), found)

    assert BridgedOp.__name__ == CLASS_NAME
    return BridgedOp, calls


def _placeholder(tf: Any, tensor: Any) -> Any:
    sizes = getattr(tensor, "_sizes", None)
    if sizes is not None:
        # A tensor that holds sizes: TensorFlow infers static shapes from it, as under Keras 2.
        known = tf.shape(tf.compat.v1.placeholder("float32", sizes), out_type=tensor.dtype)
        return known if len(tensor.shape) else known[0]
    kind = tf.compat.v1.sparse_placeholder if tensor.sparse else tf.compat.v1.placeholder
    return kind(tensor.dtype, tuple(tensor.shape))


def _symbolic(tf: Any, keras: Any, value: Any) -> Any:
    if not tf.is_tensor(value):
        return value
    if not isinstance(value, (tf.Tensor, tf.SparseTensor)) or value.shape.rank is None:
        raise NotImplementedError(
            "a raw op gives a %s of shape %s" % (type(value).__name__, value.shape)
        )
    is_sparse = isinstance(value, tf.SparseTensor)
    found = keras.KerasTensor(tuple(value.shape), value.dtype, sparse=is_sparse)
    if value.dtype in (tf.int32, tf.int64) and value.shape.rank in (0, 1):
        sizes = _sizes_in(tf, value)
        if sizes is not None and any(size is not None for size in sizes.as_list()):
            found._sizes = sizes
    return found


def _sizes_in(tf: Any, value: Any) -> Any:
    """The static shape that the numbers in ``value`` are, as far as TensorFlow infers them."""
    try:
        shape = tf.fill(value if value.shape.rank else [value], 0).shape
    except ValueError:
        # Numbers that are no sizes, such as -2.
        return None
    return None if shape.rank is None else shape
