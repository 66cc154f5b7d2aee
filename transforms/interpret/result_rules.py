"""The structure and dtype of what an op gives, parsed once from the rules of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from transforms.interpret.structures import Sequence
from transforms.interpret.values import NONE, Symbolic, Value
from transforms.knowledge import tf_catalog

NOT_IN_TF = frozenset({"policy", "floatx", "unknown"})


@dataclass(frozen=True)
class Structure:
    """``kind`` is ``tensor``, ``list``, ``tuple``, ``namedtuple``, ``none`` or ``same``."""

    kind: str
    width: int = 0
    fields: tuple[str, ...] = ()

    def of(self, tensor: Value) -> Value:
        """The result whose tensors are all ``tensor``."""
        if self.kind == "list":
            return Sequence(None, tensor, "tuple")
        if self.kind in {"tuple", "namedtuple"}:
            return Sequence((tensor,) * self.width, None, self.kind, self.fields)
        if self.kind == "none":
            return NONE
        if self.kind == "same" and isinstance(tensor, Symbolic):
            return Symbolic(tensor.dtype, tensor.certain, structured=True)
        return tensor


@dataclass(frozen=True)
class DtypeRule:
    """The dtype, or that of the ``parameter`` with a default, or that of the tensors given."""

    dtype: str
    parameter: str | None = None


@cache
def structure_of(key: str) -> Structure:
    """The structure of the result of an op."""
    kind, _, detail = tf_catalog.result(key).partition(":")
    if kind == "tuple":
        return Structure(kind, int(detail))
    fields = tuple(detail.split(",")) if kind == "namedtuple" else ()
    return Structure(kind, len(fields), fields)


@cache
def dtype_rule(key: str, own: str) -> DtypeRule:
    """The rule for the dtype of the result of an op on tensors of dtype ``own``."""
    rule = tf_catalog.result_dtype(key, None if own in NOT_IN_TF else own)
    if rule.startswith("argument:"):
        _, parameter, *default = rule.split(":")
        return DtypeRule(default[0] if default else "unknown", parameter)
    return DtypeRule(rule)
