"""Functions that a model is compiled with: their ops run in training, not while it is built."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from transforms.interpret.symbolic import Analysis
from transforms.syntax.places import Place

# Where `compile(optimizer, loss, metrics)` takes functions (Keras 2.15 and 3.15).
FIRST, LAST = 1, 2
KEYWORDS = frozenset({"loss", "metrics", "weighted_metrics"})


def compiled_functions(calls: Sequence[ast.Call]) -> frozenset[str | ast.AST]:
    """The names of functions that ``calls`` compile a model with, and lambdas that stand there.

    Those of functions that make such functions are among them.
    """
    found: set[str | ast.AST] = set()
    for call in calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr == "compile":
            pending = list(call.args[FIRST : LAST + 1])
            pending += [keyword.value for keyword in call.keywords if keyword.arg in KEYWORDS]
            found.update(_functions(pending))
    return frozenset(found)


def _functions(pending: list[ast.expr]) -> Iterator[str | ast.AST]:
    for value in pending:
        match value:
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Dict(values=items):
                pending.extend(items)
            case ast.Call(func=function):
                pending.append(function)
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.Lambda():
                yield value


def loss_around(
    analysis: Analysis,
    compiled: frozenset[str | ast.AST],
    place: Place,
    loops: Sequence[ast.AST],
) -> str | None:
    """What the loss function or metric around an expression is called, None where there is none.

    A function that is also called while a model is built is a builder like any other.
    """
    if not compiled:
        return None
    if any(node in compiled for node in loops):
        return "lambda"
    function = place.function
    if function is None or analysis.callers.get(function):
        return None
    names = [getattr(node, "name", None) for node in place.definitions]
    return next((name for name in reversed(names) if name in compiled), None)
