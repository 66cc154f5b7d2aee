"""Values that a layer computes itself: it is given what they are made of."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.generate.body_builder import BodyBuilder
from transforms.interpret.value_kinds import Kind
from transforms.sites.facts import fact_of
from transforms.syntax.accesses import accessed_name, is_dotted_name
from transforms.syntax.limits import MOST_INGREDIENTS

ARITHMETIC = (ast.BinOp, ast.UnaryOp, ast.List, ast.Tuple)


def ingredients(
    builder: BodyBuilder, part: ast.expr, is_tensor: bool
) -> tuple[ast.expr, ...] | None:
    """What ``part`` is made of: names to bind and static sizes of the operands.

    None where the layer is to be given the value of ``part`` as a whole: it calls something, or
    would look different after it was saved as a list. ``is_tensor`` says that an op takes ``part``
    as a tensor.
    """
    if not isinstance(part, ARITHMETIC) and operand_of_size(builder, part) is None:
        return None
    leaves = tuple(_leaves(part))
    bound = [leaf for leaf in leaves if operand_of_size(builder, leaf) is None]
    if len({ast.unparse(leaf) for leaf in bound}) > MOST_INGREDIENTS:
        return None
    kinds = Kind.PLAIN if is_tensor else Kind.PLAIN | Kind.PARAMETER | Kind.NONE
    for leaf in bound:
        found = fact_of(builder.analysis, leaf).kinds
        if not is_dotted_name(leaf) or not found or found & ~kinds:
            return None
    return leaves


def _leaves(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ARITHMETIC):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from _leaves(child)
    elif not isinstance(node, ast.Constant):
        yield node


def operand_of_size(builder: BodyBuilder, node: ast.expr) -> ast.Name | None:
    """The operand in ``operand.shape[1]``: the size is the same inside the layer."""
    if not isinstance(node, ast.Subscript) or accessed_name(node) is None:
        return None
    shape = node.value
    if not isinstance(shape, ast.Attribute) or shape.attr != "shape":
        return None
    name = shape.value
    index = node.slice.operand if isinstance(node.slice, ast.UnaryOp) else node.slice
    if not isinstance(name, ast.Name) or not isinstance(index, ast.Constant):
        return None
    is_operand = name.id in builder.parameters and name.id not in builder.local
    is_tensor = fact_of(builder.analysis, name).kinds == Kind.SYMBOLIC
    return name if is_operand and is_tensor else None
