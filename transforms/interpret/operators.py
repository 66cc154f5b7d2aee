"""Python operators and subscripts on abstract values."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import partial

from transforms.interpret.joined_lists import as_list_beside, joins_lists
from transforms.interpret.joins import containers_of, join_all, not_none
from transforms.interpret.objects import Instance, Scope, method_of
from transforms.interpret.openness import opened
from transforms.interpret.ops import is_tensor, record_op, result_of
from transforms.interpret.python_operators import is_array, is_list, python_result, scalar
from transforms.interpret.registry import (
    Call,
    behaviour_of,
    call_method,
    evaluate,
    evaluates,
    of_each,
    one_of,
)
from transforms.interpret.state import State
from transforms.interpret.structures import OneOf, alternatives
from transforms.interpret.value_kinds import Kind
from transforms.interpret.values import (
    ARRAY,
    EAGER,
    PLAIN,
    Eager,
    Known,
    Opaque,
    Parameter,
    Plain,
    Symbolic,
    Value,
)

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
}
UNARY: dict[type[ast.unaryop], str] = {
    ast.USub: "neg",
    ast.UAdd: "pos",
    ast.Invert: "invert",
}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
}
_PYTHON = frozenset({Known, Plain})
_MIRRORED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}


def _key(name: str) -> str:
    return f"operator.{name}_" if name in {"and", "or"} else f"operator.{name}"


def _overloaded(
    state: State, scope: Scope, left: Value, right: Value, name: str, mirrored: str
) -> list[Value]:
    """What the special methods of the user's own classes give."""
    results: list[Value] = []
    for owner, other, method in ((left, right, name), (right, left, mirrored)):
        if not isinstance(owner, (Instance, OneOf)):
            continue
        call, dunder = Call(scope, None, (other,)), f"__{method}__"
        ways = [
            partial(call_method, state, call, item, dunder)
            for item in alternatives(owner)
            if isinstance(item, Instance) and method_of(item.cls, dunder) is not None
        ]
        if len(ways) == len(alternatives(owner)):
            results.append(one_of(state, ways))
        elif ways:
            mark = state.heap.mark
            results.append(one_of(state, ways))
            state.heap.include(state.heap.take(mark))
        if results:
            break
    return results


@evaluates(ast.BinOp)
def _binary(state: State, scope: Scope, node: ast.BinOp) -> Value:
    # Long sums nest to the left: they are walked, since Python's stack is short.
    chain = [node]
    while isinstance(chain[-1].left, ast.BinOp):
        chain.append(chain[-1].left)
    left = evaluate(state, scope, chain[-1].left)
    for inner in reversed(chain):
        right = evaluate(state, scope, inner.right)
        left = apply_binary(state, scope, inner, inner.op, left, right)
        if inner is not node:
            state.note(inner, left)
    return left


def augmented(state: State, scope: Scope, node: ast.AugAssign, left: Value, right: Value) -> Value:
    """``left op= right``, which changes lists and the like in place."""
    name = BINARY[type(node.op)]
    in_place = [
        item
        for item in alternatives(left)
        if isinstance(item, Instance) and method_of(item.cls, f"__i{name}__") is not None
    ]
    if in_place:
        call = Call(scope, None, (right,))
        return one_of(
            state, [partial(call_method, state, call, item, f"__i{name}__") for item in in_place]
        )
    method = {"add": "extend", "or": "update"}.get(name)
    if method is not None and all(
        hasattr(behaviour_of(item), "extend_in_place") for item in alternatives(left)
    ):
        owners = alternatives(left)
        for item in owners:
            behaviour_of(item).extend_in_place(  # type: ignore[attr-defined]
                state, scope, item, right, len(owners) == 1
            )
        return left
    return apply_binary(state, scope, node, node.op, left, right)


def apply_binary(
    state: State, scope: Scope, node: ast.AST, operator: ast.operator, left: Value, right: Value
) -> Value:
    """``left operator right``, a raw op where an operand is symbolic."""
    if type(left) in _PYTHON and type(right) in _PYTHON:
        # Sizes and names, which nearly all operators of a builder are about.
        state.runs_eagerly(node)
        return opened(scalar(left, right), max(left.open, right.open))
    name = BINARY[type(operator)]
    left, right = not_none(left), not_none(right)
    overloaded = _overloaded(state, scope, left, right, name, f"r{name}")
    if isinstance(operator, ast.Add):
        left, right = as_list_beside(left, right), as_list_beside(right, left)
    is_joined = isinstance(operator, ast.Add) and joins_lists(left, right)
    if not is_joined and (is_tensor(left) or is_tensor(right)):
        native = not is_array(left) and not is_list(left) and not is_list(right)
        result = result_of([left, right], _key(name))
        record_op(state, node, (_key(name),), native, result.certain)
        if isinstance(operator, ast.Mult) and not (is_tensor(left) and is_tensor(right)):
            result = replace(result, scalings=result.scalings | {node})
        if not all(_is_operand(value) for value in (left, right)):
            plain = python_result(state, scope, node, operator, left, right)
            return join_all([result, plain, *overloaded])
        return join_all([result, *overloaded])
    state.runs_eagerly(node)
    if overloaded:
        return join_all(overloaded)
    return opened(
        python_result(state, scope, node, operator, left, right), max(left.open, right.open)
    )


@evaluates(ast.UnaryOp)
def _unary(state: State, scope: Scope, node: ast.UnaryOp) -> Value:
    operand = evaluate(state, scope, node.operand)
    if isinstance(node.op, ast.Not):
        return opened(PLAIN, operand.open)
    name = UNARY[type(node.op)]
    overloaded = _overloaded(state, scope, operand, PLAIN, name, name)
    if is_tensor(operand):
        result = result_of([operand], "")
        record_op(state, node, (_key(name),), True, result.certain)
        return join_all([result, *overloaded])
    state.runs_eagerly(node)
    if overloaded:
        return join_all(overloaded)
    if isinstance(operand, Known) and isinstance(operand.value, (int, float)):
        made = Known(-operand.value) if isinstance(node.op, ast.USub) else PLAIN
        return opened(made, operand.open)
    if isinstance(operand, (Eager, Opaque, Parameter)):
        return operand
    return opened(ARRAY if is_array(operand) else PLAIN, operand.open)


@evaluates(ast.Compare)
def _compare(state: State, scope: Scope, node: ast.Compare) -> Value:
    """A comparison; a chain of them is no raw op, since Python asks for its truth."""
    operands = [evaluate(state, scope, node.left)]
    operands += [evaluate(state, scope, operand) for operand in node.comparators]
    openness = max(operand.open for operand in operands)
    name = COMPARISONS.get(type(node.ops[0]))
    if name is None or len(node.ops) > 1:
        return opened(PLAIN, openness)
    left, right = operands
    overloaded = _overloaded(state, scope, left, right, name, _MIRRORED[name])
    if is_tensor(left) or is_tensor(right):
        if name in {"eq", "ne"} and any(
            operand.kinds & (Kind.NONE | Kind.HOLDS_SYMBOLIC) for operand in operands
        ):
            return PLAIN
        result = result_of(operands, _key(name))
        record_op(state, node, (_key(name),), name != "eq", result.certain)
        return join_all([Symbolic("bool", result.certain), *overloaded])
    state.runs_eagerly(node)
    if overloaded:
        return join_all(overloaded)
    if any(isinstance(operand, Eager) for operand in operands):
        return EAGER
    array = any(is_array(operand) for operand in operands)
    return opened(ARRAY if array else PLAIN, openness)


@evaluates(ast.Subscript)
def _subscript(state: State, scope: Scope, node: ast.Subscript) -> Value:
    """Indexing: of containers as Python does it, of symbolic tensors a raw op."""
    owner = evaluate(state, scope, node.value)
    return item_of(state, scope, node, owner, evaluate(state, scope, node.slice))


def item_of(state: State, scope: Scope, node: ast.Subscript, owner: Value, key: Value) -> Value:
    """``owner[key]``."""
    present = not_none(owner)
    # Tensors are cut with what is written down; a name or a call is a key or the number of an item.
    looked_up = isinstance(node.slice, (ast.Name, ast.Attribute, ast.Call, ast.JoinedStr))
    return of_each(
        state,
        containers_of(present) if looked_up else present,
        lambda item: behaviour_of(item).item(state, scope, node, item, key),
    )


def _is_operand(value: Value) -> bool:
    return not value.kinds & Kind.HOLDS_SYMBOLIC
