"""Attributes and items of abstract values, and the names Python itself gives."""

from __future__ import annotations

import ast
import builtins
from dataclasses import replace

from transforms.interpret import calls, operators
from transforms.interpret.scopes import Scope, State
from transforms.interpret.values import (
    BoundMethod,
    Class,
    Eager,
    External,
    ExternalObject,
    Function,
    Instance,
    Known,
    LayerValue,
    Mapping,
    Method,
    Opaque,
    Parameter,
    Plain,
    Sequence,
    Super,
    Symbolic,
    Value,
    VariableValue,
    alternatives,
    join,
    join_all,
    not_none,
)

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
CONTAINER_METHODS = frozenset(
    {"append", "copy", "count", "extend", "get", "index", "items", "keys", "pop", "values"}
)
MODEL_TENSORS = frozenset({"output", "input"})
MODEL_TENSOR_LISTS = frozenset({"outputs", "inputs"})


def builtin(name: str) -> Value:
    """The value of a name that nothing in the sources binds."""
    if name in {"True", "False", "None"}:
        return Known({"True": True, "False": False, "None": None}[name])
    if hasattr(builtins, name):
        return External(f"builtins.{name}")
    return Opaque()


def get_attribute(state: State, scope: Scope, node: ast.Attribute, owner: Value) -> Value:
    """``owner.attr``."""
    return join_all([attribute_of(state, node, item) for item in alternatives(not_none(owner))])


def attribute_of(state: State, node: ast.Attribute, owner: Value) -> Value:
    """``owner.attr`` of one alternative."""
    name = node.attr
    if isinstance(owner, External):
        return external_attribute(state, owner, name)
    if isinstance(owner, Symbolic):
        return _tensor_attribute(state, node, owner, name)
    if isinstance(owner, Instance):
        return instance_attribute(state, owner, name)
    if isinstance(owner, Class):
        return bind(class_attribute(owner, name), owner)
    if isinstance(owner, Super):
        return _super_attribute(owner, name)
    if isinstance(owner, LayerValue):
        return _layer_attribute(owner, name)
    if isinstance(owner, Sequence):
        if name in owner.fields and owner.items is not None:
            return owner.items[owner.fields.index(name)]
        return BoundMethod(owner, name)
    if isinstance(owner, (Eager, VariableValue)):
        return Plain() if name in SHAPE_ATTRIBUTES | PYTHON_ATTRIBUTES else BoundMethod(owner, name)
    if isinstance(owner, (Mapping, Known, Plain, Function)):
        return BoundMethod(owner, name)
    if isinstance(owner, ExternalObject):
        return BoundMethod(owner, name)
    if isinstance(owner, Parameter):
        return Plain() if name in SHAPE_ATTRIBUTES else Opaque()
    return Opaque()


def external_attribute(state: State, owner: External, name: str) -> Value:
    """An attribute of a module or class, through the analysed sources where they hold it."""
    module = state.load_module(owner.dotted)
    if module is not None:
        value = module.scope.lookup(name)
        if value is not None:
            return value
    return External(f"{owner.dotted}.{name}")


def _tensor_attribute(state: State, node: ast.Attribute, owner: Symbolic, name: str) -> Value:
    if name in SHAPE_ATTRIBUTES:
        return Plain()
    if name in PYTHON_ATTRIBUTES or name.startswith("__"):
        return Plain()
    if name in RAGGED_OR_SPARSE and not owner.structured:
        operators.record_op(state, node, (f"method.{name}",), False, owner.certain)
        return Symbolic("unknown", owner.certain)
    if owner.structured and name not in TENSOR_METHODS | RAGGED_METHODS | CONTAINER_METHODS:
        return replace(owner.part(), certain=False, structured=True)
    return BoundMethod(owner, name)


def _layer_attribute(owner: LayerValue, name: str) -> Value:
    if name in MODEL_TENSORS:
        return Symbolic(structured=owner.is_model and owner.structured)
    if name in MODEL_TENSOR_LISTS:
        return Sequence(None, Symbolic())
    if name == "layers":
        return Sequence(None, LayerValue("keras.layers.Layer", structured=True))
    if name in {"weights", "trainable_weights", "variables", "trainable_variables"}:
        return Sequence(None, VariableValue())
    if name in {"kernel", "bias", "embeddings", "gamma", "beta"}:
        return VariableValue()
    if name in {"output_shape", "input_shape", "name", "trainable", "dtype", "compute_dtype"}:
        return Plain()
    return BoundMethod(owner, name)


def method_resolution_order(cls: Class, seen: tuple[Class, ...] = ()) -> list[Class]:
    """The analysed classes in which an attribute of ``cls`` is looked for, in order."""
    order = [cls]
    for base in cls.bases:
        if isinstance(base, Class) and base not in seen:
            inherited = method_resolution_order(base, (*seen, cls))
            # A class that several bases share comes after all of them.
            order = [item for item in order if item not in inherited] + inherited
    return order


def class_attribute(cls: Class, name: str) -> Value | None:
    """The attribute ``name`` of ``cls`` or of its analysed bases."""
    for candidate in method_resolution_order(cls):
        if name in candidate.scope.variables:
            return candidate.scope.variables[name]
    return None


def bind(value: Value | None, receiver: Value) -> Value:
    """A function found in a class becomes a method of ``receiver``."""
    if value is None:
        return Opaque()
    if isinstance(value, Function) and not value.static:
        return Method(value, receiver)
    return value


def instance_attribute(state: State, owner: Instance, name: str) -> Value:
    """``owner.name`` of an instance of an analysed class."""
    if name in owner.attributes:
        return owner.attributes[name]
    found = class_attribute(owner.cls, name)
    if found is not None:
        if isinstance(found, Function) and found.is_property:
            return calls.call_function(state, None, found, [owner], {})
        return bind(found, owner)
    if owner.cls.role in {"layer", "model"}:
        dotted = "keras.Model" if owner.cls.role == "model" else "keras.layers.Layer"
        return _layer_attribute(LayerValue(dotted, is_model=owner.cls.role == "model"), name)
    return Opaque()


def _super_attribute(owner: Super, name: str) -> Value:
    receiver = owner.receiver
    cls = receiver.cls if isinstance(receiver, Instance) else owner.cls
    order = method_resolution_order(cls)
    following = order[order.index(owner.cls) + 1 :] if owner.cls in order else order[1:]
    for candidate in following:
        if name in candidate.scope.variables:
            return bind(candidate.scope.variables[name], receiver)
    return BoundMethod(owner, name)


def set_attribute(state: State, owner: Value, name: str, value: Value) -> None:
    """``owner.name = value``; in a branch the value from before may stay."""
    for alternative in alternatives(owner):
        if isinstance(alternative, Instance):
            previous = alternative.attributes.get(name)
            certain = state.branch_depth == 0 or previous is None
            alternative.attributes[name] = (
                value if certain or previous is None else join(previous, value)
            )
            alternative.version += 1
        elif isinstance(alternative, Class):
            alternative.scope.variables[name] = value


def set_item(state: State, owner: Value, key: Value, value: Value) -> None:
    """``owner[key] = value``."""
    for alternative in alternatives(owner):
        if isinstance(alternative, Mapping):
            if isinstance(key, Known):
                previous = alternative.entries.get(key.value)
                weak = state.branch_depth > 0 and previous is not None
                alternative.entries[key.value] = (
                    join(previous, value) if weak and previous is not None else value
                )
            else:
                rest = alternative.rest
                alternative.rest = value if rest is None else join(rest, value)
        elif isinstance(alternative, Sequence):
            items = alternative.items
            if (
                items is not None
                and isinstance(key, Known)
                and isinstance(key.value, int)
                and -len(items) <= key.value < len(items)
            ):
                items[key.value] = (
                    value if state.branch_depth == 0 else join(items[key.value], value)
                )
            else:
                alternative.rest = join_all([alternative.element(), value])
                alternative.items = None


def external_item(owner: External | ExternalObject) -> Value:
    """An item of something external: an array stays an array, the rest is not known."""
    if owner.dotted.startswith(("numpy", "math", "sys", "os")):
        return Plain(array=True)
    return Opaque()
