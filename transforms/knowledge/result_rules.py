"""What an op gives, as data: the rules of ``tf_catalog`` parsed once for each key."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from transforms.knowledge.tf_catalog import result, result_dtype

StructureKind = Literal["tensor", "list", "tuple", "namedtuple", "none", "same"]


@dataclass(frozen=True, kw_only=True)
class Structure:
    """How the results of an op are put together; see ``tf_catalog.result``.

    ``length`` is given for tuples of both kinds, ``fields`` for named ones.
    """

    kind: StructureKind
    length: int | None = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DtypeRule:
    """How the dtype of an op's result is found.

    It is the dtype given for ``parameter``, where there is such a parameter and it is given;
    else ``otherwise``: a dtype, ``same`` for that of the tensors, or ``unknown``.
    """

    otherwise: str
    parameter: str | None = None


@cache
def structure(key: str) -> Structure:
    """The structure of the result of ``key`` on symbolic tensors."""
    name, _, detail = result(key).partition(":")
    kind = next((kind for kind in get_args(StructureKind) if kind == name), None)
    if kind is None:
        raise ValueError(f"{key}: {name!r} is no structure")
    if kind == "tuple":
        return Structure(kind=kind, length=int(detail))
    fields = tuple(detail.split(",")) if kind == "namedtuple" else ()
    return Structure(kind=kind, length=len(fields) or None, fields=fields)


@cache
def dtype_rule(key: str, argument_dtype: str | None = None) -> DtypeRule:
    """The rule for tensors of ``argument_dtype``; without it, for floating-point tensors."""
    rule = result_dtype(key, argument_dtype)
    if not rule.startswith("argument:"):
        return DtypeRule(otherwise=rule)
    _, parameter, *otherwise = rule.split(":")
    return DtypeRule(parameter=parameter, otherwise=otherwise[0] if otherwise else "unknown")
