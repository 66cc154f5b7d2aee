"""Operands and operators of raw expressions, where ``keras.ops`` takes them as TensorFlow does."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from transforms.generate.changed_later import Changes
from transforms.generate.ops_arguments import number
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind, may_be_symbolic
from transforms.interpret.values import Known, Plain
from transforms.knowledge.keras_ops import FLOATS
from transforms.sites.facts import fact_of, is_op
from transforms.sites.raw_expressions import RawExpression
from transforms.syntax.accesses import is_literal
from transforms.syntax.source_text import SourceText

WHOLE = frozenset({"int32", "int64"})
EXACT = FLOATS | WHOLE
SINGLE = frozenset({"float32", "int32", "int64"})
OPERATORS: dict[type[ast.AST], frozenset[str]] = {
    ast.Add: EXACT,
    ast.Sub: EXACT,
    ast.Mult: EXACT,
    ast.USub: EXACT,
    ast.Div: FLOATS,
    ast.MatMult: FLOATS,
    ast.Pow: EXACT,
    ast.FloorDiv: SINGLE,
    ast.Mod: SINGLE,
    ast.Lt: EXACT,
    ast.LtE: EXACT,
    ast.Gt: EXACT,
    ast.GtE: EXACT,
    ast.BitAnd: frozenset({"bool"}),
    ast.BitOr: frozenset({"bool"}),
    ast.BitXor: frozenset({"bool"}),
    ast.Invert: frozenset({"bool"}),
}
"""Dtypes for which Keras 3.15 computes what TensorFlow does with an operator."""
COMPARED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


@dataclass(frozen=True, kw_only=True)
class OpsContext:
    """What is known where expressions are to be written with ``keras.ops``.

    ``floats`` are the dtypes that a tensor of the policy may have; ``verified`` says that a plan
    will be verified, ``must_prove`` that only proofs are written; ``quote`` is that of the file;
    ``changes`` are those of values in place.
    """

    analysis: Analysis
    text: SourceText
    floats: frozenset[str]
    verified: bool
    must_prove: bool
    quote: str
    changes: Changes = field(default_factory=dict)

    def dtypes(self, node: ast.AST) -> frozenset[str]:
        """The dtypes that the tensors of an expression may have, ``unknown`` among them."""
        found = fact_of(self.analysis, node).dtypes or frozenset({"unknown"})
        if isinstance(node, (ast.List, ast.Tuple)):
            found = frozenset[str]().union(*map(self.dtypes, node.elts))
        of_policy = found & {"policy", "floatx"}
        return (found - of_policy) | self.floats if of_policy else found

    def is_symbolic(self, expression: RawExpression, node: ast.AST) -> bool:
        """Whether ``node`` is a tensor of the model, or a list of them."""
        if node in expression.operands.symbolic or is_op(self.analysis, node):
            return True
        return may_be_symbolic(fact_of(self.analysis, node).kinds)


def problem_of_operand(
    context: OpsContext,
    expression: RawExpression,
    node: ast.expr,
    is_tensor: bool,
    takes_list: bool,
) -> str | None:
    """Why ``keras.ops`` cannot be given ``node``, or None.

    ``is_tensor`` says that the raw op takes a tensor there, ``takes_list`` that its function of
    ``keras.ops`` takes a list of them.
    """
    kinds = fact_of(context.analysis, node).kinds
    if context.is_symbolic(expression, node):
        if not is_tensor:
            return "a size or an axis is a tensor of the model"
        if isinstance(node, (ast.List, ast.Tuple)) and takes_list:
            one = (problem_of_operand(context, expression, item, True, False) for item in node.elts)
            is_mixed = not all(context.is_symbolic(expression, item) for item in node.elts)
            return "a list holds more than tensors" if is_mixed else next(filter(None, one), None)
        if isinstance(node, (ast.List, ast.Tuple)) or (
            kinds & Kind.HOLDS_SYMBOLIC and not takes_list
        ):
            return "a list of tensors stands where keras.ops takes one"
        return None
    if isinstance(node, (ast.List, ast.Tuple)):
        return next(
            filter(
                None,
                (
                    problem_of_operand(context, expression, item, is_tensor, False)
                    for item in node.elts
                ),
            ),
            None,
        )
    if is_literal(node):
        is_number = number(node) is not None
        return None if is_number or not is_tensor else "a literal is no number"
    if is_tensor:
        last = fact_of(context.analysis, node).last
        is_number = isinstance(last, Known) or (isinstance(last, Plain) and not last.array)
        # TensorFlow takes no eager tensor of another dtype, so Keras has none to promote.
        if kinds == Kind.EAGER or (kinds == Kind.PLAIN and is_number):
            return None
        return "a value may be an array, whose dtype keras.ops treats otherwise"
    if kinds & ~(Kind.PLAIN | Kind.NONE | Kind.PARAMETER | Kind.CALLABLE | Kind.DTYPE):
        return "a value may be a tensor or an array"
    return None


def problem_of_operator(
    context: OpsContext, expression: RawExpression, op: ast.expr | ast.AugAssign
) -> str | None:
    """Why an operator cannot stay as it is, or None."""
    told = "an operator is not the same in Keras 3"
    if isinstance(op, ast.Subscript):
        return None if context.analysis.ops[op].native else "a slice is taken with a tensor"
    sides, symbol = _parts(op)
    kind = type(symbol)
    allowed = OPERATORS.get(kind)
    if allowed is None or not context.analysis.ops[op].native:
        return told
    tensors = [side for side in sides if context.is_symbolic(expression, side)]
    for side in sides:
        problem = problem_of_operand(context, expression, side, True, False)
        if problem is not None:
            return problem
    if fact_of(context.analysis, sides[0]).kinds == Kind.EAGER:
        return "TensorFlow's operator of an eager tensor takes no symbolic one"
    if len(tensors) < len(sides) and issubclass(kind, COMPARED):
        # Keras makes float32 of a Python number before it compares.
        allowed = SINGLE
    elif len(tensors) == len(sides) and allowed is EXACT:
        # TensorFlow takes two tensors of one dtype, which Keras has nothing to make of.
        allowed = EXACT | {"unknown"}
    dtypes = frozenset[str]().union(*map(context.dtypes, tensors))
    return None if dtypes <= allowed else told


def _parts(op: ast.expr | ast.AugAssign) -> tuple[list[ast.expr], ast.AST]:
    """The sides of an operator, and which one it is."""
    if isinstance(op, ast.BinOp):
        return [op.left, op.right], op.op
    if isinstance(op, ast.AugAssign):
        return [op.target, op.value], op.op
    if isinstance(op, ast.UnaryOp):
        return [op.operand], op.op
    if isinstance(op, ast.Compare) and len(op.ops) == 1:
        return [op.left, *op.comparators], op.ops[0]
    return [], op
