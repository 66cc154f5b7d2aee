"""Execution of loops: short ones turn by turn, the others to a fixpoint."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from transforms.interpret import limits
from transforms.interpret.assignments import assign
from transforms.interpret.conditions import known_truth, narrow
from transforms.interpret.fixpoint import repeat
from transforms.interpret.heap import Delta
from transforms.interpret.joins import join
from transforms.interpret.objects import Function, Loop, Scope
from transforms.interpret.registry import (
    evaluate,
    execute_block,
    executes,
    iterate,
    known_items,
)
from transforms.interpret.state import State
from transforms.interpret.values import Value, keras_tensor
from transforms.syntax.nodes import walk
from transforms.syntax.places import suites

_INPUT = keras_tensor("floatx", True)
_OF_LAYER = keras_tensor("policy", True)


@executes(ast.Break)
def _break(state: State, scope: Scope, node: ast.Break) -> bool:
    if scope.loops:
        loop = scope.loops[-1]
        loop.breaks.append(state.heap.since(loop.mark))
    return False


@executes(ast.Continue)
def _continue(state: State, scope: Scope, node: ast.Continue) -> bool:
    if scope.loops:
        loop = scope.loops[-1]
        loop.continues.append(state.heap.since(loop.turn))
    return False


@executes(ast.For, ast.AsyncFor)
def _for(state: State, scope: Scope, node: ast.For | ast.AsyncFor) -> bool:
    iterable = evaluate(state, scope, node.iter)
    items = known_items(state, scope, iterable)
    if items is not None and 0 < len(items) <= limits.UNROLLED:
        return _unrolled(state, scope, node, iterable, items)

    def prepare() -> None:
        assign(state, scope, node.target, iterate(state, scope, iterable))

    def begin() -> bool:
        prepare()
        return True

    return _repeated(state, scope, node, begin, lambda: None, endless=False)


def _unrolled(
    state: State,
    scope: Scope,
    node: ast.For | ast.AsyncFor,
    iterable: Value,
    items: tuple[Value, ...],
) -> bool:
    heap = state.heap
    loop = Loop(heap.mark)
    scope.loops.append(loop)
    reached = True
    for number, item in enumerate(items):
        loop.turn = heap.mark
        with state.inside((node, number)):
            assign(state, scope, node.target, item)
            reached = _turn_ends(state, scope, loop, node.body)
        if not reached:
            break
    scope.loops.pop()
    if reached and len(known_items(state, scope, iterable) or items) > len(items):
        # The body made the list longer: the loop goes on.
        scope.loops.append(loop)

        def turn() -> list[Delta]:
            loop.turn = heap.mark
            assign(state, scope, node.target, iterate(state, scope, iterable))
            return _ways_on(state, scope, loop, node.body)

        repeat(state, turn)
        scope.loops.pop()
    return _after(state, scope, loop, node.orelse, reached)


def _turn_ends(state: State, scope: Scope, loop: Loop, body: list[ast.stmt]) -> bool:
    """Run one turn in place; whether its end, or a ``continue``, is reached."""
    loop.continues.clear()
    through = execute_block(state, scope, body)
    if not loop.continues:
        return through
    ways = [*loop.continues]
    delta = state.heap.take(loop.turn)
    if through:
        ways.append(delta)
    state.heap.join(ways)
    return True


def _ways_on(state: State, scope: Scope, loop: Loop, body: list[ast.stmt]) -> list[Delta]:
    """Run one turn and take it back; what each way to the next turn has changed."""
    loop.continues.clear()
    through = execute_block(state, scope, body)
    delta = state.heap.take(loop.turn)
    return [*loop.continues, *([delta] if through else [])]


@executes(ast.While)
def _while(state: State, scope: Scope, node: ast.While) -> bool:
    truth = known_truth(state, scope, node.test) if isinstance(node.test, ast.Constant) else None

    def begin() -> bool:
        evaluate(state, scope, node.test)
        narrow(state, scope, node.test, True)
        return True

    def end() -> None:
        evaluate(state, scope, node.test)
        narrow(state, scope, node.test, False)

    if truth is False:
        evaluate(state, scope, node.test)
        return execute_block(state, scope, node.orelse)
    return _repeated(state, scope, node, begin, end, endless=truth is True)


def _repeated(
    state: State,
    scope: Scope,
    node: ast.For | ast.AsyncFor | ast.While,
    begin: Callable[[], bool],
    end: Callable[[], None],
    endless: bool,
) -> bool:
    _foresee(state, scope, node.body)
    loop = Loop(state.heap.mark)
    scope.loops.append(loop)
    left, yielded = len(scope.left), len(scope.home.yielded)

    def is_left() -> bool:
        return bool(loop.breaks) or (left, yielded) != (len(scope.left), len(scope.home.yielded))

    def turn() -> list[Delta]:
        # What leaves the loop in this turn includes what left it in earlier ones.
        loop.breaks.clear()
        loop.turn = state.heap.mark
        begin()
        return _ways_on(state, scope, loop, node.body)

    repeat(state, turn, is_left)
    scope.loops.pop()
    if not endless:
        end()
    return _after(state, scope, loop, node.orelse, not endless)


def _foresee(state: State, scope: Scope, body: list[ast.stmt]) -> None:
    """Let inputs that layers take the place of in ``body`` be what these give, from the first turn.

    So it comes to be in any case, but after the calls of a turn were run for the inputs alone.
    """
    for name, called in _calls_assigned(body):
        if scope.heap.read(scope, name) == _INPUT and _makes_layers(state, scope, called):
            scope.bind(name, join(_INPUT, _OF_LAYER))


def _calls_assigned(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """The names to which ``body`` assigns what a call gives, with what is called."""
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=called)):
                yield name, called
            case ast.If() | ast.With():
                for suite in suites(statement):
                    yield from _calls_assigned(suite)


def _makes_layers(state: State, scope: Scope, called: ast.expr) -> bool:
    """Whether it is a layer made on the spot, or a function of the sources that makes such."""
    if not isinstance(called, ast.Name):
        return isinstance(called, ast.Call)
    function = scope.lookup(called.id)
    if not isinstance(function, Function):
        return False
    known = state.making_layers.get(function.node)
    if known is None:
        calls = (node for node in walk(function.node) if isinstance(node, ast.Call))
        known = any(isinstance(call.func, ast.Call) for call in calls)
        state.making_layers[function.node] = known
    return known


def _after(state: State, scope: Scope, loop: Loop, orelse: list[ast.stmt], reached: bool) -> bool:
    """Run ``else``, and join the ways on which the loop was left."""
    if reached and orelse:
        reached = execute_block(state, scope, orelse)
    if not loop.breaks:
        return reached
    delta = state.heap.take(loop.mark)
    state.heap.join([*loop.breaks, *([delta] if reached else [])])
    return True
