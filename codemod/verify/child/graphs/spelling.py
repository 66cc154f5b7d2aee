"""Attributes of ops that say the same in other words."""

from __future__ import annotations

from typing import Dict, Optional

from ..limits import SHOWN_ATTRIBUTE
from .sources import digest

EINSUM = "Einsum"
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def einsum_attributes(attributes: Dict[str, str]) -> Optional[str]:
    """The key of the attributes, with the letters of the equation as they come."""
    equation = attributes["equation"]
    if len(equation) >= SHOWN_ATTRIBUTE:
        # It may be cut.
        return None
    known: Dict[str, str] = {}
    for letter in equation:
        if letter.isalpha():
            known.setdefault(letter, LETTERS[len(known)])
    renamed = "".join(known.get(letter, letter) for letter in equation)
    return digest(("einsum", sorted({**attributes, "equation": renamed}.items())))


def sum_attributes(attributes: Dict[str, str]) -> str:
    """The key of the attributes of a sum of two tensors; a bias has the format beside them."""
    return digest(
        ("sum", sorted((name, text) for name, text in attributes.items() if name != "data_format"))
    )
