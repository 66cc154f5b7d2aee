"""The value that an op gives, from the structure that the catalogue knows."""

from __future__ import annotations

from transforms.interpret.structures import Sequence
from transforms.interpret.values import NONE, Symbolic, Value
from transforms.knowledge.result_rules import Structure


def structured(structure: Structure, tensor: Value) -> Value:
    """The result whose tensors are all ``tensor``."""
    if structure.kind == "list":
        return Sequence(None, tensor, "tuple")
    if structure.kind in {"tuple", "namedtuple"}:
        return Sequence((tensor,) * (structure.length or 0), None, structure.kind, structure.fields)
    if structure.kind == "none":
        return NONE
    if structure.kind == "same" and isinstance(tensor, Symbolic):
        return Symbolic(tensor.dtype, tensor.certain, structured=True)
    return tensor
