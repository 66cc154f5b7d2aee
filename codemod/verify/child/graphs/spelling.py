"""Attributes of ops that say the same in other words."""

from __future__ import annotations

import ast
from typing import Dict, List, Optional

from ..limits import SHOWN_ATTRIBUTE
from .sources import digest

EINSUM, PRODUCT = "Einsum", "BatchMatMulV2"
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
FACTORS = {
    "...ab,...bc->...ac": (False, False),
    "...ab,...cb->...ac": (False, True),
    "...ab,...ac->...bc": (True, False),
    "...ab,...ca->...bc": (True, True),
}
"""For equations of products, with letters as they come: which of the factors is transposed."""
# TensorFlow 2.21 gives other bits for float16, whose einsum adds in another order.
SAME_PRODUCTS = frozenset(["bfloat16", "float32", "float64"])


def einsum_attributes(attributes: Dict[str, str]) -> Optional[str]:
    """The key of the attributes, with the letters of the equation as they come."""
    equation = attributes["equation"]
    if len(equation) >= SHOWN_ATTRIBUTE:
        # It may be cut.
        return None
    renamed = _as_they_come(equation)
    return digest(("einsum", sorted({**attributes, "equation": renamed}.items())))


def _as_they_come(equation: str) -> str:
    known: Dict[str, str] = {}
    for letter in equation:
        if letter.isalpha():
            known.setdefault(letter, LETTERS[len(known)])
    return "".join(known.get(letter, letter) for letter in equation)


def sum_attributes(attributes: Dict[str, str]) -> str:
    """The key of the attributes of a sum of two tensors; a bias has the format beside them."""
    return digest(
        ("sum", sorted((name, text) for name, text in attributes.items() if name != "data_format"))
    )


def product_attributes(op: str, attributes: Dict[str, str]) -> Optional[str]:
    """The key of a product of stacked matrices, None for anything else."""
    dtype = attributes.get("T", "")
    if dtype not in SAME_PRODUCTS:
        return None
    if op == PRODUCT:
        transposed = (attributes["adj_x"] == "True", attributes["adj_y"] == "True")
        return digest(("product", dtype, transposed))
    found = FACTORS.get(_as_they_come(attributes["equation"]))
    return None if found is None else digest(("product", dtype, found))


def squeezed_attributes(attributes: Dict[str, str], rank: int) -> Optional[str]:
    """The key of attributes that name the axes to drop, counted from the front."""
    named = attributes["squeeze_dims"]
    if not named.startswith("["):
        # None is named, so all axes of one element go.
        return None
    axes = sorted(axis % rank for axis in ast.literal_eval(named))
    return digest(("squeeze", sorted({**attributes, "squeeze_dims": str(axes)}.items())))


def started_attributes(attributes: Dict[str, str], begin: List[int], strides: List[int]) -> str:
    """The key of attributes of a slice, which say of each start at 0 that it is one."""
    mask = int(attributes["begin_mask"])
    other = int(attributes["new_axis_mask"]) | int(attributes["ellipsis_mask"])
    other |= int(attributes["shrink_axis_mask"])
    for place, (first, stride) in enumerate(zip(begin, strides)):
        if first == 0 and stride > 0 and not other & (1 << place):
            mask |= 1 << place
    return digest(("slice", sorted({**attributes, "begin_mask": str(mask)}.items())))
