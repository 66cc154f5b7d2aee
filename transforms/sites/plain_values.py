"""Python values that are computed between raw ops, and that a layer can compute itself."""

from __future__ import annotations

import ast

from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind, may_be_symbolic
from transforms.sites.facts import fact_of
from transforms.syntax.accesses import (
    accessed_name,
    is_access,
    is_dotted_name,
    leaves_of,
    math_calls,
    tensor_of_shape,
)
from transforms.syntax.liveness import Names

# What arithmetic with has one result, whenever and wherever it is done.
PLAIN = Kind.PLAIN | Kind.PARAMETER | Kind.NONE


def is_plain_value(analysis: Analysis, value: ast.expr, local: Names) -> bool:
    """Whether ``value`` is arithmetic, or a display, of numbers and static sizes of tensors.

    Its names are those of plain values or in ``local``, which the layer has bound itself.
    """
    if may_be_symbolic(fact_of(analysis, value).kinds):
        return False
    if any(fact_of(analysis, call.func).kinds != Kind.CALLABLE for call in math_calls(value)):
        return False
    return all(_is_plain_leaf(analysis, leaf, local) for leaf in leaves_of(value))


def _is_plain_leaf(analysis: Analysis, leaf: ast.expr, local: Names) -> bool:
    tensor = tensor_of_shape(leaf)
    if tensor is not None:
        return fact_of(analysis, tensor).kinds == Kind.SYMBOLIC
    kinds = fact_of(analysis, leaf).kinds
    if is_access(leaf) and accessed_name(leaf) in local:
        return True
    return is_dotted_name(leaf) and bool(kinds) and not kinds & ~PLAIN


def tensors_of_shapes(value: ast.expr) -> Names:
    """The names of tensors whose static shapes ``value`` reads."""
    found = (tensor_of_shape(leaf) for leaf in leaves_of(value))
    return frozenset(tensor.id for tensor in found if tensor is not None)
