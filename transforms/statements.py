"""Execution of statements on abstract values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from transforms import calls, expressions, keras_names, modules, operators
from transforms.scopes import Scope, State, merge_variables
from transforms.values import (
    Class,
    External,
    Function,
    Instance,
    Kind,
    Known,
    LayerValue,
    Mapping,
    Opaque,
    Parameter,
    Plain,
    Symbolic,
    Value,
    alternatives,
    join_all,
    kind_of,
)
from transforms.values import Sequence as SequenceValue

KEEPING_DECORATORS = frozenset({"wraps", "lru_cache", "cache", "contextmanager"})
UNROLL_LIMIT = 6


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
    truth = known_truth(state, scope, node.test)
    if truth is not None:
        return execute_block(state, scope, node.body if truth else node.orelse)
    state.branch_depth += 1
    before = scope.variables
    scope.variables = dict(before)
    narrow(scope, node.test, True)
    through = execute_block(state, scope, node.body)
    branches = [scope.variables] if through else []
    scope.variables = dict(before)
    narrow(scope, node.test, False)
    if execute_block(state, scope, node.orelse):
        branches.append(scope.variables)
    state.branch_depth -= 1
    if not branches:
        scope.variables = before
        return False
    merge_variables(scope, branches)
    return True


def narrow(scope: Scope, test: ast.expr, outcome: bool) -> None:
    """Leave out the alternatives of a variable that a test of ``is None`` excludes."""
    if (
        isinstance(test, ast.Compare)
        and len(test.ops) == 1
        and isinstance(test.left, ast.Name)
        and isinstance(test.ops[0], (ast.Is, ast.IsNot))
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value is None
    ):
        value = scope.variables.get(test.left.id)
        is_none = outcome == isinstance(test.ops[0], ast.Is)
        if value is not None:
            kept = [item for item in alternatives(value) if (item == Known(None)) == is_none]
            if kept:
                scope.variables[test.left.id] = join_all(kept)


def known_truth(state: State, scope: Scope, test: ast.expr) -> bool | None:
    """Whether a test on ``None``, types or names is surely true or false; None if not known.

    Configuration values are deliberately not looked at: another caller may give other ones.
    """
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        truth = known_truth(state, scope, test.operand)
        return None if truth is None else not truth
    if isinstance(test, ast.BoolOp):
        parts = [known_truth(state, scope, value) for value in test.values]
        deciding = isinstance(test.op, ast.Or)
        if deciding in parts:
            return deciding
        return None if None in parts else not deciding
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _none_test(scope, test)
    if (
        isinstance(test, ast.Call)
        and isinstance(test.func, ast.Name)
        and test.func.id == "isinstance"
        and len(test.args) == 2
        and isinstance(test.args[0], ast.Name)
    ):
        return _is_instance(scope, test.args[0].id, test.args[1])
    return None


def _none_test(scope: Scope, test: ast.Compare) -> bool | None:
    right = test.comparators[0]
    if (
        not isinstance(test.left, ast.Name)
        or not isinstance(right, ast.Constant)
        or right.value is not None
        or not isinstance(test.ops[0], (ast.Is, ast.IsNot))
    ):
        return None
    value = scope.lookup(test.left.id)
    if value is None or isinstance(value, (Opaque, Parameter, Plain)):
        return None
    kinds = kind_of(value)
    if kinds == Kind.NONE and test.left.id in scope.variables:
        return isinstance(test.ops[0], ast.Is) if _is_settled(scope, test.left.id) else None
    undecided = Kind.NONE | Kind.OPAQUE | Kind.PARAMETER | Kind.PLAIN
    if kinds & undecided:
        return None
    return isinstance(test.ops[0], ast.IsNot)


def _is_settled(scope: Scope, name: str) -> bool:
    return scope.function is not None and scope.parent is not None


def _is_instance(scope: Scope, name: str, classes: ast.expr) -> bool | None:
    value = scope.lookup(name)
    names = [node.id for node in ast.walk(classes) if isinstance(node, ast.Name)]
    if not names or not set(names) <= {"list", "tuple", "dict", "str", "int", "float", "bool"}:
        return None
    if isinstance(value, SequenceValue):
        return value.kind in names if value.kind in {"list", "tuple"} else None
    if isinstance(value, Mapping):
        return "dict" in names
    if isinstance(value, Symbolic) and not value.structured and value.certain:
        return False
    if isinstance(value, (Function, LayerValue, Instance)):
        return False
    return None


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
    for item in node.items:
        value = expressions.evaluate(state, scope, item.context_expr)
        if item.optional_vars is not None:
            expressions.assign(state, scope, item.optional_vars, value)
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


def _define(state: State, scope: Scope, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
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


def _define_class(state: State, scope: Scope, node: ast.ClassDef) -> bool:
    bases = tuple(expressions.evaluate(state, scope, base) for base in node.bases)
    for decorator in node.decorator_list:
        expressions.evaluate(state, scope, decorator)
    dotted = [base.dotted for base in bases if isinstance(base, External)]
    role = keras_names.class_role(dotted)
    for base in bases:
        if isinstance(base, Class) and role == "plain":
            role = base.role
    inner = Scope(scope.module, scope, scope.function, is_class=True)
    made = Class(node, inner, bases, role)
    inner.owner = made
    execute_block(state, inner, node.body)
    state.classes[node] = made
    scope.bind(node.name, made)
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


def _import(state: State, scope: Scope, node: ast.Import) -> bool:
    for alias in node.names:
        name = alias.name if alias.asname is not None else alias.name.partition(".")[0]
        scope.bind(alias.asname or name, External(name))
    return True


def _import_from(state: State, scope: Scope, node: ast.ImportFrom) -> bool:
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
    ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define,
    ast.ClassDef: _define_class,
    ast.Global: _global,
    ast.Nonlocal: _global,
    ast.Delete: _delete,
    ast.Assert: _assert,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
}
if hasattr(ast, "TryStar"):
    _HANDLERS[ast.TryStar] = _try
