"""Splitting a raw expression into its ops, its symbolic operands and its bound values."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from transforms.interpret.scopes import Fact
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind, may_be_symbolic
from transforms.sites import refusals
from transforms.syntax.records import Refusal

UNMOVABLE: tuple[tuple[type[ast.AST], str], ...] = (
    (ast.Await, "await"),
    (ast.Yield, "yield"),
    (ast.YieldFrom, "yield from"),
    (ast.NamedExpr, "an assignment expression"),
)


@dataclass(frozen=True)
class Operands:
    """The parts of a raw expression, each in the order of evaluation.

    ``symbolic`` are the largest parts that are symbolic tensors and no raw ops: the inputs.
    ``captured`` are the largest parts without a symbolic tensor that are not literals: the
    values to bind. ``functions`` are called values that are not names of a module. ``inlined``
    are names of lists with the display that each holds, whose items are operands.
    """

    ops: tuple[ast.AST, ...]
    symbolic: tuple[ast.expr, ...]
    captured: tuple[ast.expr, ...]
    references: tuple[ast.expr, ...]
    functions: tuple[ast.expr, ...]
    refusal: Refusal | None
    inlined: Mapping[ast.AST, ast.expr] = field(default_factory=dict)


@dataclass
class _Collector:
    analysis: Analysis
    ops: list[ast.AST]
    symbolic: list[ast.expr]
    captured: list[ast.expr]
    references: list[ast.expr]
    functions: list[ast.expr]
    refusal: Refusal | None = None
    single: ast.AST | None = None
    inlined: Mapping[ast.AST, ast.expr] = field(default_factory=dict)

    def refuse(self, refusal: Refusal) -> None:
        if self.refusal is None:
            self.refusal = refusal


def split_operands(
    analysis: Analysis,
    root: ast.AST,
    single: ast.AST | None = None,
    inlined: Mapping[ast.AST, ast.expr] | None = None,
) -> Operands:
    """Split the raw expression ``root`` (an expression or an augmented assignment).

    With ``single`` only that op is split: the raw ops among its arguments count as operands.
    """
    collector = _Collector(analysis, [], [], [], [], [], single=single, inlined=inlined or {})
    _visit_root(collector, root)
    return Operands(
        tuple(collector.ops),
        tuple(collector.symbolic),
        tuple(collector.captured),
        tuple(collector.references),
        tuple(collector.functions),
        collector.refusal,
        collector.inlined,
    )


def _visit_root(collector: _Collector, root: ast.AST) -> None:
    if not isinstance(root, ast.AugAssign):
        _visit(collector, root)
        return
    collector.ops.append(root)
    for node in ast.walk(root.target):
        if isinstance(node, ast.Call):
            collector.refuse(refusals.unsupported_syntax("a call in the target"))
    target = collector.analysis.facts.get(root.target, Fact())
    side = collector.symbolic if may_be_symbolic(target.kinds) else collector.captured
    side.append(root.target)
    _visit(collector, root.value)


def _visit(collector: _Collector, node: ast.AST) -> None:
    node = collector.inlined.get(node, node)
    fact = collector.analysis.facts.get(node, Fact())
    op = collector.analysis.ops.get(node)
    for kind, what in UNMOVABLE:
        if isinstance(node, kind):
            collector.refuse(refusals.unsupported_syntax(what))
    is_op = op is not None and bool(op.keys) and not isinstance(node, (ast.Tuple, ast.List))
    if is_op and isinstance(node, ast.expr) and collector.single not in (None, node):
        collector.symbolic.append(node)
    elif is_op:
        collector.ops.append(node)
        _visit_op(collector, node)
    elif isinstance(node, (ast.Attribute, ast.Subscript)) and _is_part_of_result(collector, node):
        _visit(collector, node.value)
        if isinstance(node, ast.Subscript):
            _visit(collector, node.slice)
    elif isinstance(node, ast.Attribute) and _is_dtype_of_tensor(collector, node):
        _visit(collector, node.value)
    elif isinstance(node, (ast.Tuple, ast.List, ast.Dict, ast.Starred, ast.Slice)) and (
        _holds_symbolic(collector, node)
    ):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                _visit(collector, child)
    elif may_be_symbolic(fact.kinds) and isinstance(node, ast.expr):
        collector.symbolic.append(node)
    elif isinstance(node, ast.expr):
        _visit_constant(collector, node, fact)


def _visit_op(collector: _Collector, node: ast.AST) -> None:
    if isinstance(node, ast.Call):
        _visit_function(collector, node.func)
        for argument in node.args:
            _visit(collector, argument)
        for keyword in node.keywords:
            if keyword.arg is None:
                collector.refuse(refusals.unsupported_syntax("**"))
            _visit(collector, keyword.value)
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            _visit(collector, child)


def _visit_function(collector: _Collector, function: ast.expr) -> None:
    if is_dotted_name(function):
        collector.references.append(function)
    else:
        collector.functions.append(function)


def _is_part_of_result(collector: _Collector, node: ast.Attribute | ast.Subscript) -> bool:
    op = collector.analysis.ops.get(node.value)
    fact = collector.analysis.facts.get(node, Fact())
    return op is not None and bool(op.keys) and may_be_symbolic(fact.kinds)


def _is_dtype_of_tensor(collector: _Collector, node: ast.Attribute) -> bool:
    if node.attr != "dtype":
        return False
    fact = collector.analysis.facts.get(node.value, Fact())
    return bool(fact.kinds & Kind.SYMBOLIC)


def _holds_symbolic(collector: _Collector, node: ast.AST) -> bool:
    if isinstance(node, (ast.Slice, ast.Starred)):
        return True
    if isinstance(node, ast.Tuple) and any(isinstance(item, ast.Slice) for item in node.elts):
        return True
    return may_be_symbolic(collector.analysis.facts.get(node, Fact()).kinds)


def _visit_constant(collector: _Collector, node: ast.expr, fact: Fact) -> None:
    if is_literal(node):
        return
    if isinstance(node, (ast.Tuple, ast.List)) and all(
        is_literal(item) or _is_reference(collector, item) for item in node.elts
    ):
        collector.references.extend(item for item in node.elts if not is_literal(item))
        return
    if _is_reference(collector, node):
        collector.references.append(node)
        return
    collector.captured.append(node)


def _is_reference(collector: _Collector, node: ast.expr) -> bool:
    fact = collector.analysis.facts.get(node, Fact())
    return is_dotted_name(node) and fact.kinds == Kind.CALLABLE


def is_dotted_name(node: ast.expr) -> bool:
    """Whether ``node`` is a name or a chain of attributes of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def is_literal(node: ast.AST) -> bool:
    """Whether ``node`` is a literal, also inside tuples, lists and slices."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.operand, ast.Constant)
    if isinstance(node, (ast.Tuple, ast.List)):
        return all(is_literal(item) for item in node.elts)
    if isinstance(node, ast.Slice):
        parts = (node.lower, node.upper, node.step)
        return all(part is None or is_literal(part) for part in parts)
    return False
