"""Names for new layers: unique in the model also when a builder runs several times."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from transforms.scopes import Module
from transforms.sites import Place, statements_of
from transforms.symbolic import Analysis


@dataclass(frozen=True)
class Repetition:
    """How often a place runs: once, once for each value of loop variables, or any number."""

    variables: tuple[str, ...] = ()
    unbounded: bool = False

    @property
    def once(self) -> bool:
        """Whether one literal name is unique."""
        return not self.variables and not self.unbounded


def call_places(modules: Mapping[Path, Module]) -> dict[ast.AST, tuple[Place, bool]]:
    """The place of each call, and whether it stands in a comprehension or lambda."""
    places: dict[ast.AST, tuple[Place, bool]] = {}
    for module in modules.values():
        for statement, place in statements_of(module.tree):
            for child in ast.iter_child_nodes(statement):
                if isinstance(child, (ast.expr, ast.withitem, ast.keyword)):
                    _record_calls(child, place, False, places)
    return places


def _record_calls(
    node: ast.AST, place: Place, repeated: bool, places: dict[ast.AST, tuple[Place, bool]]
) -> None:
    if isinstance(node, ast.Call):
        places[node] = (place, repeated)
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp, ast.Lambda)):
        repeated = True
    for child in ast.iter_child_nodes(node):
        _record_calls(child, place, repeated, places)


def repetition(
    analysis: Analysis,
    places: Mapping[ast.AST, tuple[Place, bool]],
    place: Place,
    loops: tuple[ast.AST, ...],
) -> Repetition:
    """How often code at ``place`` inside ``loops`` runs while one model is built."""
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
    places: Mapping[ast.AST, tuple[Place, bool]],
    function: ast.AST | None,
    seen: frozenset[ast.AST],
) -> bool:
    if function is None:
        return True
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
    name = None
    if isinstance(function, ast.Name) and function.id == "range" and isinstance(target, ast.Name):
        name = target.id
    elif (
        isinstance(function, ast.Name)
        and function.id == "enumerate"
        and isinstance(target, ast.Tuple)
        and isinstance(target.elts[0], ast.Name)
    ):
        name = target.elts[0].id
    if name is None:
        return None
    for statement in loop.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
                return None
    return name
