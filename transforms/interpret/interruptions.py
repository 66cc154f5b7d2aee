"""Execution of ``try`` and ``with``: code that may stop anywhere."""

from __future__ import annotations

import ast
from functools import partial

from transforms.interpret.assignments import assign
from transforms.interpret.fixpoint import perhaps
from transforms.interpret.heap import Delta
from transforms.interpret.joins import join_contents
from transforms.interpret.objects import Instance, Scope, method_of
from transforms.interpret.registry import (
    Call,
    call_method,
    evaluate,
    execute_block,
    executes,
    one_of,
)
from transforms.interpret.state import State
from transforms.interpret.structures import alternatives
from transforms.interpret.values import NONE, PLAIN, ExternalObject, Value
from transforms.knowledge import keras_names

SUPPRESS = "contextlib.suppress"


@executes(ast.Try, *([ast.TryStar] if hasattr(ast, "TryStar") else []))
def _try(state: State, scope: Scope, node: ast.Try) -> bool:
    heap = state.heap
    mark = heap.mark
    left_before, loops_before = len(scope.left), [_exits(loop) for loop in scope.loops]
    outer = heap.begin_journal()
    try:
        through = execute_block(state, scope, node.body)
        body_journal = dict(heap.journal or {})
        through = through and execute_block(state, scope, node.orelse)
        ways = [heap.take(mark)] if through else []
        heap.take(mark)
        heap.include(_live(body_journal))
        interrupted = heap.take(mark)
        for handler in node.handlers:
            heap.apply(interrupted)
            if handler.type is not None:
                evaluate(state, scope, handler.type)
            if handler.name is not None:
                scope.bind(handler.name, PLAIN)
            if execute_block(state, scope, handler.body):
                ways.append(heap.take(mark))
            heap.take(mark)
    finally:
        journal = heap.end_journal(outer)
    if node.finalbody:
        # The last block also runs where the code was left from anywhere inside.
        heap.include(journal)
        start = heap.mark
        ends = execute_block(state, scope, node.finalbody)
        final = heap.take(start)
        heap.take(mark)
        _change_exits(scope, left_before, loops_before, final, ends)
    if not ways:
        return False
    heap.join(ways)
    return execute_block(state, scope, node.finalbody)


def _live(journal: Delta) -> Delta:
    return {cell: value for cell, value in journal.items() if not cell[0].dead}


def _exits(loop: object) -> tuple[int, int]:
    return len(getattr(loop, "breaks", ())), len(getattr(loop, "continues", ()))


def _change_exits(
    scope: Scope,
    left_before: int,
    loops_before: list[tuple[int, int]],
    final: Delta,
    ends: bool,
) -> None:
    """Let what ``finally`` changes also be so where the block was left."""
    exits = scope.left[left_before:]
    for loop, (breaks, continues) in zip(scope.loops, loops_before):
        exits += loop.breaks[breaks:] + loop.continues[continues:]
    for delta in exits:
        for cell, value in final.items():
            old = delta.get(cell, cell[0].cells.get(cell[1]))
            if value is not None:
                delta[cell] = value if old is None else join_contents(old, value)


@executes(ast.With, ast.AsyncWith)
def _with(state: State, scope: Scope, node: ast.With | ast.AsyncWith) -> bool:
    managers: list[Value] = []
    for item in node.items:
        manager = evaluate(state, scope, item.context_expr)
        managers += alternatives(manager)
        if item.optional_vars is not None:
            assign(state, scope, item.optional_vars, _entered(state, scope, manager))
        else:
            _entered(state, scope, manager)
    if any(manager == ExternalObject(keras_names.GRADIENT_TAPE) for manager in managers):
        # A model that is trained here is called on data.
        with state.inside_layer():
            return _managed(state, scope, node, managers)
    return _managed(state, scope, node, managers)


def _entered(state: State, scope: Scope, manager: Value) -> Value:
    """What ``as`` binds: what ``__enter__`` of the user's own class returns."""

    def entered(item: Value) -> Value:
        if isinstance(item, Instance) and method_of(item.cls, "__enter__") is not None:
            return call_method(state, Call(scope), item, "__enter__")
        return item

    return one_of(state, [partial(entered, item) for item in alternatives(manager)])


def _managed(
    state: State, scope: Scope, node: ast.With | ast.AsyncWith, managers: list[Value]
) -> bool:
    own = [
        manager
        for manager in managers
        if isinstance(manager, Instance) and method_of(manager.cls, "__exit__") is not None
    ]
    suppresses = own or any(m == ExternalObject(SUPPRESS) for m in managers)
    if not suppresses:
        return execute_block(state, scope, node.body)
    heap = state.heap
    mark = heap.mark
    outer = heap.begin_journal()
    try:
        through = execute_block(state, scope, node.body)
        ways = [heap.take(mark)] if through else []
        heap.take(mark)
    finally:
        journal = heap.end_journal(outer)
    heap.include(journal)
    ways.append(heap.take(mark))
    heap.join(ways)
    call = Call(scope, None, (NONE, NONE, NONE))
    if len(own) == 1 == len(managers):
        call_method(state, call, own[0], "__exit__")
    for manager in own if len(managers) > 1 else ():
        perhaps(state, partial(call_method, state, call, manager, "__exit__"))
    return True
