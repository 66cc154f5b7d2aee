"""Whether a tensor may carry a mask of Keras, as far as the code just before it tells."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from transforms.interpret.symbolic import Analysis
from transforms.knowledge.keras_names import INPUT_FUNCTIONS, keras_path
from transforms.knowledge.stock_layers import ENDING_MASKS, PASSING_MASKS
from transforms.sites.facts import op_fact_of
from transforms.syntax.limits import STEPS_BACK_FROM_A_TENSOR
from transforms.syntax.nodes import walk
from transforms.syntax.places import Place, statements_of, suites

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(kw_only=True)
class Masks:
    """Follows tensors of one module back to where a mask ends.

    ``imported`` are external names by what they surely stand for, ``functions`` those of the module
    that are bound once. What a parameter or a layer from elsewhere brings is not known, so it may
    carry a mask.
    """

    analysis: Analysis
    tree: ast.Module
    imported: Mapping[str, str]
    functions: Mapping[str, ast.FunctionDef]
    _places: dict[ast.stmt, Place] = field(default_factory=dict)
    _around: dict[ast.stmt, ast.stmt] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._places = dict(statements_of(self.tree))
        for statement in self._places:
            for suite in suites(statement):
                self._around.update(dict.fromkeys(suite, statement))

    def end_before(self, node: ast.expr, place: Place) -> bool:
        """Whether the tensor, or all tensors in the list, at ``node`` surely have no mask."""
        return self._end(node, place, STEPS_BACK_FROM_A_TENSOR)

    def _end(self, node: ast.AST, place: Place, steps: int) -> bool:
        if not steps:
            return False
        fact = op_fact_of(self.analysis, node)
        if fact.keys:
            return fact.certain and not fact.other and not fact.open
        if isinstance(node, (ast.List, ast.Tuple)):
            return all(self._end(item, place, steps - 1) for item in node.elts)
        if isinstance(node, ast.Name):
            found = self._value_of(node.id, place)
            return found is not None and self._end(*found, steps - 1)
        return isinstance(node, ast.Call) and self._call_ends(node, place, steps - 1)

    def _call_ends(self, node: ast.Call, place: Place, steps: int) -> bool:
        if self._path(node.func) in INPUT_FUNCTIONS:
            return True
        if isinstance(node.func, ast.Name) and node.func.id in self.functions:
            return self._returns_end(self.functions[node.func.id], steps)
        made = self._layer_made(node.func, place)
        name = "" if made is None else self._path(made.func).removeprefix("layers.")
        if name in ENDING_MASKS:
            return True
        given = [*node.args, *(word.value for word in node.keywords if word.arg != "training")]
        is_passing = name in PASSING_MASKS and bool(given)
        return is_passing and all(self._end(item, place, steps) for item in given)

    def _returns_end(self, function: ast.FunctionDef, steps: int) -> bool:
        """Whether nothing that ``function`` returns has a mask."""
        returned = [
            (statement.value, place)
            for statement, place in self._places.items()
            if isinstance(statement, ast.Return) and place.function is function
        ]
        return bool(returned) and all(
            value is not None and self._end(value, place, steps) for value, place in returned
        )

    def _layer_made(self, function: ast.expr, place: Place) -> ast.Call | None:
        """The call that makes the layer ``function``."""
        found = self._value_of(function.id, place) if isinstance(function, ast.Name) else None
        made: ast.AST = function if found is None else found[0]
        return made if isinstance(made, ast.Call) else None

    def _path(self, node: ast.expr) -> str:
        """The path below the root of Keras that ``node`` surely stands for, or nothing."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.imported:
            return ""
        return keras_path(".".join([self.imported[node.id], *attributes])) or ""

    def _value_of(self, name: str, place: Place) -> tuple[ast.AST, Place] | None:
        """What ``name`` was surely given last before ``place``, in the same function."""
        while True:
            for index in range(place.index - 1, -1, -1):
                statement = place.block[index]
                if _binds(statement, name):
                    return _assigned(statement, name, self._places[statement])
            outer = self._around.get(place.statement)
            if outer is None or isinstance(outer, DEFINITIONS):
                return None
            if _binds(outer.test if isinstance(outer, ast.If) else outer, name):
                return None
            place = self._places[outer]


def _assigned(statement: ast.stmt, name: str, place: Place) -> tuple[ast.AST, Place] | None:
    """What gives ``name`` its value: an expression, or an augmented assignment."""
    if isinstance(statement, ast.AugAssign):
        return statement, place
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    # Of several names each may be any part of the value.
    is_plain = isinstance(statement.targets[0], (ast.Name, ast.Tuple))
    return (statement.value, place) if is_plain else None


def _binds(node: ast.AST, name: str) -> bool:
    """Whether ``node`` may give ``name`` another value."""
    if isinstance(node, DEFINITIONS) and node.name == name:
        return True
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return any(name in {alias.asname, alias.name, "*"} for alias in node.names)
    return any(
        (isinstance(each, ast.Name) and each.id == name and not isinstance(each.ctx, ast.Load))
        or (isinstance(each, (ast.Global, ast.Nonlocal)) and name in each.names)
        for each in walk(node)
    )
