"""Execution of statements on abstract values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from transforms.interpret import conditions, definitions, expressions, operators
from transforms.interpret.scopes import Scope, State, merge_variables
from transforms.interpret.values import (
    ExternalObject,
    Known,
    Opaque,
    Plain,
    Value,
)

KEEPING_DECORATORS = frozenset({"wraps", "lru_cache", "cache", "contextmanager"})
UNROLL_LIMIT = 6
GRADIENT_TAPE = "tensorflow.GradientTape"


def execute_block(state: State, scope: Scope, body: Sequence[ast.stmt]) -> bool:
    """Run statements in order; False when the end is never reached."""
    for statement in body:
        state.step()
        handler = _HANDLERS.get(type(statement))
        if handler is not None and not handler(state, scope, statement):
            return False
    return True


def _expression(state: State, scope: Scope, node: ast.Expr) -> bool:
    expressions.evaluate(state, scope, node.value)
    return True


def _assign(state: State, scope: Scope, node: ast.Assign) -> bool:
    value = expressions.evaluate(state, scope, node.value)
    for target in node.targets:
        expressions.assign(state, scope, target, value)
    return True


def _annotated(state: State, scope: Scope, node: ast.AnnAssign) -> bool:
    if node.value is not None:
        expressions.assign(
            state, scope, node.target, expressions.evaluate(state, scope, node.value)
        )
    return True


def _augmented(state: State, scope: Scope, node: ast.AugAssign) -> bool:
    load = _as_load(node.target)
    left = expressions.evaluate(state, scope, load)
    state.note(node.target, left)
    right = expressions.evaluate(state, scope, node.value)
    value = state.note(node, operators.apply_binary(state, node, node.op, left, right))
    expressions.assign(state, scope, node.target, value)
    return True


def _as_load(target: ast.Name | ast.Attribute | ast.Subscript) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    if isinstance(target, ast.Attribute):
        return ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
    return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)


def _return(state: State, scope: Scope, node: ast.Return) -> bool:
    value: Value = Known(None)
    if node.value is not None:
        value = expressions.evaluate(state, scope, node.value)
    scope.returned.append(value)
    return False


def _raise(state: State, scope: Scope, node: ast.Raise) -> bool:
    return False


def _leave_loop(state: State, scope: Scope, node: ast.stmt) -> bool:
    return True


def _if(state: State, scope: Scope, node: ast.If) -> bool:
    expressions.evaluate(state, scope, node.test)
    truth = conditions.known_truth(state, scope, node.test)
    if truth is not None:
        return execute_block(state, scope, node.body if truth else node.orelse)
    state.branch_depth += 1
    before = scope.variables
    scope.variables = dict(before)
    conditions.narrow(scope, node.test, True)
    through = execute_block(state, scope, node.body)
    branches = [scope.variables] if through else []
    scope.variables = dict(before)
    conditions.narrow(scope, node.test, False)
    if execute_block(state, scope, node.orelse):
        branches.append(scope.variables)
    state.branch_depth -= 1
    if not branches:
        scope.variables = before
        return False
    merge_variables(scope, branches)
    return True


def _loop(state: State, scope: Scope, node: ast.For | ast.AsyncFor) -> bool:
    iterable = expressions.evaluate(state, scope, node.iter)
    items = expressions.known_items(iterable)
    if items is not None and 0 < len(items) <= UNROLL_LIMIT and not _loose_exit(node):
        for item in items:
            expressions.assign(state, scope, node.target, item)
            if not execute_block(state, scope, node.body):
                return False
        execute_block(state, scope, node.orelse)
        return True
    _repeat(state, scope, node.body, lambda: _next_item(state, scope, node, iterable))
    _perhaps(state, scope, node.orelse)
    return True


def _perhaps(state: State, scope: Scope, body: list[ast.stmt]) -> None:
    """Run statements that may be left out."""
    before = dict(scope.variables)
    state.branch_depth += 1
    through = execute_block(state, scope, body)
    state.branch_depth -= 1
    merge_variables(scope, [before, scope.variables] if through else [before])


def _loose_exit(node: ast.For | ast.AsyncFor) -> bool:
    return any(isinstance(inner, (ast.Break, ast.Continue)) for inner in ast.walk(node))


def _next_item(state: State, scope: Scope, node: ast.For | ast.AsyncFor, iterable: Value) -> None:
    expressions.assign(state, scope, node.target, expressions.iterate(iterable))


def _while(state: State, scope: Scope, node: ast.While) -> bool:
    expressions.evaluate(state, scope, node.test)
    _repeat(state, scope, node.body, lambda: expressions.evaluate(state, scope, node.test))
    _perhaps(state, scope, node.orelse)
    return True


def _repeat(
    state: State, scope: Scope, body: list[ast.stmt], prepare: Callable[[], object]
) -> None:
    state.branch_depth += 1
    skipped = dict(scope.variables)
    for _ in range(2):
        before = dict(scope.variables)
        prepare()
        through = execute_block(state, scope, body)
        merge_variables(scope, [before, scope.variables] if through else [before])
    merge_variables(scope, [scope.variables, skipped])
    state.branch_depth -= 1


def _with(state: State, scope: Scope, node: ast.With | ast.AsyncWith) -> bool:
    records_gradients = False
    for item in node.items:
        value = expressions.evaluate(state, scope, item.context_expr)
        records_gradients = records_gradients or value == ExternalObject(GRADIENT_TAPE)
        if item.optional_vars is not None:
            expressions.assign(state, scope, item.optional_vars, value)
    if not records_gradients:
        return execute_block(state, scope, node.body)
    # A model that is trained here is called on data.
    with state.inside_layer():
        return execute_block(state, scope, node.body)


def _try(state: State, scope: Scope, node: ast.Try) -> bool:
    before = dict(scope.variables)
    state.branch_depth += 1
    through = execute_block(state, scope, node.body) and execute_block(state, scope, node.orelse)
    after = scope.variables
    branches = [after] if through else []
    for handler in node.handlers:
        scope.variables = dict(before)
        for name, value in after.items():
            scope.variables.setdefault(name, value)
        if handler.name is not None:
            scope.variables[handler.name] = Plain()
        if execute_block(state, scope, handler.body):
            branches.append(scope.variables)
    state.branch_depth -= 1
    if branches:
        merge_variables(scope, branches)
    else:
        scope.variables = after
    finished = execute_block(state, scope, node.finalbody)
    return finished and bool(branches)


def _match(state: State, scope: Scope, node: ast.Match) -> bool:
    expressions.evaluate(state, scope, node.subject)
    state.branch_depth += 1
    before = scope.variables
    branches = [before]
    for case in node.cases:
        scope.variables = dict(before)
        for pattern in ast.walk(case.pattern):
            name = getattr(pattern, "name", None)
            if isinstance(name, str):
                scope.variables[name] = Opaque()
        if execute_block(state, scope, case.body):
            branches.append(scope.variables)
    state.branch_depth -= 1
    merge_variables(scope, branches)
    return True


def _global(state: State, scope: Scope, node: ast.Global | ast.Nonlocal) -> bool:
    scope.outer_names.update(node.names)
    return True


def _delete(state: State, scope: Scope, node: ast.Delete) -> bool:
    for target in node.targets:
        if isinstance(target, ast.Name):
            scope.variables.pop(target.id, None)
    return True


def _assert(state: State, scope: Scope, node: ast.Assert) -> bool:
    expressions.evaluate(state, scope, node.test)
    return True


_HANDLERS: dict[type[ast.stmt], Callable[..., bool]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Break: _leave_loop,
    ast.Continue: _leave_loop,
    ast.If: _if,
    ast.For: _loop,
    ast.AsyncFor: _loop,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.Match: _match,
    ast.FunctionDef: lambda state, scope, node: definitions.define(state, scope, node),
    ast.AsyncFunctionDef: lambda state, scope, node: definitions.define(state, scope, node),
    ast.ClassDef: lambda state, scope, node: definitions.define_class(state, scope, node),
    ast.Global: _global,
    ast.Nonlocal: _global,
    ast.Delete: _delete,
    ast.Assert: _assert,
    ast.Import: lambda state, scope, node: definitions.import_(state, scope, node),
    ast.ImportFrom: lambda state, scope, node: definitions.import_from(state, scope, node),
}
if hasattr(ast, "TryStar"):
    _HANDLERS[ast.TryStar] = _try
