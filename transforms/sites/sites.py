"""Raw expressions: the maximal expression trees of raw ops, with what goes in and what is bound."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from transforms.interpret.scopes import Fact, Module, OpFact
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind, may_be_symbolic
from transforms.knowledge import tf_catalog
from transforms.sites import refusals
from transforms.sites.list_definitions import list_behind
from transforms.sites.operands import Operands, split_operands
from transforms.syntax.places import COMPREHENSIONS, Place, own_expressions, statements_of
from transforms.syntax.records import Refusal
from transforms.syntax.source_text import SourceText

UNPACKING = "operator.getitem"


@dataclass(frozen=True, eq=False)
class RawExpression:
    """A raw expression in ``statement``; ``loops`` counts comprehensions around it too.

    Where a tensor is unpacked, ``root`` is the list of names and ``unpacks`` the tensor.
    """

    root: ast.expr | ast.AugAssign
    statement: ast.stmt
    place: Place
    loops: tuple[ast.AST, ...]
    keys: tuple[str, ...]
    native: bool
    operands: Operands
    refusal: Refusal | None
    unpacks: ast.expr | None = None

    @property
    def code(self) -> str:
        """KC101 for functions of TensorFlow, KC103 for keras.backend, KC102 for operators."""
        functions = [key for key in self.keys if not is_operator(key)]
        if not functions:
            return "KC102"
        return "KC103" if all(key.startswith("K.") for key in functions) else "KC101"


def is_operator(key: str) -> bool:
    """Whether ``key`` is a Python operator, slice or Keras activation, native in Keras 3."""
    return key.startswith(("operator.", "keras.activations.", "tf.keras.activations."))


def find_raw_expressions(
    analysis: Analysis, module: Module, text: SourceText
) -> list[RawExpression]:
    """All raw expressions of ``module`` in the order of the source."""
    if module.path not in analysis.with_ops:
        return []
    found: list[RawExpression] = []
    for statement, place in statements_of(module.tree):
        for expression in own_expressions(statement):
            for root, loops in _roots(analysis, expression, place.loops):
                found.append(_raw_expression(analysis, text, root, statement, place, loops))
        if isinstance(statement, ast.AugAssign) and _is_op(analysis, statement):
            found.append(_raw_expression(analysis, text, statement, statement, place, place.loops))
    return found


def _is_op(analysis: Analysis, node: ast.AST) -> bool:
    fact = analysis.ops.get(node)
    return fact is not None and bool(fact.keys)


def _roots(
    analysis: Analysis, node: ast.AST, loops: tuple[ast.AST, ...]
) -> Iterator[tuple[ast.expr, tuple[ast.AST, ...]]]:
    """The topmost raw ops at or below ``node``, and those below their operands."""
    if isinstance(node, ast.expr) and is_raw(analysis, node):
        yield node, loops
        operands = split_operands(analysis, node)
        for part in (*operands.symbolic, *operands.captured):
            yield from _roots(analysis, part, loops)
        return
    if isinstance(node, (*COMPREHENSIONS, ast.Lambda)):
        loops = (*loops, node)
    for child in ast.iter_child_nodes(node):
        yield from _roots(analysis, child, loops)


def is_raw(analysis: Analysis, node: ast.expr) -> bool:
    """Whether ``node`` is a raw op, or Python's access to a part of the result of one."""
    if _is_op(analysis, node):
        return True
    if isinstance(node, (ast.Attribute, ast.Subscript)) and _is_op(analysis, node.value):
        fact = analysis.facts.get(node, Fact())
        return may_be_symbolic(fact.kinds)
    return False


def _raw_expression(
    analysis: Analysis,
    text: SourceText,
    root: ast.expr | ast.AugAssign,
    statement: ast.stmt,
    place: Place,
    loops: tuple[ast.AST, ...],
) -> RawExpression:
    if isinstance(root, (ast.Tuple, ast.List)):
        return _unpacking(analysis, text, root, statement, place, loops)
    operands = _with_lists_inlined(analysis, root, place, split_operands(analysis, root))
    found: list[str] = []
    native = True
    for op in operands.ops[:1] if isinstance(root, ast.AugAssign) else operands.ops:
        fact = analysis.ops.get(op, OpFact())
        found.extend(fact.keys)
        native = native and fact.native
    refusal = operands.refusal or _refusal(analysis, text, operands)
    return RawExpression(root, statement, place, loops, tuple(found), native, operands, refusal)


def _with_lists_inlined(
    analysis: Analysis, root: ast.expr | ast.AugAssign, place: Place, operands: Operands
) -> Operands:
    """Take the items of lists that also hold other things than tensors: a layer takes no such."""
    lists: dict[ast.AST, ast.expr] = {}
    for part in operands.symbolic:
        if isinstance(part, ast.Name) and analysis.facts.get(part, Fact()).mixed:
            display = list_behind(analysis, part, place)
            if display is not None:
                lists[part] = display
    return split_operands(analysis, root, inlined=lists) if lists else operands


def _unpacking(
    analysis: Analysis,
    text: SourceText,
    names: ast.Tuple | ast.List,
    statement: ast.stmt,
    place: Place,
    loops: tuple[ast.AST, ...],
) -> RawExpression:
    """``a, b = tensor``: not native, since Keras 3.15 does not iterate over a KerasTensor."""
    simple = isinstance(statement, ast.Assign) and statement.targets == [names]
    if not simple or not isinstance(statement, ast.Assign):
        refusal = refusals.unsupported_syntax("unpacking a tensor here")
        operands = Operands((names,), (), (), (), (), refusal)
        return RawExpression(names, statement, place, loops, (UNPACKING,), False, operands, refusal)
    value = statement.value
    operands, refusal_inside = _unpacked_operand(names, value), None
    if is_raw(analysis, value):
        inner = _raw_expression(analysis, text, value, statement, place, loops)
        operands = replace(inner.operands, ops=(names, *inner.operands.ops))
        refusal_inside = inner.refusal
    found = refusal_inside or _operand_refusal(analysis.facts.get(value, Fact()), text, value)
    if found is None and not analysis.ops[names].certain:
        found = refusals.uncertain_tensor(text.text_of(value))
    return RawExpression(
        names, statement, place, loops, (UNPACKING,), False, operands, found, value
    )


def _unpacked_operand(names: ast.AST, value: ast.expr) -> Operands:
    return Operands((names,), (value,), (), (), (), None)


def _refusal(analysis: Analysis, text: SourceText, operands: Operands) -> Refusal | None:
    for op in operands.ops:
        fact = analysis.ops[op]
        for key in fact.keys:
            reason = tf_catalog.is_refused(key)
            if reason is not None:
                return refusals.unwrappable(reason)
            if key.startswith("method."):
                return refusals.unwrappable(f"`{key[7:]}` is a method that only Keras 2 has")
        if "operator.eq" in fact.keys:
            return refusals.equality()
        if fact.library:
            return refusals.library_code(fact.keys[0])
        if fact.eager and isinstance(op, ast.Call):
            return refusals.also_eager()
        if fact.other and isinstance(op, ast.Call) and _is_applying(op.func):
            return refusals.unsupported_syntax(f"an op that `{text.text_of(op.func)}` applies")
        if fact.other and isinstance(op, ast.Call):
            return refusals.unresolved_function(text.text_of(op.func))
        if not fact.certain:
            return refusals.uncertain_tensor(text.text_of(op))
    for part in operands.symbolic:
        refusal = _operand_refusal(analysis.facts.get(part, Fact()), text, part)
        if refusal is not None:
            return refusal
    return None


def _is_applying(function: ast.expr) -> bool:
    """Whether ``function`` is given the op and calls it."""
    name = getattr(function, "attr", getattr(function, "id", ""))
    return name in {"map", "reduce", "list", "tuple", "set", "sorted", "reversed"}


def _operand_refusal(fact: Fact, text: SourceText, part: ast.expr) -> Refusal | None:
    kinds = fact.kinds
    source = text.text_of(part)
    if kinds & Kind.UNCERTAIN:
        return refusals.uncertain_tensor(source)
    if kinds & (Kind.EAGER | Kind.PLAIN | Kind.ARRAY | Kind.VARIABLE):
        return refusals.sometimes_symbolic(source)
    if fact.mixed:
        return refusals.mixed_container(source)
    return None


def single_ops(
    analysis: Analysis, expression: RawExpression, keep_operators: bool
) -> list[RawExpression]:
    """``expression`` split into one raw expression for each op.

    Operators stay between them as they are where ``keep_operators`` says so, but not products
    with a number, which Keras 3.15 takes for sparse tensors.
    """
    if expression.unpacks is not None:
        operands = _unpacked_operand(expression.root, expression.unpacks)
        return [replace(expression, operands=operands)]
    keep_operators = keep_operators and expression.code != "KC102"
    parts: list[RawExpression] = []
    for op in expression.operands.ops:
        if not isinstance(op, (ast.expr, ast.AugAssign)):
            continue
        fact = analysis.ops[op]
        is_scaling = op in analysis.facts.get(op, Fact()).scalings
        is_native = fact.native and all(is_operator(key) for key in fact.keys)
        if keep_operators and is_native and not is_scaling:
            continue
        parts.append(
            RawExpression(
                op,
                expression.statement,
                expression.place,
                expression.loops,
                fact.keys,
                fact.native,
                split_operands(analysis, op, op, expression.operands.inlined),
                None,
            )
        )
    return parts
