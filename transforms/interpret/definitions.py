"""Statements that define names for code: functions, classes and imports."""

from __future__ import annotations

import ast

from transforms.interpret import calls, expressions, modules, statements
from transforms.interpret.scopes import Scope, State
from transforms.interpret.values import (
    Class,
    External,
    ExternalObject,
    Function,
    Opaque,
    Value,
    alternatives,
)
from transforms.knowledge import keras_names


def define(state: State, scope: Scope, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A ``def``: decorators that keep the signature keep the function."""
    function = expressions.make_function(state, scope, node)
    opaque = static = is_property = False
    value: Value | None = None
    for decorator in reversed(node.decorator_list):
        name, called = _decorator(state, scope, decorator)
        if name in {"function", "jit", "custom_gradient", "autograph"} or name == "__tf_function__":
            opaque = True
        elif name in {"staticmethod", "classmethod"}:
            static = name == "staticmethod"
        elif name in {"property", "cached_property"}:
            is_property = True
        elif isinstance(called, Function) and value is None:
            value = _decorated(state, scope, called, function)
    made = Function(
        node,
        scope,
        function.defaults,
        function.keyword_defaults,
        scope.owner if scope.is_class else None,
        opaque,
        static,
        is_property,
    )
    state.functions[node] = made
    scope.bind(node.name, made if value is None else value)
    return True


def _decorator(state: State, scope: Scope, node: ast.expr) -> tuple[str, Value]:
    value = expressions.evaluate(state, scope, node)
    target = node.func if isinstance(node, ast.Call) else node
    name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
    return str(name), value


def _decorated(state: State, scope: Scope, decorator: Function, function: Function) -> Value | None:
    """What an analysed decorator makes of ``function``: used where it gives a function."""
    result = calls.call_function(state, None, decorator, [function], {})
    return result if isinstance(result, Function) else None


def define_class(state: State, scope: Scope, node: ast.ClassDef) -> bool:
    """A ``class`` with the role that Keras sees in it."""
    bases = tuple(
        alternative
        for base in node.bases
        for alternative in alternatives(expressions.evaluate(state, scope, base))
    )
    for decorator in node.decorator_list:
        expressions.evaluate(state, scope, decorator)
    dotted = [base.dotted for base in bases if isinstance(base, External)]
    role = keras_names.class_role(dotted)
    for base in bases:
        if isinstance(base, Class) and role == "plain":
            role = base.role
    if role == "plain" and _is_called_by_its_base(node, bases):
        role = "layer"
    inner = Scope(scope.module, scope, scope.function, is_class=True)
    made = Class(node, inner, bases, role)
    inner.owner = made
    statements.execute_block(state, inner, node.body)
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


def import_(state: State, scope: Scope, node: ast.Import) -> bool:
    """``import a.b as c``."""
    for alias in node.names:
        name = alias.name if alias.asname is not None else alias.name.partition(".")[0]
        scope.bind(alias.asname or name, External(name))
    return True


def import_from(state: State, scope: Scope, node: ast.ImportFrom) -> bool:
    """``from a import b``: from the sources where they hold ``a``."""
    source = modules.absolute_name(scope.module, node)
    module = state.load_module(source) if source else None
    for alias in node.names:
        if alias.name == "*":
            if module is not None:
                public = [name for name in module.scope.variables if not name.startswith("_")]
                for name in public:
                    scope.bind(name, module.scope.variables[name])
            else:
                modules.bind_star(scope, source)
            continue
        value = None if module is None else module.scope.lookup(alias.name)
        if value is None:
            value = External(f"{source}.{alias.name}")
        scope.bind(alias.asname or alias.name, value)
    return True
