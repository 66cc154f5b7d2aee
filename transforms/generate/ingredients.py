"""Values that a layer computes itself: it is given what they are made of."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import partial

from transforms.generate.body_builder import BodyBuilder
from transforms.interpret.value_kinds import Kind
from transforms.sites.constants import constant_parts
from transforms.sites.facts import fact_of
from transforms.syntax.accesses import (
    ARITHMETIC,
    MATH,
    is_dotted_name,
    is_math_call,
    is_math_constant,
    leaves_of,
    tensor_of_shape,
    uses_math,
)
from transforms.syntax.limits import MOST_INGREDIENTS
from transforms.syntax.liveness import Names


def ingredients(
    builder: BodyBuilder, part: ast.expr, is_tensor: bool, local: Names
) -> tuple[ast.expr, ...] | None:
    """What ``part`` is made of: names to bind and static sizes of the operands.

    None where the layer is to be given the value of ``part`` as a whole: it calls something, or
    would look different after it was saved as a list. ``is_tensor`` says that an op takes ``part``
    as a tensor; ``local`` are the names that the layer has bound by then.
    """
    is_constant = _constant_parts(builder, part) is not None
    is_computed = isinstance(part, ARITHMETIC) or is_math_call(part) or is_constant
    if not is_computed and operand_of_size(builder, part, local) is None:
        return None
    # A Lambda that is loaded has no modules around it.
    if uses_math(part) and not (builder.prefix and MATH in builder.names.imported):
        return None
    parts = leaves_of(part, builder.given, partial(_constant_parts, builder))
    leaves = tuple(leaf for leaf in parts if not _is_of_math(builder, leaf))
    bound = [leaf for leaf in leaves if operand_of_size(builder, leaf, local) is None]
    if len({ast.unparse(leaf) for leaf in bound}) > MOST_INGREDIENTS:
        return None
    kinds = Kind.PLAIN if is_tensor else Kind.PLAIN | Kind.PARAMETER | Kind.NONE
    if isinstance(part, (ast.List, ast.Tuple)) and not is_tensor:
        # What nobody knows is saved in the list as well as without it.
        kinds |= Kind.OPAQUE
    for leaf in bound:
        found = fact_of(builder.analysis, leaf).kinds
        is_bound = is_dotted_name(leaf) or leaf in builder.given
        if not is_bound or not found or found & ~kinds:
            return None
    return leaves


def _is_of_math(builder: BodyBuilder, leaf: ast.expr) -> bool:
    """Whether it is a constant of the module ``math``, and not what another object has."""
    return is_math_constant(leaf) and fact_of(builder.analysis, leaf).kinds == Kind.CALLABLE


def _constant_parts(builder: BodyBuilder, node: ast.expr) -> Sequence[ast.expr] | None:
    """What TensorFlow makes a constant of at ``node``, which a class can do as well."""
    return constant_parts(node, builder.names.paths) if builder.prefix else None


def operand_of_size(builder: BodyBuilder, node: ast.expr, local: Names) -> ast.Name | None:
    """The operand in ``operand.shape[1]``: the size is the same inside the layer."""
    name = tensor_of_shape(node) if isinstance(node, ast.Subscript) else None
    if name is None or isinstance(getattr(node, "slice", None), ast.Slice):
        return None
    is_operand = name.id in builder.parameters and name.id not in local
    is_tensor = fact_of(builder.analysis, name).kinds == Kind.SYMBOLIC
    return name if is_operand and is_tensor else None
