"""What KerasTensors, eager tensors, variables and plain Python values do."""

from __future__ import annotations

import ast
from dataclasses import replace

from transforms.interpret.joins import CONTAINER_METHODS
from transforms.interpret.leaves import contents
from transforms.interpret.objects import Scope
from transforms.interpret.openness import opened
from transforms.interpret.ops import record_op
from transforms.interpret.registry import Behaviour, Call, behaviour
from transforms.interpret.state import State
from transforms.interpret.structures import Sequence, holds_symbolic
from transforms.interpret.values import (
    ARRAY,
    EAGER,
    NONE,
    OPAQUE,
    PLAIN,
    BoundMethod,
    Eager,
    Known,
    Opaque,
    Parameter,
    Plain,
    Symbolic,
    Value,
    VariableValue,
)
from transforms.syntax.accesses import is_said_by_dtype

SHAPE_ATTRIBUTES = frozenset({"shape", "_keras_shape", "_shape"})
PYTHON_ATTRIBUTES = frozenset(
    {"dtype", "name", "rank", "ndim", "op", "node", "_keras_history", "_name", "type_spec"}
)
TENSOR_METHODS = frozenset({"get_shape", "set_shape", "ref", "__hash__", "is_compatible_with"})
RAGGED_OR_SPARSE = frozenset(
    {"flat_values", "values", "row_splits", "nested_row_splits", "indices", "dense_shape"}
)
RAGGED_METHODS = frozenset(
    "bounding_shape merge_dims nested_row_lengths nested_value_rowids nrows row_lengths row_limits"
    " row_starts to_sparse to_tensor value_rowids with_flat_values with_row_splits_dtype"
    " with_values".split()
)
OPERATOR_METHODS = frozenset(
    f"__{name}__"
    for name in "abs add and div floordiv ge getitem gt invert le lt matmul mod mul neg or pow radd"
    " rdiv rfloordiv rmatmul rmod rmul rpow rsub rtruediv sub truediv xor".split()
)


@behaviour(Symbolic)
class _Symbolic(Behaviour):
    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        assert isinstance(owner, Symbolic)
        if name in OPERATOR_METHODS and not owner.structured:
            return BoundMethod(owner, name)
        if name in SHAPE_ATTRIBUTES | PYTHON_ATTRIBUTES or name.startswith("__"):
            return PLAIN
        if name in RAGGED_OR_SPARSE and not owner.structured:
            record_op(state, node, (f"method.{name}",), False, owner.certain)
            return Symbolic("unknown", owner.certain)
        if owner.structured and name not in TENSOR_METHODS | RAGGED_METHODS | CONTAINER_METHODS:
            return replace(owner.part(), certain=False, structured=True)
        return BoundMethod(owner, name)

    def method(self, state: State, call: Call, owner: Value, name: str) -> Value:
        assert isinstance(owner, Symbolic)
        if name == "get_shape":
            return PLAIN
        if name in TENSOR_METHODS:
            return NONE
        if name in OPERATOR_METHODS:
            if call.node is not None:
                key = f"operator.{name.strip('_')}"
                record_op(state, call.node, (key,), False, owner.certain)
                # The tensor stands in the function: no layer takes the place of the call.
                state.op(call.node).other = True
            return Symbolic("unknown", owner.certain)
        if name in RAGGED_METHODS:
            if call.node is not None:
                record_op(state, call.node, (f"method.{name}",), False, owner.certain)
            return Symbolic("unknown", owner.certain, structured=True)
        part = owner.part()
        if name == "items":
            return Sequence(None, Sequence((PLAIN, part)), "generator")
        if owner.structured and name in {"get", "pop"}:
            return part
        return Sequence(None, part, "generator") if name in {"values", "copy"} else ARRAY

    def item(
        self, state: State, scope: Scope, node: ast.Subscript, owner: Value, key: Value
    ) -> Value:
        assert isinstance(owner, Symbolic)
        is_name = isinstance(key, Known) and isinstance(key.value, str)
        if is_name or (owner.structured and isinstance(key, Known)):
            return owner.part()
        tensor_index = isinstance(node.slice, (ast.Tuple, ast.Constant))
        certain = owner.certain and (tensor_index or not owner.structured)
        native = not holds_symbolic(key) and not _holds_tensor(key)
        record_op(state, node, ("operator.getitem",), native, certain)
        structured = isinstance(node.slice, ast.Slice) and owner.structured
        return Symbolic(owner.dtype, owner.certain, structured, owner.scalings)

    def iterate(self, state: State, scope: Scope, owner: Value) -> Value:
        return owner


def _holds_tensor(value: Value) -> bool:
    content = contents(value)
    if isinstance(content, Sequence):
        return any(_holds_tensor(item) for item in content.items or ())
    return isinstance(value, Eager)


def item_by_tensor(state: State, node: ast.Subscript, key: Value) -> Value | None:
    """``owner[key]`` where the key holds a KerasTensor: an op on what may be an array."""
    if not holds_symbolic(key):
        return None
    record_op(state, node, ("operator.getitem",), False, True)
    return Symbolic("unknown")


@behaviour(Eager, VariableValue)
class _Tensors(Behaviour):
    def call(self, state: State, call: Call, owner: Value) -> Value:
        return OPAQUE

    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        if name in SHAPE_ATTRIBUTES | PYTHON_ATTRIBUTES:
            return PLAIN
        return BoundMethod(owner, name)

    def method(self, state: State, call: Call, owner: Value, name: str) -> Value:
        return EAGER

    def iterate(self, state: State, scope: Scope, owner: Value) -> Value:
        return EAGER

    def item(
        self, state: State, scope: Scope, node: ast.Subscript, owner: Value, key: Value
    ) -> Value:
        made = item_by_tensor(state, node, key)
        if made is not None:
            return made
        state.runs_eagerly(node)
        return EAGER


@behaviour(Known, Plain)
class _PlainValues(Behaviour):
    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        if is_said_by_dtype(node, name):
            return opened(PLAIN, owner.open)
        return BoundMethod(owner, name, owner.open)

    def method(self, state: State, call: Call, owner: Value, name: str) -> Value:
        state.escape(call.arguments)
        text = owner.value if isinstance(owner, Known) else None
        if isinstance(text, str) and not call.arguments and name in {"lower", "upper", "strip"}:
            return Known(getattr(text, name)(), owner.open)
        array = isinstance(owner, Plain) and owner.array
        return opened(ARRAY if array else PLAIN, owner.open)

    def item(
        self, state: State, scope: Scope, node: ast.Subscript, owner: Value, key: Value
    ) -> Value:
        made = item_by_tensor(state, node, key) if isinstance(owner, Plain) else None
        if made is not None:
            return made
        state.runs_eagerly(node)
        return owner if isinstance(owner, Plain) else opened(PLAIN, owner.open)

    def iterate(self, state: State, scope: Scope, owner: Value) -> Value:
        return opened(PLAIN, owner.open)


@behaviour(Parameter)
class _Parameters(Behaviour):
    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        return opened(PLAIN if name in SHAPE_ATTRIBUTES else OPAQUE, owner.open)

    def item(
        self, state: State, scope: Scope, node: ast.Subscript, owner: Value, key: Value
    ) -> Value:
        return self.iterate(state, scope, owner)

    def iterate(self, state: State, scope: Scope, owner: Value) -> Value:
        assert isinstance(owner, Parameter)
        return Parameter(owner.function, owner.name, True)


@behaviour(Opaque)
class _Unknown(Behaviour):
    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        return opened(OPAQUE, owner.open)

    def item(
        self, state: State, scope: Scope, node: ast.Subscript, owner: Value, key: Value
    ) -> Value:
        made = item_by_tensor(state, node, key)
        if made is not None:
            return made
        state.runs_eagerly(node)
        return owner
