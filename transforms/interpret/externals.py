"""What modules, classes and functions of packages do that are not analysed."""

from __future__ import annotations

import ast

from transforms.interpret.leaves import any_symbolic
from transforms.interpret.objects import Scope
from transforms.interpret.openness import opened
from transforms.interpret.registry import Behaviour, Call, behaviour, builtin_called
from transforms.interpret.state import State
from transforms.interpret.tensorflow_calls import call_keras, call_library, call_tensorflow
from transforms.interpret.tensors import item_by_tensor
from transforms.interpret.value_kinds import Openness
from transforms.interpret.values import (
    ARRAY,
    EAGER,
    OPAQUE,
    PLAIN,
    BoundMethod,
    External,
    ExternalObject,
    Symbolic,
    Value,
)
from transforms.knowledge import keras_names
from transforms.syntax.accesses import is_said_by_dtype

ARRAY_PACKAGES = ("numpy.", "scipy.", "jax.numpy.")
PYTHON_PACKAGES = ("builtins.", "functools.", "itertools.", "copy.", "typing.", "math.", "os.path.")
PASSING_PACKAGES = ("functools.", "itertools.", "copy.", "typing.")
"""Their functions may give what they are given."""
ARRAYS = ("numpy", "math", "sys", "os")
ENVIRONMENT = frozenset({"os.environ", "os.getenv", "sys.argv"})


@behaviour(External)
class _Externals(Behaviour):
    def call(self, state: State, call: Call, owner: Value) -> Value:
        assert isinstance(owner, External)
        call = call.flat()
        known = builtin_called(owner.dotted)
        if known is not None:
            return known(state, call)
        state.escape(call.arguments)
        for calls in (call_keras, call_tensorflow):
            result = calls(state, call, owner)
            if result is not None:
                return result
        return _call_unknown(state, call, owner.dotted)

    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        assert isinstance(owner, External)
        module = state.load_module(owner.dotted)
        if module is not None:
            value = module.scope.lookup(name)
            if value is not None:
                return value
        elif keras_names.is_configuration(owner.dotted):
            return opened(OPAQUE, Openness.UNBOUNDED)
        key = (owner.dotted, name, owner.open)
        found = state.externals.get(key)
        if found is None:
            found = state.externals[key] = External(f"{owner.dotted}.{name}", owner.open)
        return found

    def item(
        self, state: State, scope: Scope, node: ast.Subscript, owner: Value, key: Value
    ) -> Value:
        return _item(state, node, owner, key)


def _call_unknown(state: State, call: Call, dotted: str) -> Value:
    symbolic = any_symbolic(call.arguments)
    if keras_names.is_keras_op(dotted):
        return Symbolic("unknown", structured=True) if symbolic else EAGER
    if dotted.startswith(ARRAY_PACKAGES):
        return ARRAY
    if symbolic and dotted.startswith(PASSING_PACKAGES):
        return Symbolic("unknown", certain=False, structured=True)
    if dotted.startswith(PYTHON_PACKAGES):
        return PLAIN
    if keras_names.reads_graph(dotted):
        return Symbolic(structured=True) if symbolic else OPAQUE
    if keras_names.is_class_name(keras_names.last_part(dotted)):
        return ExternalObject(dotted)
    if call.node is not None and symbolic and keras_names.keras_path(dotted) is not None:
        return call_library(state, call.node, dotted)
    if symbolic:
        certain = keras_names.gives_tensors(dotted)
        return Symbolic("unknown", certain, structured=not certain)
    return ExternalObject(dotted, 2 if dotted in ENVIRONMENT else 0)


def _item(state: State, node: ast.Subscript, owner: Value, key: Value) -> Value:
    """An item of something external: an array stays an array, the rest is not known."""
    dotted = getattr(owner, "dotted", "")
    if dotted in ENVIRONMENT:
        return opened(PLAIN, 2)
    if dotted.startswith(ARRAYS):
        return ARRAY
    made = item_by_tensor(state, node, key)
    return OPAQUE if made is None else made


@behaviour(ExternalObject)
class _ExternalObjects(Behaviour):
    """Instances of external classes, and what external functions returned."""

    def call(self, state: State, call: Call, owner: Value) -> Value:
        assert isinstance(owner, ExternalObject)
        if any_symbolic(call.arguments):
            if call.node is not None and keras_names.is_called_function_object(owner.dotted):
                return call_library(state, call.node, owner.dotted)
            # With symbolic tensors it can only be a layer.
            certain = keras_names.is_class_name(keras_names.last_part(owner.dotted))
            return Symbolic("unknown", certain, structured=True)
        return OPAQUE

    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        if is_said_by_dtype(node, name):
            return PLAIN
        return BoundMethod(owner, name)

    def iterate(self, state: State, scope: Scope, owner: Value) -> Value:
        return EAGER if keras_names.is_dataset(getattr(owner, "dotted", "")) else OPAQUE

    def method(self, state: State, call: Call, owner: Value, name: str) -> Value:
        state.escape(call.arguments)
        if getattr(owner, "dotted", "") == keras_names.GRADIENT_TAPE:
            # A symbolic tensor has no gradient.
            return EAGER
        if any_symbolic(call.arguments):
            return Symbolic("unknown", certain=False, structured=True)
        return owner

    def item(
        self, state: State, scope: Scope, node: ast.Subscript, owner: Value, key: Value
    ) -> Value:
        return _item(state, node, owner, key)
