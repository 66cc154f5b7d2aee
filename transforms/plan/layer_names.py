"""Names for new layers: unique in the model also when a builder runs several times."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from transforms.interpret.symbolic import Analysis
from transforms.syntax.nodes import walk
from transforms.syntax.places import CallPlaces, Place


@dataclass(frozen=True)
class Repetition:
    """How often a place runs while one model is built.

    It runs once, or once for each value of the loop counters ``variables``, or, where it is
    ``unbounded``, an unknown number of times.
    """

    variables: tuple[str, ...] = ()
    unbounded: bool = False

    @property
    def once(self) -> bool:
        """Whether one literal name is unique."""
        return not self.variables and not self.unbounded


def repetition(
    analysis: Analysis,
    places: CallPlaces,
    place: Place,
    loops: tuple[ast.AST, ...],
) -> Repetition:
    """How often code at ``place`` runs; ``loops`` are those around it, comprehensions included."""
    if not _runs_once(analysis, places, place.function, frozenset()):
        return Repetition(unbounded=True)
    variables: list[str] = []
    for loop in loops:
        variable = _counter(loop)
        if variable is None:
            return Repetition(unbounded=True)
        variables.append(variable)
    return Repetition(tuple(variables))


def _runs_once(
    analysis: Analysis,
    places: CallPlaces,
    function: ast.AST | None,
    seen: frozenset[ast.AST],
) -> bool:
    """Whether the body of ``function`` runs once; ``seen`` are functions that call each other."""
    if function is None:
        return True
    # Keras, or code that the analysis does not see, may call these any number of times.
    if (
        function in seen
        or isinstance(function, ast.Lambda)
        or function in analysis.symbolic_entries
    ):
        return False
    callers = analysis.callers.get(function, set())
    if not callers:
        return True
    if len(callers) > 1:
        return False
    place, repeated = places.get(next(iter(callers)), (None, True))
    if place is None or repeated or place.loops:
        return False
    return _runs_once(analysis, places, place.function, seen | {function})


def _counter(loop: ast.AST) -> str | None:
    """The variable of a loop over ``range`` or ``enumerate`` that its body leaves alone."""
    if not isinstance(loop, ast.For) or not isinstance(loop.iter, ast.Call):
        return None
    function = loop.iter.func
    target = loop.target
    name: str | None = None
    if isinstance(function, ast.Name) and function.id == "range" and isinstance(target, ast.Name):
        name = target.id
    elif (
        isinstance(function, ast.Name)
        and function.id == "enumerate"
        and isinstance(target, ast.Tuple)
        and isinstance(target.elts[0], ast.Name)
    ):
        name = target.elts[0].id
    # A variable of underscores only is one that nobody is to read.
    if name is None or not name.strip("_"):
        return None
    for statement in loop.body:
        for node in walk(statement):
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
                return None
    return name
