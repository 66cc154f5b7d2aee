"""Python operators and subscripts on abstract values."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TypeGuard

from transforms.interpret import attributes, expressions
from transforms.interpret.scopes import Scope, State
from transforms.interpret.value_kinds import Kind, holds_symbolic, kind_of
from transforms.interpret.values import (
    Eager,
    External,
    ExternalObject,
    Known,
    LayerValue,
    Mapping,
    Opaque,
    Parameter,
    Plain,
    Sequence,
    Symbolic,
    Value,
    VariableValue,
    alternatives,
    join_all,
    not_none,
)

BINARY_KEYS: dict[type[ast.operator], str] = {
    ast.Add: "operator.add",
    ast.Sub: "operator.sub",
    ast.Mult: "operator.mul",
    ast.Div: "operator.truediv",
    ast.FloorDiv: "operator.floordiv",
    ast.Mod: "operator.mod",
    ast.Pow: "operator.pow",
    ast.MatMult: "operator.matmul",
    ast.BitAnd: "operator.and_",
    ast.BitOr: "operator.or_",
    ast.BitXor: "operator.xor",
    ast.LShift: "operator.lshift",
    ast.RShift: "operator.rshift",
}
UNARY_KEYS: dict[type[ast.unaryop], str] = {
    ast.USub: "operator.neg",
    ast.UAdd: "operator.pos",
    ast.Invert: "operator.invert",
}
COMPARE_KEYS: dict[type[ast.cmpop], str] = {
    ast.Lt: "operator.lt",
    ast.LtE: "operator.le",
    ast.Gt: "operator.gt",
    ast.GtE: "operator.ge",
    ast.Eq: "operator.eq",
    ast.NotEq: "operator.ne",
}


def record_op(
    state: State, node: ast.AST, keys: tuple[str, ...], native: bool, certain: bool
) -> None:
    """Record that ops were applied to a symbolic tensor at ``node``."""
    if state.module is not None:
        state.modules_with_ops.add(state.module.path)
    fact = state.op(node)
    if state.layer_depth > 0:
        fact.eager = True
        return
    fact.keys = tuple(dict.fromkeys((*fact.keys, *keys)))
    fact.native = fact.native and native
    fact.certain = fact.certain and certain


def result_of(operands: list[Value], key: str) -> Symbolic:
    """The KerasTensor that an operator makes of ``operands``."""
    symbolic = [
        part for operand in operands for part in alternatives(operand) if isinstance(part, Symbolic)
    ]
    certain = any(kind_of(operand) == Kind.SYMBOLIC for operand in operands)
    scalings = frozenset[ast.AST]().union(*(part.scalings for part in symbolic))
    if key in {"operator.lt", "operator.le", "operator.gt", "operator.ge", "operator.ne"}:
        return Symbolic("bool", certain, scalings=scalings)
    dtypes = {part.dtype for part in symbolic}
    if dtypes == {"policy", "floatx"}:
        dtype = "floatx"
    else:
        dtype = dtypes.pop() if len(dtypes) == 1 else "unknown"
    return Symbolic(dtype, certain, scalings=scalings)


def binary(state: State, scope: Scope, node: ast.BinOp) -> Value:
    """A binary operator, which is a raw op where an operand is symbolic."""
    left = expressions.evaluate(state, scope, node.left)
    right = expressions.evaluate(state, scope, node.right)
    return apply_binary(state, node, node.op, left, right)


def apply_binary(
    state: State, node: ast.AST, operator: ast.operator, left: Value, right: Value
) -> Value:
    """``left operator right``; also what an augmented assignment computes."""
    key = BINARY_KEYS[type(operator)]
    left, right = not_none(left), not_none(right)
    joins_lists = isinstance(operator, ast.Add) and (
        (_is_list_of_tensors(left) and _may_be_list(right))
        or (_is_list_of_tensors(right) and _may_be_list(left))
    )
    if not joins_lists and (_direct_symbolic(left) or _direct_symbolic(right)):
        native = not _is_array(left) and not _is_list(left) and not _is_list(right)
        result = result_of([left, right], key)
        record_op(state, node, (key,), native, result.certain)
        if isinstance(operator, ast.Mult) and not (
            _direct_symbolic(left) and _direct_symbolic(right)
        ):
            result = replace(result, scalings=result.scalings | {node})
        if not all(_is_operand(value) for value in (left, right)):
            return join_all([result, _python_result(operator, left, right)])
        return result
    state.op(node).eager = True
    return _python_result(operator, left, right)


def _python_result(operator: ast.operator, left: Value, right: Value) -> Value:
    results: list[Value] = []
    for first in alternatives(left):
        for second in alternatives(right):
            if isinstance(operator, ast.Add) and isinstance(first, Sequence):
                results.append(_concatenated(first, second))
            elif isinstance(operator, ast.Add) and _is_list_of_tensors(second):
                results.append(_concatenated(second, first))
            elif isinstance(operator, ast.Mult) and isinstance(first, Sequence):
                results.append(Sequence(None, first.element(), first.kind))
            elif isinstance(operator, ast.Mult) and isinstance(second, Sequence):
                results.append(Sequence(None, second.element(), second.kind))
            elif isinstance(first, Parameter):
                results.append(first)
            elif isinstance(second, Parameter):
                results.append(second)
            elif isinstance(first, (Eager, VariableValue)) or isinstance(
                second, (Eager, VariableValue)
            ):
                results.append(Eager())
            elif isinstance(first, (Opaque, ExternalObject)) or isinstance(
                second, (Opaque, ExternalObject)
            ):
                results.append(Opaque())
            elif isinstance(first, Symbolic) or isinstance(second, Symbolic):
                continue
            else:
                results.append(Plain(array=_is_array(first) or _is_array(second)))
    return join_all(results) if results else Plain()


def _is_list_of_tensors(value: Value) -> TypeGuard[Sequence]:
    return isinstance(value, Sequence) and holds_symbolic(value)


def _may_be_list(value: Value) -> bool:
    """Whether ``value`` is no single tensor: what is added to a list of tensors is a list then."""
    return not any(
        isinstance(item, Eager) or (isinstance(item, Symbolic) and not item.structured)
        for item in alternatives(value)
    )


def _concatenated(first: Sequence, second: Value) -> Value:
    if isinstance(second, Sequence):
        if first.items is not None and second.items is not None:
            return Sequence([*first.items, *second.items], kind=first.kind)
        return Sequence(None, join_all([first.element(), second.element()]), first.kind)
    return Sequence(None, join_all([first.element(), expressions.iterate(second)]), first.kind)


def unary(state: State, scope: Scope, node: ast.UnaryOp) -> Value:
    """A unary operator."""
    operand = expressions.evaluate(state, scope, node.operand)
    if isinstance(node.op, ast.Not):
        return Plain()
    if _direct_symbolic(operand):
        result = result_of([operand], "")
        record_op(state, node, (UNARY_KEYS[type(node.op)],), True, result.certain)
        return result
    state.op(node).eager = True
    if isinstance(operand, Known) and isinstance(operand.value, (int, float)):
        return Known(-operand.value) if isinstance(node.op, ast.USub) else Plain()
    return (
        operand
        if isinstance(operand, (Eager, Opaque, Parameter))
        else Plain(array=_is_array(operand))
    )


def compare(state: State, scope: Scope, node: ast.Compare) -> Value:
    """A comparison; a chain of them is no raw op, since Python asks for its truth."""
    operands = [expressions.evaluate(state, scope, node.left)]
    operands += [expressions.evaluate(state, scope, operand) for operand in node.comparators]
    operator = COMPARE_KEYS.get(type(node.ops[0]))
    if operator is None or len(node.ops) > 1:
        return Plain()
    if any(_direct_symbolic(operand) for operand in operands):
        if operator in {"operator.eq", "operator.ne"} and any(
            kind_of(operand) & (Kind.NONE | Kind.HOLDS_SYMBOLIC) for operand in operands
        ):
            return Plain()
        result = result_of(operands, operator)
        record_op(state, node, (operator,), operator != "operator.eq", result.certain)
        return Symbolic("bool", result.certain)
    state.op(node).eager = True
    if any(isinstance(operand, Eager) for operand in operands):
        return Eager()
    return Plain(array=any(_is_array(operand) for operand in operands))


def subscript(state: State, scope: Scope, node: ast.Subscript) -> Value:
    """Indexing: of containers as Python does it, of symbolic tensors a raw op."""
    owner = expressions.evaluate(state, scope, node.value)
    key = expressions.evaluate(state, scope, node.slice)
    results: list[Value] = []
    for alternative in alternatives(not_none(owner)):
        results.append(_item(state, node, alternative, key))
    return join_all(results)


def _item(state: State, node: ast.Subscript, owner: Value, key: Value) -> Value:
    is_slice = isinstance(node.slice, ast.Slice)
    if isinstance(owner, Symbolic):
        is_name = isinstance(key, Known) and isinstance(key.value, str)
        if is_name or (owner.structured and isinstance(key, Known)):
            return owner.part()
        tensor_index = isinstance(node.slice, (ast.Tuple, ast.Constant))
        certain = owner.certain and (tensor_index or not owner.structured)
        native = not holds_symbolic(key) and not _holds_tensor(key)
        record_op(state, node, ("operator.getitem",), native, certain)
        structured = is_slice and owner.structured
        return Symbolic(owner.dtype, owner.certain, structured, owner.scalings)
    if isinstance(owner, Sequence):
        return _sequence_item(owner, key, node.slice if is_slice else None)
    if isinstance(owner, Mapping):
        if isinstance(key, Known) and key.value in owner.entries:
            return owner.entries[key.value]
        return owner.element()
    if isinstance(owner, (Eager, VariableValue)) or (
        isinstance(owner, (Plain, Opaque)) and holds_symbolic(key)
    ):
        if holds_symbolic(key):
            record_op(state, node, ("operator.getitem",), False, True)
            return Symbolic("unknown")
        state.op(node).eager = True
        return Eager()
    if isinstance(owner, LayerValue):
        return Opaque()
    if isinstance(owner, (External, ExternalObject)):
        return attributes.external_item(owner)
    if isinstance(owner, Parameter):
        return Parameter(owner.function, owner.name, True)
    state.op(node).eager = True
    return owner if isinstance(owner, (Plain, Opaque)) else Plain()


def _sequence_item(owner: Sequence, key: Value, piece: ast.expr | None) -> Value:
    if isinstance(piece, ast.Slice):
        if owner.items is None:
            return Sequence(None, owner.element(), owner.kind)
        try:
            bounds = [
                None if part is None else int(ast.literal_eval(part))
                for part in (piece.lower, piece.upper, piece.step)
            ]
        except (ValueError, TypeError):
            return Sequence(None, owner.element(), owner.kind)
        return Sequence(owner.items[slice(*bounds)], kind=owner.kind)
    if (
        isinstance(key, Known)
        and isinstance(key.value, int)
        and owner.items is not None
        and -len(owner.items) <= key.value < len(owner.items)
    ):
        return owner.items[key.value]
    return owner.element()


def _direct_symbolic(value: Value) -> bool:
    return bool(kind_of(value) & (Kind.SYMBOLIC | Kind.UNCERTAIN))


def _is_operand(value: Value) -> bool:
    return not kind_of(value) & Kind.HOLDS_SYMBOLIC


def _is_array(value: Value) -> bool:
    return any(isinstance(item, Plain) and item.array for item in alternatives(value))


def _is_list(value: Value) -> bool:
    return any(isinstance(item, Sequence) for item in alternatives(value))


def _holds_tensor(value: Value) -> bool:
    if isinstance(value, Sequence):
        return any(_holds_tensor(item) for item in value.items or ())
    return isinstance(value, Eager)
