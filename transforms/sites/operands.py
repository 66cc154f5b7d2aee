"""Splitting a raw expression into its ops, its symbolic operands and its bound values."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind, may_be_symbolic
from transforms.sites import refusals
from transforms.sites.facts import fact_of, is_op, op_fact_of
from transforms.sites.library_ops import is_left_to_library, maker_of
from transforms.syntax.accesses import is_call_of, is_dotted_name, is_literal, tensor_of_dtype
from transforms.syntax.nodes import children, walk
from transforms.syntax.records import Refusal

UNMOVABLE: tuple[tuple[type[ast.AST], str], ...] = (
    (ast.Await, "await"),
    (ast.Yield, "yield"),
    (ast.YieldFrom, "yield from"),
    (ast.NamedExpr, "an assignment expression"),
)


Op = ast.expr | ast.AugAssign
_CHOOSING = Kind.PLAIN | Kind.PARAMETER | Kind.NONE
"""What a layer may be given to choose by."""


@dataclass(frozen=True, kw_only=True)
class Operands:
    """The parts of a raw expression, each in the order of evaluation.

    - ``ops``: the raw ops themselves.
    - ``symbolic``: the largest parts that are symbolic tensors and no raw ops, the layer's inputs.
    - ``captured``: the largest parts without a symbolic tensor that are not literals, the values
      to bind.
    - ``references``: names of functions, modules and dtypes that the layer looks up itself.
    - ``functions``: called values that are no dotted names.
    - ``inlined``: names of lists with the display that each holds, whose items are operands.
    """

    ops: tuple[Op, ...]
    symbolic: tuple[ast.expr, ...] = ()
    captured: tuple[ast.expr, ...] = ()
    references: tuple[ast.expr, ...] = ()
    functions: tuple[ast.expr, ...] = ()
    refusal: Refusal | None = None
    inlined: Mapping[ast.AST, ast.expr] = field(default_factory=dict)


@dataclass(kw_only=True)
class _Collector:
    """The operands of ``root`` found so far.

    ``single`` is the only op to split, None for all of them.
    """

    analysis: Analysis
    root: ast.AST
    single: ast.AST | None
    inlined: Mapping[ast.AST, ast.expr]
    ops: list[Op] = field(default_factory=list)
    symbolic: list[ast.expr] = field(default_factory=list)
    captured: list[ast.expr] = field(default_factory=list)
    references: list[ast.expr] = field(default_factory=list)
    functions: list[ast.expr] = field(default_factory=list)
    refusal: Refusal | None = None

    def refuse(self, refusal: Refusal) -> None:
        """Keep the first reason."""
        if self.refusal is None:
            self.refusal = refusal


def split_operands(
    analysis: Analysis,
    root: Op,
    single: ast.AST | None = None,
    inlined: Mapping[ast.AST, ast.expr] | None = None,
) -> Operands:
    """Split the raw expression ``root`` (an expression or an augmented assignment).

    With ``single`` only that op is split: the raw ops among its arguments count as operands.
    """
    collector = _Collector(analysis=analysis, root=root, single=single, inlined=inlined or {})
    if isinstance(root, ast.AugAssign):
        _visit_augmented(collector, root)
    else:
        _visit(collector, root)
    return Operands(
        ops=tuple(collector.ops),
        symbolic=tuple(collector.symbolic),
        captured=tuple(collector.captured),
        references=tuple(collector.references),
        functions=tuple(collector.functions),
        refusal=collector.refusal,
        inlined=collector.inlined,
    )


def _visit_augmented(collector: _Collector, root: ast.AugAssign) -> None:
    collector.ops.append(root)
    for node in walk(root.target):
        if isinstance(node, ast.Call):
            collector.refuse(refusals.unsupported_syntax("a call in the target"))
    target = fact_of(collector.analysis, root.target)
    side = collector.symbolic if may_be_symbolic(target.kinds) else collector.captured
    side.append(root.target)
    _visit(collector, root.value)


def _visit(collector: _Collector, node: ast.expr) -> None:
    """Sort ``node`` into the operands, or go on to its parts where it is an op or holds one."""
    node = collector.inlined.get(node, node)
    fact = fact_of(collector.analysis, node)
    for kind, what in UNMOVABLE:
        if isinstance(node, kind):
            collector.refuse(refusals.unsupported_syntax(what))
    # A list of names that unpacks a tensor is an op too, but its names are no operands.
    applies = is_op(collector.analysis, node) and not isinstance(node, (ast.Tuple, ast.List))
    # What Keras's own code applies is left where it is; the expression around it need not be.
    is_apart = node is not collector.root and is_left_to_library(collector.analysis, node)
    if applies and (collector.single not in (None, node) or is_apart):
        collector.symbolic.append(node)
    elif applies:
        collector.ops.append(node)
        _visit_op(collector, node)
    elif isinstance(node, (ast.Attribute, ast.Subscript)) and _is_part_of_result(collector, node):
        _visit(collector, node.value)
        if isinstance(node, ast.Subscript):
            _visit_index(collector, node.slice)
    elif (tensor := _tensor_of_dtype(collector, node)) is not None:
        functions = [part.func for part in walk(node) if is_call_of(part, "as_dtype")]
        collector.references.extend(functions)
        _visit(collector, tensor)
    elif isinstance(node, ast.Call) and _asks_dtype(collector, node):
        collector.references.append(node.func)
        _visit(collector, node.args[0])
    elif isinstance(node, (ast.Tuple, ast.List, ast.Dict, ast.Starred, ast.Slice)) and (
        _holds_symbolic(collector, node)
    ):
        for child in children(node):
            if isinstance(child, ast.expr):
                _visit(collector, child)
    elif isinstance(node, ast.IfExp) and _is_plain_choice(collector, node):
        _visit_constant(collector, node.test)
        _visit(collector, node.body)
        _visit(collector, node.orelse)
    elif may_be_symbolic(fact.kinds):
        collector.symbolic.append(node)
    elif isinstance(node, (ast.BinOp, ast.UnaryOp)) and _is_of_dtype(collector, node):
        for child in children(node):
            if isinstance(child, ast.expr):
                _visit(collector, child)
    else:
        _visit_constant(collector, node)


def _visit_op(collector: _Collector, node: ast.expr) -> None:
    if isinstance(node, ast.Call):
        _visit_function(collector, node)
        for argument in node.args:
            _visit(collector, argument)
        for keyword in node.keywords:
            holds = fact_of(collector.analysis, keyword.value).kinds
            if keyword.arg is None and holds != Kind.PLAIN:
                collector.refuse(refusals.unsupported_syntax("**"))
            _visit(collector, keyword.value)
        return
    if isinstance(node, ast.Subscript):
        _visit(collector, node.value)
        _visit_index(collector, node.slice)
        return
    for child in children(node):
        if isinstance(child, ast.expr):
            _visit(collector, child)


def _visit_index(collector: _Collector, index: ast.expr) -> None:
    """The parts of an index one by one: a layer could not save an ellipsis."""
    for part in index.elts if isinstance(index, ast.Tuple) else (index,):
        _visit(collector, part)


def _visit_function(collector: _Collector, call: ast.Call) -> None:
    function = call.func
    maker = None
    if op_fact_of(collector.analysis, call).library:
        maker = maker_of(collector.analysis, call)
    if maker is not None:
        # The layer makes the loss where it applies it.
        collector.references.append(maker.func)
        if maker is not function:
            collector.inlined = {**collector.inlined, function: maker}
    elif is_dotted_name(function):
        collector.references.append(function)
    else:
        collector.functions.append(function)


def _is_plain_choice(collector: _Collector, node: ast.IfExp) -> bool:
    """Whether a layer can choose itself between a tensor and a value: `op(x) if flag else 0.0`.

    All that the layer is given is evaluated before it chooses: these may only be names, and
    tensors that the expression takes anyway.
    """
    analysis = collector.analysis
    mixed = fact_of(analysis, node).kinds
    if not (mixed & Kind.SYMBOLIC and mixed & (Kind.PLAIN | Kind.EAGER | Kind.ARRAY)):
        return False
    if any(fact_of(analysis, part).kinds & ~_CHOOSING for part in walk(node.test)):
        return False
    taken = set()
    for branch in (node.body, node.orelse):
        inner = split_operands(analysis, branch) if is_op(analysis, branch) else None
        if inner is None and not is_literal(branch):
            return False
        if inner is not None:
            if inner.refusal or not all(isinstance(part, ast.Name) for part in inner.symbolic):
                return False
            if not all(isinstance(part, ast.Name) for part in inner.captured):
                return False
            taken |= {ast.unparse(part) for part in inner.symbolic}
    inside = set(walk(node))
    around = {
        part.id
        for part in walk(collector.root)
        if isinstance(part, ast.Name) and part not in inside
    }
    return taken <= around


def _is_part_of_result(collector: _Collector, node: ast.Attribute | ast.Subscript) -> bool:
    fact = fact_of(collector.analysis, node)
    return is_op(collector.analysis, node.value) and may_be_symbolic(fact.kinds)


def _tensor_of_dtype(collector: _Collector, node: ast.expr) -> ast.expr | None:
    """The symbolic tensor whose dtype is asked for."""
    tensor = tensor_of_dtype(node)
    is_symbolic = tensor is not None and fact_of(collector.analysis, tensor).kinds & Kind.SYMBOLIC
    return tensor if is_symbolic else None


def _is_of_dtype(collector: _Collector, node: ast.expr) -> bool:
    """Whether arithmetic asks a tensor for its dtype, which is done where the tensor is."""
    parts = (part for part in walk(node) if isinstance(part, ast.Attribute))
    return any(_tensor_of_dtype(collector, part) is not None for part in parts)


def _asks_dtype(collector: _Collector, node: ast.Call) -> bool:
    """Whether it is `K.dtype(x)`, which Keras 3 can only ask of what a layer is given."""
    if not is_call_of(node, "dtype"):
        return False
    is_function = fact_of(collector.analysis, node.func).kinds == Kind.CALLABLE
    return is_function and bool(fact_of(collector.analysis, node.args[0]).kinds & Kind.SYMBOLIC)


def _holds_symbolic(collector: _Collector, node: ast.AST) -> bool:
    """Whether the parts of a display or slice are operands one by one."""
    # A slice or a starred argument is no value that a layer could be given as a whole.
    if isinstance(node, (ast.Slice, ast.Starred)):
        return True
    if isinstance(node, ast.Tuple) and any(isinstance(part, ast.Slice) for part in node.elts):
        return True
    return may_be_symbolic(fact_of(collector.analysis, node).kinds)


def _visit_constant(collector: _Collector, node: ast.expr) -> None:
    if is_literal(node):
        return
    if isinstance(node, (ast.Tuple, ast.List)) and all(
        is_literal(element) or _is_reference(collector, element) for element in node.elts
    ):
        collector.references.extend(element for element in node.elts if not is_literal(element))
        return
    if _is_reference(collector, node):
        collector.references.append(node)
        return
    collector.captured.append(node)


def _is_reference(collector: _Collector, node: ast.expr) -> bool:
    fact = fact_of(collector.analysis, node)
    return is_dotted_name(node) and fact.kinds & ~Kind.DTYPE == Kind.CALLABLE
