"""Recording raw ops, and the KerasTensors that they make."""

from __future__ import annotations

import ast

from transforms.interpret.state import State
from transforms.interpret.structures import alternatives
from transforms.interpret.value_kinds import Kind, Openness
from transforms.interpret.values import Symbolic, Value, keras_tensor


def record_op(
    state: State,
    node: ast.AST,
    keys: tuple[str, ...],
    native: bool,
    certain: bool,
    openness: int = Openness.CLOSED,
) -> None:
    """Record that ops were applied to a symbolic tensor at ``node``."""
    if state.module is not None:
        state.modules_with_ops.add(state.module.path)
    if state.layer_depth > 0:
        state.runs_eagerly(node)
        return
    fact = state.op(node)
    fact.keys = tuple(dict.fromkeys((*fact.keys, *keys)))
    fact.native = fact.native and native
    fact.certain = fact.certain and certain
    fact.open = max(fact.open, openness)


def is_tensor(value: Value) -> bool:
    """Whether ``value`` is, or may be, a single KerasTensor."""
    return bool(value.kinds & (Kind.SYMBOLIC | Kind.UNCERTAIN))


def result_of(operands: list[Value], key: str) -> Symbolic:
    """The KerasTensor that an operator makes of ``operands``."""
    symbolic = [
        part for operand in operands for part in alternatives(operand) if isinstance(part, Symbolic)
    ]
    certain = any(operand.kinds == Kind.SYMBOLIC for operand in operands)
    scalings = frozenset[ast.AST]().union(*(part.scalings for part in symbolic))
    if key in {"operator.lt", "operator.le", "operator.gt", "operator.ge", "operator.ne"}:
        return Symbolic("bool", certain, scalings=scalings)
    dtypes = {part.dtype for part in symbolic}
    if dtypes == {"policy", "floatx"}:
        dtype = "floatx"
    else:
        dtype = dtypes.pop() if len(dtypes) == 1 else "unknown"
    if not scalings:
        return keras_tensor(dtype, certain)
    return Symbolic(dtype, certain, scalings=scalings)
