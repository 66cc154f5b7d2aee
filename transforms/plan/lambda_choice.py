"""Where a ``Lambda`` does what a raw op did."""

from __future__ import annotations

import ast
import re

from transforms.generate.body_builder import LayerBody
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind
from transforms.sites.eager_calls import is_also_eager
from transforms.sites.facts import fact_of
from transforms.sites.units import Unit
from transforms.syntax.source_text import SourceText

# Where code mentions one of these, floats may have another dtype than the policy of the layers.
POLICIES = re.compile(r"mixed_precision|set_global_policy|set_policy|set_floatx|float16")
FLOATS = frozenset({"policy", "floatx"})


def sets_policy(analysis: Analysis, text: SourceText) -> bool:
    """Whether any code in sight may set the policy of layers."""
    return POLICIES.search(text.text) is not None or any(
        POLICIES.search(word)
        for module in analysis.modules.values()
        for node in module.nodes
        if isinstance(word := _word(node), str)
    )


def _word(node: ast.AST) -> object:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.alias):
        return node.name
    return node.value if isinstance(node, ast.Constant) else getattr(node, "id", None)


def fits_lambda(analysis: Analysis, unit: Unit, is_compared: bool, has_policy: bool) -> bool:
    """Whether a ``Lambda`` can neither cast an operand nor lose a dtype in Keras 3.

    What is compared with the op, and planned again where it differs, may rely on the policy that
    the code does not mention, and on a list being one of tensors.
    """
    allowed = FLOATS | {"float32"} if is_compared else FLOATS
    if has_policy:
        allowed = frozenset({"policy"})
    return takes_placeholders(analysis, unit, is_compared) and dtypes_of(analysis, unit) <= allowed


def takes_placeholders(analysis: Analysis, unit: Unit, is_compared: bool) -> bool:
    """Whether all that ``unit`` is given are placeholders, or one list of them."""
    for expression in unit.expressions:
        # Tensors that are no placeholders may have any dtype, which a layer of Keras casts.
        if expression.operands.functions or is_also_eager(analysis, expression):
            return False
        operands = expression.operands.symbolic
        takes_list = is_compared and len(operands) == 1
        holds = any(fact_of(analysis, node).kinds & Kind.HOLDS_SYMBOLIC for node in operands)
        if holds and not takes_list:
            return False
    return True


def dtypes_of(analysis: Analysis, unit: Unit) -> frozenset[str]:
    """What the analysis knows of the dtypes of what ``unit`` is given and makes."""
    return frozenset(
        dtype
        for expression in unit.expressions
        for node in (expression.root, *expression.operands.symbolic)
        for dtype in fact_of(analysis, node).dtypes
    )


def needs_class(body: LayerBody) -> bool:
    """Whether it binds values that a ``Lambda`` could not save, or has statements."""
    return any(captured.form != "plain" for captured in body.captured) or bool(body.lines)
