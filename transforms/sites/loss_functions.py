"""Functions that a model is compiled with: their ops run in training, not while it is built."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from transforms.interpret.symbolic import Analysis
from transforms.sites.eager_calls import calls_leading_to, gives_symbolic
from transforms.syntax.places import Place

# Where `compile(optimizer, loss, metrics)` takes functions (Keras 2.15 and 3.15).
FIRST, LAST = 1, 2
KEYWORDS = frozenset({"loss", "metrics", "weighted_metrics"})
# How the names of arguments of losses and metrics end: `y_true, y_pred` in Keras.
SIGNATURE = ("_true", "_pred")


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

    A function that is also called while a model is built is a builder like any other; one that
    losses alone give symbolic tensors is a part of these.
    """
    if any(node in compiled for node in loops):
        return "lambda"
    return _loss(analysis, compiled, place, [])


def stands_in_loss(
    compiled: frozenset[str | ast.AST], place: Place, loops: Sequence[ast.AST]
) -> bool:
    """Whether an expression stands in a loss itself, not in what one calls."""
    is_within = next(_losses_around(compiled, place), None) is not None
    return is_within or any(node in compiled for node in loops)


def is_taken_from_table(analysis: Analysis, function: ast.AST | None) -> bool:
    """Whether ``function`` is a loss that only calls of a chosen function seem to give tensors.

    ``LOSSES[name](mean, variance)`` makes a loss; the table has others that are losses themselves.
    """
    if function is None or not _takes_truth(function):
        return False
    calls = [call for call in analysis.callers.get(function, ()) if gives_symbolic(analysis, call)]
    return bool(calls) and all(
        isinstance(call, ast.Call) and isinstance(call.func, (ast.Subscript, ast.Call))
        for call in calls
    )


def is_called_by_loss(
    analysis: Analysis, compiled: frozenset[str | ast.AST], function: ast.AST | None
) -> bool:
    """Whether a loss function or metric runs ``function``, itself or through calls."""
    return any(
        place is not None and next(_losses_around(compiled, place), None) is not None
        for _, place in calls_leading_to(analysis, function)
    )


def _losses_around(compiled: frozenset[str | ast.AST], place: Place) -> Iterator[str]:
    """The names of the definitions around ``place`` that are losses, the innermost first."""
    for node in reversed(place.definitions):
        name = str(getattr(node, "name", "lambda"))
        if name in compiled or _takes_truth(node):
            yield name


def _loss(
    analysis: Analysis,
    compiled: frozenset[str | ast.AST],
    place: Place,
    inside: list[ast.AST],
) -> str | None:
    function = place.function
    if function is None or function in inside:
        return None
    calls = [call for call in analysis.callers.get(function, ()) if gives_symbolic(analysis, call)]
    if not calls:
        return next(_losses_around(compiled, place), None)
    around = [analysis.places[call][0] for call in calls if call in analysis.places]
    names = [_loss(analysis, compiled, outer, [*inside, function]) for outer in around]
    return names[0] if names and len(names) == len(calls) and all(names) else None


def _takes_truth(node: ast.AST) -> bool:
    """Whether it has the parameters of a loss: what is true, and what was predicted."""
    arguments = getattr(node, "args", None)
    names = [one.arg for one in arguments.args] if isinstance(arguments, ast.arguments) else []
    first = names[names[:1] == ["self"] :][:2]
    return len(first) == 2 and all(map(str.endswith, first, SIGNATURE))
