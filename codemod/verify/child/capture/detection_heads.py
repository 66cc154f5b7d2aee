"""Arguments of functions that decode what a detector gives: anchors, and as many channels."""

from __future__ import annotations

import re
from typing import Dict, List, Mapping, Sequence

Texts = List[str]
ANCHORS = re.compile(r"^(?!n_|num_).*anchors?$")
OUTPUTS = re.compile(r"feat|outputs?$|pred|logits?$|^x$|^y$")
SIZES = re.compile(r"(shape|size)s?$")
FEW = "[(10, 13), (16, 30), (33, 23)]"
"""The sizes of three anchors, as many as one head has."""
MANY = "__import__('numpy').arange(1.0, 19.0).reshape((9, 2))"
"""Those of three heads, as an array: a list indexes it."""
CLASSES = "3"
HEADS = ("Input((13, 13, 24))", "Input((13, 13, 3, 8))")
"""A box of each of three anchors has four numbers, one that tells whether it is there, and one for
each of three classes; in one axis, or in two."""
SEVERAL = (
    "[Input((13, 13, 24)), Input((26, 26, 24)), Input((52, 52, 24))]",
    "[Input((13, 13, 3, 8)), Input((26, 26, 3, 8)), Input((52, 52, 3, 8))]",
)
SIZE = "(416, 416)"
"""Thirty-two times as large as the first head."""


def of_detection_heads(required: Mapping[str, Sequence[str]]) -> Dict[str, Texts]:
    """Values for all that is ``required`` where anchors are among it; none where they are not."""
    outputs = [name for name in required if OUTPUTS.search(name)]
    if not outputs or not any(map(ANCHORS.search, required)):
        return {}
    found: Dict[str, Texts] = {}
    for name, values in required.items():
        if ANCHORS.search(name):
            found[name] = [FEW, FEW, MANY, MANY]
        elif name == outputs[0]:
            found[name] = [*HEADS, *SEVERAL]
        elif SIZES.search(name):
            found[name] = [SIZE]
        elif "class" in name:
            found[name] = [CLASSES]
        else:
            found[name] = list(values)
    return found
