"""Statements that define names for code: functions, classes and imports."""

from __future__ import annotations

import ast
from dataclasses import replace

from transforms.interpret import modules
from transforms.interpret.contexts import Context
from transforms.interpret.expressions import make_function
from transforms.interpret.heap import Heap
from transforms.interpret.objects import CLASS, Class, Function, Method, Scope
from transforms.interpret.registry import Call, apply, evaluate, execute_block, executes
from transforms.interpret.state import State
from transforms.interpret.structures import alternatives
from transforms.interpret.values import (
    CompiledFunction,
    External,
    ExternalObject,
    Opaque,
    Partial,
    Value,
)
from transforms.knowledge import keras_names

STATIC = "builtins.staticmethod"
OF_CLASS = "builtins.classmethod"
PROPERTIES = frozenset({"builtins.property", "functools.cached_property", "abc.abstractproperty"})
MANAGERS = frozenset({"contextlib.contextmanager", "contextlib.asynccontextmanager"})
# What runs a function on tensors of its own: TensorFlow's and JAX's, by what they are.
COMPILING = frozenset({"function", "custom_gradient", "jit", "py_function", "autograph"})


@executes(ast.FunctionDef, ast.AsyncFunctionDef)
def _define(state: State, scope: Scope, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    function = make_function(state, scope, node)
    if not scope.is_class:
        function = replace(function, owner=None)
    value: Value = function
    for decorator in reversed(node.decorator_list):
        if isinstance(decorator, ast.Attribute) and decorator.attr in {"setter", "deleter"}:
            evaluate(state, scope, decorator.value)
            state.functions[node] = function
            scope.bind(f"{node.name}.{decorator.attr}", function)
            return True
        value = _decorated(state, scope, evaluate(state, scope, decorator), value)
    if isinstance(value, CompiledFunction):
        state.compiled[node] = function
    else:
        state.functions[node] = value if isinstance(value, Function) else function
    scope.bind(node.name, value)
    return True


def _decorated(state: State, scope: Scope, decorator: Value, value: Value) -> Value:
    """What ``decorator`` makes of a function; one that is not known keeps it."""
    dotted = getattr(decorator, "dotted", "")
    if isinstance(value, Function):
        if dotted == STATIC:
            return replace(value, binding="static")
        if dotted == OF_CLASS:
            return replace(value, binding="class")
        if dotted in PROPERTIES:
            return replace(value, is_property=True)
        if dotted in MANAGERS:
            return replace(value, is_manager=True)
    if _compiles(dotted):
        return CompiledFunction(value)
    if isinstance(decorator, (Function, Method, Class, Partial)) and not dotted:
        made = apply(state, Call(scope, None, (value,)), decorator)
        known = [item for item in alternatives(made) if not isinstance(item, Opaque)]
        return made if known else value
    return value


def _compiles(dotted: str) -> bool:
    name = keras_names.last_part(dotted)
    return name in COMPILING and dotted.startswith(("tensorflow.", "jax."))


@executes(ast.ClassDef)
def _define_class(state: State, scope: Scope, node: ast.ClassDef) -> bool:
    """A ``class`` with the role that Keras sees in it."""
    bases = tuple(
        alternative
        for base in node.bases
        for alternative in alternatives(evaluate(state, scope, base))
    )
    for decorator in node.decorator_list:
        evaluate(state, scope, decorator)
    dotted = [base.dotted for base in bases if isinstance(base, External)]
    role = keras_names.class_role(dotted)
    for base in bases:
        if isinstance(base, Class) and role == "plain":
            role = base.role
    if role == "plain" and _is_called_by_its_base(node, bases):
        role = "layer"

    def body(heap: Heap, context: Context) -> Scope:
        return Scope(heap, scope.module, scope, scope.function, context)

    inner = state.place((node, "body", scope), body)
    state.heap.allocate(inner, [])
    inner.is_class = True
    made = state.place(
        (node, "class", scope), lambda heap, context: Class(heap, context, node, inner)
    )
    state.heap.allocate(made, [(CLASS, External("builtins.type"))])
    made.bases, made.role = bases, role
    inner.owner = made
    execute_block(state, inner, node.body)
    state.classes[node] = made
    scope.bind(node.name, made)
    return True


def _is_called_by_its_base(node: ast.ClassDef, bases: tuple[Value, ...]) -> bool:
    """Whether the class has the ``call`` of a layer, and a base that is not known."""
    unknown = any(
        isinstance(base, (Opaque, ExternalObject))
        or (isinstance(base, External) and not base.dotted.startswith(("builtins.", "abc.")))
        for base in bases
    )
    return unknown and any(
        isinstance(statement, ast.FunctionDef) and statement.name == "call"
        for statement in node.body
    )


@executes(ast.Import)
def _import(state: State, scope: Scope, node: ast.Import) -> bool:
    """``import a.b as c``."""
    for alias in node.names:
        name = alias.name if alias.asname is not None else alias.name.partition(".")[0]
        scope.bind(alias.asname or name, External(name))
    return True


@executes(ast.ImportFrom)
def _import_from(state: State, scope: Scope, node: ast.ImportFrom) -> bool:
    """``from a import b``: from the sources where they hold ``a``."""
    source = modules.absolute_name(scope.module, node)
    module = state.load_module(source) if source else None
    for alias in node.names:
        if alias.name == "*":
            if module is None:
                modules.bind_star(scope.module, source)
                continue
            for name in [name for name in module.scope.cells if not name.startswith(("_", "<"))]:
                scope.bind(name, module.scope.lookup(name) or External(f"{source}.{name}"))
            continue
        value = None if module is None else module.scope.lookup(alias.name)
        scope.bind(alias.asname or alias.name, value or External(f"{source}.{alias.name}"))
    return True
