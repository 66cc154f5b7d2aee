"""Python values that are computed between raw ops, and that a layer can compute itself."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind, may_be_symbolic
from transforms.interpret.values import Known, Plain
from transforms.sites.constants import constant_parts
from transforms.sites.facts import fact_of
from transforms.syntax.accesses import (
    accessed_name,
    is_access,
    is_dotted_name,
    is_math_call,
    leaves_of,
    tensor_of_shape,
)
from transforms.syntax.liveness import NO_NAMES, Names
from transforms.syntax.nodes import walk

# What arithmetic with has one result, whenever and wherever it is done.
PLAIN = Kind.PLAIN | Kind.PARAMETER | Kind.NONE


@dataclass(frozen=True, kw_only=True)
class PlainValues:
    """Tells plain values of one module; ``paths`` are what its imported names stand for."""

    analysis: Analysis
    paths: Mapping[str, str] = field(default_factory=dict)

    def holds(self, value: ast.expr, local: Names = NO_NAMES) -> bool:
        """Whether ``value`` is arithmetic, or a display, of numbers and static sizes of tensors.

        Tensors that TensorFlow makes of them are as plain. Its names are those of plain values or
        in ``local``, which the layer has bound itself.
        """
        if may_be_symbolic(fact_of(self.analysis, value).kinds):
            return False
        functions = [part.func for part in walk(value) if isinstance(part, ast.Call)]
        if any(fact_of(self.analysis, each).kinds != Kind.CALLABLE for each in functions):
            return False
        leaves = leaves_of(value, parts_of=self._parts)
        is_plain = self._is_number if makes_constant(value) else self._is_plain
        return all(self._is_leaf(leaf, local, is_plain) for leaf in leaves)

    def _parts(self, node: ast.expr) -> Sequence[ast.expr] | None:
        return constant_parts(node, self.paths)

    def _is_leaf(self, leaf: ast.expr, local: Names, is_plain: Callable[[ast.expr], bool]) -> bool:
        tensor = tensor_of_shape(leaf)
        if tensor is not None:
            return fact_of(self.analysis, tensor).kinds == Kind.SYMBOLIC
        if is_access(leaf) and accessed_name(leaf) in local:
            return True
        return is_dotted_name(leaf) and is_plain(leaf)

    def _is_plain(self, leaf: ast.expr) -> bool:
        kinds = fact_of(self.analysis, leaf).kinds
        return bool(kinds) and not kinds & ~PLAIN

    def _is_number(self, leaf: ast.expr) -> bool:
        """Whether a tensor that is made of ``leaf`` is the same once that is saved and loaded.

        Arrays in a list lose their dtype, and whoever calls may give a tensor.
        """
        fact = fact_of(self.analysis, leaf)
        is_scalar = isinstance(fact.last, (Known, Plain))
        return is_scalar and bool(fact.kinds) and not fact.kinds & ~(Kind.PLAIN | Kind.NONE)


def makes_constant(value: ast.expr) -> bool:
    """Whether TensorFlow makes a tensor in the plain ``value``."""
    return any(isinstance(part, ast.Call) and not is_math_call(part) for part in walk(value))


def tensors_of_shapes(value: ast.expr) -> Names:
    """The names of tensors whose static shapes the plain ``value`` reads."""
    parts = (part for part in walk(value) if isinstance(part, (ast.Attribute, ast.Call)))
    found = map(tensor_of_shape, parts)
    return frozenset(tensor.id for tensor in found if tensor is not None)
