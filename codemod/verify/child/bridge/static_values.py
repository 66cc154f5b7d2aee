"""Shapes and dtypes of Keras 3 with what those of Keras 2 have."""

from __future__ import annotations

import sys
from typing import Any, Tuple

from .callers import is_users


class StaticShape(Tuple[Any, ...]):
    """A static shape with what ``tf.TensorShape`` has."""

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return StaticShape(found) if isinstance(key, slice) else found

    def __add__(self, other: Any) -> Any:
        return StaticShape([*self, *other])

    def __getattr__(self, name: str) -> Any:
        import tensorflow as tf

        return getattr(tf.TensorShape(tuple(self)), name)


class NamedDType(str):
    """The name of a dtype with what ``tf.DType`` has."""

    def __getattr__(self, name: str) -> Any:
        import tensorflow as tf

        return getattr(tf.as_dtype(str(self)), name)


def attribute_for_users(owner: Any, name: str, kind: Any) -> property:
    """A property that gives all but Keras the value as a ``kind``.

    Up to Keras 3.0.5 the value is in the instance.
    """
    before = vars(owner).get(name)

    def get(self: Any) -> Any:
        value = before.fget(self) if before else self.__dict__[name]
        return kind(value) if value is not None and is_users(sys._getframe(1)) else value

    def put(self: Any, value: Any) -> None:
        if before:
            before.fset(self, value)
        else:
            self.__dict__[name] = value

    return property(get, put)


def set_shape(tensor: Any, shape: Any) -> None:
    """What ``tensor.set_shape(shape)`` does under Keras 2."""
    import tensorflow as tf

    merged = tuple(tf.TensorShape(tuple(tensor.shape)).merge_with(shape))
    tensor.__dict__["_shape" if "_shape" in tensor.__dict__ else "shape"] = merged


def first_size(tensor: Any) -> int:
    """How many parts iterating over ``tensor`` gives."""
    if not tensor.shape or tensor.shape[0] is None:
        raise TypeError("cannot iterate over a tensor whose first size is not known")
    return int(tensor.shape[0])
