"""Values that a layer computes itself: it is given what they are made of."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.generate.body_builder import BodyBuilder
from transforms.interpret.value_kinds import Kind
from transforms.knowledge.tf_catalog import canonical
from transforms.knowledge.tf_names import DTYPES, MAKING_CONSTANTS
from transforms.sites.facts import fact_of
from transforms.syntax.accesses import (
    ARITHMETIC,
    MATH,
    is_dotted_name,
    is_math_call,
    leaves_of,
    math_calls,
    tensor_of_shape,
)
from transforms.syntax.limits import MOST_INGREDIENTS
from transforms.syntax.liveness import Names
from transforms.syntax.nodes import children


def ingredients(
    builder: BodyBuilder, part: ast.expr, is_tensor: bool, local: Names
) -> tuple[ast.expr, ...] | None:
    """What ``part`` is made of: names to bind and static sizes of the operands.

    None where the layer is to be given the value of ``part`` as a whole: it calls something, or
    would look different after it was saved as a list. ``is_tensor`` says that an op takes ``part``
    as a tensor; ``local`` are the names that the layer has bound by then.
    """
    is_computed = (
        isinstance(part, ARITHMETIC) or is_math_call(part) or _makes_constant(builder, part)
    )
    if not is_computed and operand_of_size(builder, part, local) is None:
        return None
    # A Lambda that is loaded has no modules around it.
    if math_calls(part) and not (builder.prefix and MATH in builder.names.imported):
        return None
    leaves = tuple(_leaves(builder, part))
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


def _leaves(builder: BodyBuilder, node: ast.expr) -> Iterator[ast.expr]:
    """What ``node`` is made of, also where TensorFlow makes a constant of that."""
    if node not in builder.given and isinstance(node, ast.Call) and _makes_constant(builder, node):
        for part in (*node.args, *(word.value for word in node.keywords)):
            if _dotted(builder, part) not in DTYPES:
                yield from _leaves(builder, part)
    elif node not in builder.given and isinstance(node, ARITHMETIC):
        for child in children(node):
            if isinstance(child, ast.expr):
                yield from _leaves(builder, child)
    else:
        yield from leaves_of(node, builder.given)


def _makes_constant(builder: BodyBuilder, node: ast.expr) -> bool:
    """Whether ``node`` is ``tf.constant(...)`` or the like, which a class can do as well."""
    if not isinstance(node, ast.Call) or not builder.prefix:
        return False
    if any(isinstance(part, ast.Starred) for part in node.args):
        return False
    if any(word.arg is None for word in node.keywords):
        return False
    return canonical(_dotted(builder, node.func)) in MAKING_CONSTANTS


def _dotted(builder: BodyBuilder, node: ast.expr) -> str:
    """What a dotted name stands for that a class reads as the function does."""
    root, _, rest = ast.unparse(node).partition(".") if is_dotted_name(node) else ("", "", "")
    path = builder.names.paths.get(root, "")
    return f"{path}.{rest}" if path and rest else path


def operand_of_size(builder: BodyBuilder, node: ast.expr, local: Names) -> ast.Name | None:
    """The operand in ``operand.shape[1]``: the size is the same inside the layer."""
    name = tensor_of_shape(node) if isinstance(node, ast.Subscript) else None
    if name is None or isinstance(getattr(node, "slice", None), ast.Slice):
        return None
    is_operand = name.id in builder.parameters and name.id not in local
    is_tensor = fact_of(builder.analysis, name).kinds == Kind.SYMBOLIC
    return name if is_operand and is_tensor else None
