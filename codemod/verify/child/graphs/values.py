"""What constants in graphs are: whole numbers, zeros, choices that are made, narrow indices."""

from __future__ import annotations

import ast
import re
from typing import Optional

import numpy as np

from .keys import NodeEntry, Tables
from .sources import constant

FLOATS = re.compile(r".* (float16|float32|float64)\[([\d, ]*)\] #\w+")
INTEGERS = re.compile(r"(.*) (int32|int64)\[([\d, ]*)\] #\w+")
BOOLS = re.compile(r"(.*) bool\[[\d, ]*\] #\w+")


def whole_numbers(tables: Tables, edge: str, is_folded: bool) -> Optional[np.ndarray]:
    """The value of a constant of few int32 or int64 numbers, None for anything else.

    ``is_folded`` says that constants which the graph computes count as well.
    """
    found = INTEGERS.fullmatch(_text(tables, edge, is_folded) or "")
    if found is None or found.group(1) == "...":
        return None
    return np.array(ast.literal_eval(found.group(1)), found.group(2))


def narrow(tables: Tables, edge: str) -> str:
    """What an index is made of: the same number in fewer bits."""
    entry = tables.nodes[edge.partition(":")[0]]
    attributes = tables.attributes[entry.attributes]
    dtypes = (attributes.get("SrcT"), attributes.get("DstT"))
    is_wider = entry.op == "Cast" and dtypes == ("int32", "int64") and not entry.controls
    return entry.inputs[0] if is_wider else edge


def chosen(tables: Tables, entry: NodeEntry) -> Optional[str]:
    """What a choice gives whose condition is always false and whose sizes are known."""
    condition, _, other = entry.inputs
    known = BOOLS.fullmatch(_text(tables, condition, is_folded=True) or "")
    value = INTEGERS.fullmatch(_text(tables, other, is_folded=True) or "")
    if known is None or value is None or "True" in known.group(1) or "." in known.group(1):
        return None
    shape = [int(size) for size in value.group(3).split(", ") if size]
    return other if entry.shape == shape else None


def is_zero(tables: Tables, edge: str) -> bool:
    """Whether the elements of a tensor are +0 for certain."""
    entry = tables.nodes[edge.partition(":")[0]]
    if entry.op == "Fill":
        return is_zero(tables, entry.inputs[1])
    if entry.op != "constant":
        return entry.op == "ZerosLike"
    text = tables.attributes[entry.attributes]["value"]
    found = FLOATS.fullmatch(text)
    if found is None:
        return False
    shape = [int(size) for size in found.group(2).split(", ") if size]
    return constant(np.zeros(shape, found.group(1))).text == text


def keeps_batch(tables: Tables, entry: NodeEntry) -> bool:
    """Whether a reshape is given a constant, or the size of its batch and whole numbers.

    Where all other sizes are known, neither can fail.
    """
    edge = entry.inputs[1]
    if whole_numbers(tables, edge, is_folded=True) is not None:
        return True
    target = tables.nodes[edge.partition(":")[0]]
    if target.op != "Pack" or target.controls:
        return False
    first, *rest = target.inputs
    element = tables.nodes[first.partition(":")[0]]
    if element.op != "StridedSlice":
        return False
    sizes = tables.nodes[element.inputs[0].partition(":")[0]]
    begin = whole_numbers(tables, element.inputs[1], is_folded=True)
    return (
        sizes.op == "Shape"
        and sizes.inputs == entry.inputs[:1]
        and begin is not None
        and begin.tolist() == [0]
        and tables.attributes[element.attributes]["shrink_axis_mask"] == "1"
        and all(whole_numbers(tables, size, is_folded=True) is not None for size in rest)
    )


def _text(tables: Tables, edge: str, is_folded: bool) -> Optional[str]:
    """The text of a constant, None for anything else."""
    key, _, output = edge.partition(":")
    entry = tables.nodes[key]
    text = entry.folded.get(output) if is_folded else None
    if text is None and entry.op == "constant" and not entry.controls:
        return tables.attributes[entry.attributes]["value"]
    return text
