"""Whether new layers may and should have literal names, told by the code around them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import may_be_symbolic
from transforms.plan.layer_names import Repetition
from transforms.sites.facts import fact_of
from transforms.syntax.liveness import names_read
from transforms.syntax.nodes import children, walk
from transforms.syntax.places import Place

_APART = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@dataclass(kw_only=True)
class NameStyle:
    """What the functions of one module tell of names for layers."""

    analysis: Analysis
    module: Module
    _whole: dict[ast.AST, bool] = field(default_factory=dict)
    _named: dict[ast.AST, bool] = field(default_factory=dict)

    def can_name(self, place: Place, repeated: Repetition) -> bool:
        """Whether a literal name meets no other one, whoever calls the function at ``place``.

        A model is made from its inputs there, or layers beside have literal names: the function
        cannot be called twice for one model then, whatever is added to it.
        """
        return not repeated.unbounded and (
            self.makes_model(place) or self.names_layers(place, repeated)
        )

    def makes_model(self, place: Place) -> bool:
        """Whether the code around ``place`` makes a whole model: a script, or such a function."""
        function = place.function
        if function is None:
            return True
        if function not in self._whole:
            self._whole[function] = self._makes_model(function)
        return self._whole[function]

    @cached_property
    def keys(self) -> frozenset[str]:
        """The texts that are keys wherever they stand, and so no names of layers."""
        keys: set[ast.AST | None] = set()
        for table in self.module.all_of(ast.Dict):
            keys.update(table.keys)
        keys.update(item.slice for item in self.module.all_of(ast.Subscript))
        texts = [node for node in self.module.all_of(ast.Constant) if isinstance(node.value, str)]
        others = {str(node.value) for node in texts if node not in keys}
        return frozenset(str(node.value) for node in texts) - others

    def _makes_model(self, function: ast.AST) -> bool:
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return False
        given = {node.arg for node in walk(function.args) if isinstance(node, ast.arg)}
        made: set[str] = set()
        for node in walk(function):
            if isinstance(node, ast.Call):
                made.add(_called(node))
            is_given = isinstance(node, ast.Name) and node.id in given
            if is_given and may_be_symbolic(fact_of(self.analysis, node).kinds):
                return False
        return made >= {"Input", "Model"}

    def names_layers(self, place: Place, repeated: Repetition) -> bool:
        """Whether most layers made beside have names: literals, or texts with its counters."""
        around = place.loops[-1] if place.loops else place.function or self.module.tree
        if around not in self._named:
            names = list(_names_of_layers(list(children(around))))
            counters = frozenset(repeated.variables)
            named = [
                name for name in names if isinstance(name, _TEXTS) and names_read(name) <= counters
            ]
            self._named[around] = bool(named) and 2 * len(named) >= len(names)
        return self._named[around]


_TEXTS = (ast.Constant, ast.JoinedStr)


def _names_of_layers(nodes: Sequence[ast.AST]) -> Iterator[ast.expr | None]:
    """The names of the layers that are made and called, None for each that has none."""
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if isinstance(node, _APART):
            continue
        pending.extend(children(node))
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Call):
            continue
        made = node.func
        if _called(made)[:1].isupper():
            yield next((word.value for word in made.keywords if word.arg == "name"), None)


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))
