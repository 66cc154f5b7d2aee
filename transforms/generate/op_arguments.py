"""The plain values that ops are given, each under the name of what it is given for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

from transforms.generate.terms import short_name
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind
from transforms.knowledge import tf_catalog
from transforms.knowledge.op_words import ARGUMENT_NAMES, OP_WORDS, OTHER_SIDE
from transforms.sites.facts import fact_of
from transforms.sites.units import Unit
from transforms.syntax.accesses import (
    ARITHMETIC,
    is_dotted_name,
    is_literal,
    leaves_of,
    tensor_of_shape,
)
from transforms.syntax.limits import LARGEST_EPSILON
from transforms.syntax.liveness import NO_NAMES, names_read

# What the other side of an operator is to a tensor, where its own expression has no name.
OPERAND_NAMES: dict[type[ast.operator], str] = {
    ast.Add: "offset",
    ast.Sub: "offset",
    ast.Mult: "factor",
    ast.Div: "divisor",
    ast.FloorDiv: "divisor",
    ast.Mod: "divisor",
    ast.Pow: "exponent",
    ast.MatMult: "matrix",
}
# What a small number is added to, or a bound of, is divided by, or has a root or logarithm.
_WITH_EPSILON = frozenset({"epsilon", "minimum", "offset"})
_PLAIN = frozenset({Kind.PLAIN, Kind.PARAMETER, Kind.PLAIN | Kind.PARAMETER})
# The name of an op is no value that it works with.
LEFT_OUT = frozenset({"name"})


@dataclass(frozen=True, kw_only=True)
class OpArgument:
    """A literal or bound value, and the parameter, side or index that it stands for.

    ``operands`` are the names of the tensors of its layer.
    """

    node: ast.expr
    name: str
    operands: tuple[str, ...] = ()

    def said(self, node: ast.expr) -> str:
        """The text of a part of it: the same for the same size of another layer's operand."""
        copied = deepcopy(node)
        for part in ast.walk(copied):
            if isinstance(part, ast.Name) and part.id in self.operands:
                part.id = f"<{self.operands.index(part.id)}>"
        return ast.dump(copied)


def op_arguments(analysis: Analysis, unit: Unit) -> tuple[OpArgument, ...]:
    """The arguments in ``unit`` that its layer could be given, in the order of the ops."""
    local = NO_NAMES.union(*(statement.defines for statement in unit.statements))
    operands = tuple(
        dict.fromkeys(
            part.id
            for expression in unit.expressions
            for part in expression.operands.symbolic
            if isinstance(part, ast.Name) and part.id not in local
        )
    )
    return tuple(
        OpArgument(node=node, name=name, operands=operands)
        for expression in unit.expressions
        for op in expression.operands.ops
        for node, name in _given(analysis, op)
        if name not in LEFT_OUT
        and not names_read(node) & local
        and (node in expression.operands.captured or (is_literal(node) and _can_be_saved(node)))
    )


def _given(analysis: Analysis, op: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    if isinstance(op, ast.Call):
        keys = analysis.ops[op].keys
        names = tf_catalog.signature(keys[0]) if keys else ()
        op_word = short_name(keys[0]) if keys else ""
        given = [(node, name.lstrip("*")) for name, node in zip(names, op.args)]
        given += [(word.value, word.arg) for word in op.keywords if word.arg is not None]
        yield from ((node, layer_argument(op_word, name)) for node, name in given)
    elif isinstance(op, ast.BinOp):
        name = OPERAND_NAMES.get(type(op.op), "value")
        yield from ((op.left, name), (op.right, name))
    elif isinstance(op, ast.Subscript):
        parts = op.slice.elts if isinstance(op.slice, ast.Tuple) else [op.slice]
        for part in parts:
            if isinstance(part, ast.Slice):
                bounds = {"start": part.lower, "stop": part.upper, "step": part.step}
                yield from ((bound, name) for name, bound in bounds.items() if bound is not None)
            else:
                yield part, "axis" if _is_shape(analysis, op.value) else "index"


def _is_shape(analysis: Analysis, node: ast.AST) -> bool:
    """Whether ``node`` is a call of ``tf.shape``: its items are sizes of axes."""
    fact = analysis.ops.get(node)
    return fact is not None and fact.keys in {("tf.shape",), ("K.shape",)}


def layer_argument(op: str, parameter: str) -> str:
    """What a layer calls the value that ``op`` is given as ``parameter``."""
    if parameter in {"x", "y"}:
        return OTHER_SIDE.get(op, parameter)
    return ARGUMENT_NAMES.get(parameter, parameter)


def shown_arguments(analysis: Analysis, unit: Unit) -> tuple[OpArgument, ...]:
    """The literals that a layer of one op is about, so that they are seen where it is called."""
    ops = [op for expression in unit.expressions for op in expression.operands.ops]
    if len(unit.layer_ops) != 1 or len(ops) != 1:
        return ()
    op = short_name(unit.layer_ops[0])
    words = OP_WORDS.get(op)
    shown = {ARGUMENT_NAMES.get(name, name) for name in words.shown} if words else set()
    shown |= {OTHER_SIDE[op]} if op in OTHER_SIDE else set()
    return tuple(
        argument
        for argument in op_arguments(analysis, unit)
        if argument.name in shown
        and (is_literal(argument.node) or _is_made_of_plain(analysis, argument.node))
        and not (isinstance(argument.node, ast.Constant) and argument.node.value is None)
    )


def epsilon_of(analysis: Analysis, unit: Unit) -> ast.expr | None:
    """The small number that keeps the ops of ``unit`` from a division by zero, if it is one."""
    found = [
        one.node
        for one in op_arguments(analysis, unit)
        if one.name in _WITH_EPSILON
        and isinstance(one.node, ast.Constant)
        and isinstance(one.node.value, float)
        and 0 < one.node.value <= LARGEST_EPSILON
    ]
    return found[0] if len(found) == 1 and len(unit.layer_ops) > 1 else None


def _is_made_of_plain(analysis: Analysis, node: ast.expr) -> bool:
    """Whether ``node`` is arithmetic or a list of plain values, none of them a size of a tensor.

    A layer of one op says more with the whole than with what it is made of.
    """
    if not isinstance(node, ARITHMETIC):
        return False
    leaves = [*leaves_of(node)]
    return all(
        is_dotted_name(leaf)
        and tensor_of_shape(leaf) is None
        and fact_of(analysis, leaf).kinds in _PLAIN
        for leaf in leaves
    )


def _can_be_saved(node: ast.expr) -> bool:
    """Whether JSON holds the literal; an index with an ellipsis is none of them."""
    values = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    return all(value is None or isinstance(value, (bool, int, float, str)) for value in values)


def items_of(node: ast.expr) -> tuple[ast.expr, ...]:
    """The items of a list or tuple that is written out, else none."""
    if not isinstance(node, (ast.List, ast.Tuple)):
        return ()
    return () if any(isinstance(item, ast.Starred) for item in node.elts) else tuple(node.elts)
