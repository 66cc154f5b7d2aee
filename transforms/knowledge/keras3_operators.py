"""Operators that Keras 3 means otherwise than TensorFlow (seen with Keras 3.15.1)."""

from __future__ import annotations

from collections.abc import Set

INTEGERS = frozenset("int8 int16 int32 int64 uint8 uint16 uint32 uint64".split())
_LOGICAL = "of integers is logical in Keras 3, and gives bools; write {}"
_MEANINGS: dict[str, tuple[frozenset[str], str]] = {
    "operator.and_": (INTEGERS, "& " + _LOGICAL.format("tf.bitwise.bitwise_and")),
    "operator.or_": (INTEGERS, "| " + _LOGICAL.format("tf.bitwise.bitwise_or")),
    "operator.xor": (INTEGERS, "^ " + _LOGICAL.format("tf.bitwise.bitwise_xor")),
    "operator.invert": (INTEGERS, "~ " + _LOGICAL.format("tf.bitwise.invert")),
    "operator.truediv": (
        INTEGERS,
        "/ of integers gives float32 in Keras 3, and float64 in Keras 2; cast them first",
    ),
}


def other_meaning(key: str, dtypes: Set[str]) -> str | None:
    """How Keras 3 means the operator otherwise for tensors of ``dtypes``; None if it does not."""
    known = _MEANINGS.get(key)
    return known[1] if known is not None and dtypes and dtypes <= known[0] else None
