"""Execution of simple statements and branches."""

from __future__ import annotations

import ast

from transforms.interpret import operators
from transforms.interpret.assignments import assign
from transforms.interpret.conditions import known_truth, narrow
from transforms.interpret.joins import join_all
from transforms.interpret.leaves import contents
from transforms.interpret.objects import Scope
from transforms.interpret.openness import opened
from transforms.interpret.registry import (
    attribute,
    evaluate,
    execute_block,
    executes,
    iterate,
    set_item,
)
from transforms.interpret.state import State
from transforms.interpret.structures import Mapping as Entries
from transforms.interpret.structures import alternatives
from transforms.interpret.value_kinds import Openness
from transforms.interpret.values import NONE, OPAQUE, Value
from transforms.syntax.nodes import children


@executes(ast.Expr)
def _expression(state: State, scope: Scope, node: ast.Expr) -> bool:
    evaluate(state, scope, node.value)
    return True


@executes(ast.Assign)
def _assign(state: State, scope: Scope, node: ast.Assign) -> bool:
    value = evaluate(state, scope, node.value)
    for target in node.targets:
        assign(state, scope, target, value)
    return True


@executes(ast.AnnAssign)
def _annotated(state: State, scope: Scope, node: ast.AnnAssign) -> bool:
    if node.value is not None:
        assign(state, scope, node.target, evaluate(state, scope, node.value))
    return True


@executes(ast.AugAssign)
def _augmented(state: State, scope: Scope, node: ast.AugAssign) -> bool:
    left = _current(state, scope, node.target)
    state.note(node.target, left)
    right = evaluate(state, scope, node.value)
    value = state.note(node, operators.augmented(state, scope, node, left, right))
    assign(state, scope, node.target, value)
    return True


def _current(state: State, scope: Scope, target: ast.expr) -> Value:
    """What an augmented assignment finds at its target."""
    if isinstance(target, ast.Name):
        return evaluate(state, scope, target)
    if isinstance(target, ast.Attribute):
        owner = evaluate(state, scope, target.value)
        return attribute(state, scope, target, owner, target.attr)
    if isinstance(target, ast.Subscript):
        return operators.item_of(
            state,
            scope,
            target,
            evaluate(state, scope, target.value),
            evaluate(state, scope, target.slice),
        )
    return OPAQUE


@executes(ast.Return)
def _return(state: State, scope: Scope, node: ast.Return) -> bool:
    scope.returned.append(NONE if node.value is None else evaluate(state, scope, node.value))
    scope.left.append(state.heap.since(scope.mark))
    scope.returned_at = state.heap.undone
    return False


@executes(ast.Raise)
def _raise(state: State, scope: Scope, node: ast.Raise) -> bool:
    if node.exc is not None:
        evaluate(state, scope, node.exc)
    return False


@executes(ast.If)
def _if(state: State, scope: Scope, node: ast.If) -> bool:
    test = evaluate(state, scope, node.test)
    truth = known_truth(state, scope, node.test)
    if truth is not None:
        return execute_block(state, scope, node.body if truth else node.orelse)
    deltas = []
    mark = state.heap.mark
    for outcome, body in ((True, node.body), (False, node.orelse)):
        narrow(state, scope, node.test, outcome)
        through = execute_block(state, scope, body)
        delta = state.heap.take(mark)
        if through:
            deltas.append(delta)
    if not deltas:
        return False
    if test.open:
        # What an open value decides is itself open.
        for delta in deltas:
            for cell, value in delta.items():
                if value is not None and value is not cell[0].cells.get(cell[1]):
                    delta[cell] = opened(value, Openness.CHOSEN)
    state.heap.join(deltas)
    return True


@executes(ast.Match)
def _match(state: State, scope: Scope, node: ast.Match) -> bool:
    subject = evaluate(state, scope, node.subject)
    deltas = []
    mark = state.heap.mark
    is_complete = False
    for case in node.cases:
        _bind_pattern(state, scope, case.pattern, subject)
        if case.guard is not None:
            evaluate(state, scope, case.guard)
        through = execute_block(state, scope, case.body)
        delta = state.heap.take(mark)
        if through:
            deltas.append(delta)
        takes_all = isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
        is_complete = is_complete or (takes_all and case.guard is None)
    if not is_complete:
        deltas.append({})
    if not deltas:
        return False
    state.heap.join(deltas)
    return True


def _bind_pattern(state: State, scope: Scope, pattern: ast.pattern, subject: Value) -> None:
    """Bind the names of a pattern to what they may take of ``subject``."""
    if isinstance(pattern, ast.MatchAs):
        if pattern.pattern is not None:
            _bind_pattern(state, scope, pattern.pattern, subject)
        if pattern.name is not None:
            scope.bind(pattern.name, subject)
        return
    if isinstance(pattern, ast.MatchOr):
        parts, inner = list(pattern.patterns), subject
    else:
        values: list[Value] = []
        for item in alternatives(subject):
            content = contents(item)
            values += content.parts if isinstance(content, Entries) else ()
            values.append(iterate(state, scope, item))
        inner = join_all(values)
        parts = [child for child in children(pattern) if isinstance(child, ast.pattern)]
        name = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
        if isinstance(name, str):
            scope.bind(name, join_all([subject, inner]))
    for part in parts:
        _bind_pattern(state, scope, part, inner)


@executes(ast.Global)
def _global(state: State, scope: Scope, node: ast.Global) -> bool:
    scope.globals.update(node.names)
    return True


@executes(ast.Nonlocal)
def _nonlocal(state: State, scope: Scope, node: ast.Nonlocal) -> bool:
    scope.nonlocals.update(node.names)
    return True


@executes(ast.Delete)
def _delete(state: State, scope: Scope, node: ast.Delete) -> bool:
    for target in node.targets:
        if isinstance(target, ast.Name):
            if scope.is_single and target.id not in scope.globals | scope.nonlocals:
                state.heap.write(scope, target.id, None)
        elif isinstance(target, ast.Subscript):
            owner = evaluate(state, scope, target.value)
            set_item(state, scope, owner, evaluate(state, scope, target.slice), None)
    return True


@executes(ast.Assert)
def _assert(state: State, scope: Scope, node: ast.Assert) -> bool:
    evaluate(state, scope, node.test)
    narrow(state, scope, node.test, True)
    return True
