"""Whether a tensor may carry a mask of Keras, as far as the code tells how it is made."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from transforms.interpret.symbolic import Analysis
from transforms.knowledge.keras_names import (
    FUNCTIONAL_LAYERS,
    INPUT_FUNCTIONS,
    TENSORFLOW_ROOT,
    keras_path,
)
from transforms.knowledge.stock_layers import ENDING_MASKS, PASSING_MASKS
from transforms.sites.facts import op_fact_of
from transforms.sites.image_axes import are_image_axes
from transforms.sites.list_lengths import least_items
from transforms.sites.origins import Origins, Parameter, all_behind, stores
from transforms.syntax.liveness import bound_inside
from transforms.syntax.nodes import walk
from transforms.syntax.places import COMPREHENSIONS, Place, statements_of, suites

_PLAIN_INPUT = frozenset({"shape", "batch_size", "dtype", "name"})
# Of several lists they make one that holds the same tensors.
_KEEPING_ITEMS = frozenset({"list", "tuple", "reversed", "enumerate", "zip"})

Part = tuple[ast.AST, Place]
Helper = tuple["Masks", ast.FunctionDef]


@dataclass(kw_only=True)
class Masks:
    """Follows tensors of one module back to where a mask ends.

    ``imported`` are external names by what they surely stand for, ``functions`` those of the module
    that are bound once, ``elsewhere`` gives a function that is imported from another module. What a
    parameter or a layer from elsewhere brings is not known, so it may carry a mask.
    """

    analysis: Analysis
    tree: ast.Module
    imported: Mapping[str, str]
    functions: Mapping[str, ast.FunctionDef]
    elsewhere: Callable[[str], Helper | None] = field(default=lambda name: None)
    origins: Origins = field(init=False)
    # The parameters whose masks a function gives on; None while it is looked at, or not known.
    _given_on: dict[ast.FunctionDef, frozenset[str] | None] = field(default_factory=dict)
    _made: dict[ast.FunctionDef, frozenset[str] | None] = field(default_factory=dict)
    _items: dict[ast.AST, ast.expr] = field(default_factory=dict)
    _bound: dict[ast.AST, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        places = dict(statements_of(self.tree))
        around: dict[ast.stmt, ast.stmt] = {}
        for statement in places:
            for suite in suites(statement):
                around.update(dict.fromkeys(suite, statement))
        self.origins = Origins(places=places, around=around, is_external=self._is_external)

    def end_before(self, node: ast.expr, place: Place, inside: Iterable[ast.AST] = ()) -> bool:
        """Whether the tensor, or all tensors in the list, at ``node`` surely have no mask.

        ``inside`` are comprehensions and lambdas around it, whose variables are their own.
        """
        hidden = bound_inside(
            one for one in inside if isinstance(one, (ast.Lambda, *COMPREHENSIONS))
        )
        return self._parameters_behind(node, place, hidden) == frozenset()

    def _parameters_behind(
        self, node: ast.AST, place: Place, hidden: frozenset[str] = frozenset()
    ) -> frozenset[str] | None:
        """The parameters of the function at ``place`` whose masks ``node`` has; None: or others."""

        def parts_of(node: ast.AST, place: Place) -> list[Part | Parameter] | None:
            if isinstance(node, ast.Name) and node.id in hidden:
                return None
            return self._parts(node, place)

        found = all_behind(node, place, parts_of)
        return None if found is None else frozenset(parameter.name for parameter in found)

    def _parts(self, node: ast.AST, place: Place) -> list[Part | Parameter] | None:
        """What ``node`` may have its mask from; None where that is not known."""
        fact = op_fact_of(self.analysis, node)
        if fact.keys:
            return [] if fact.certain and not fact.other and not fact.open else None
        match node:
            case ast.Constant():
                return []
            case ast.List() | ast.Tuple():
                return [(item, place) for item in node.elts]
            case ast.Starred(value=value) | ast.Subscript(value=value):
                return [(value, place)]
            case ast.IfExp():
                return [(node.body, place), (node.orelse, place)]
            case ast.Name():
                return self._parts_of_name(node, place)
            case ast.ListComp() | ast.GeneratorExp():
                return self._parts_of_comprehension(node, place)
            case ast.Call():
                return self._parts_of_call(node, place)
        return None

    def _parts_of_name(self, node: ast.Name, place: Place) -> list[Part | Parameter] | None:
        if node in self._items:
            return [(self._items[node], place)]
        values = self.origins.of(node.id, place)
        if values is None:
            return None
        lists = (ast.List, ast.ListComp)
        if any(
            not isinstance(value, Parameter) and isinstance(value[0], lists) for value in values
        ):
            more = self.origins.items_of(node.id, place)
            return None if more is None else [*values, *more]
        return values

    def _parts_of_comprehension(
        self, node: ast.ListComp | ast.GeneratorExp, place: Place
    ) -> list[Part | Parameter] | None:
        for generator in node.generators:
            names = stores(generator.target)
            for part in (node.elt, *(other.iter for other in node.generators)):
                for each in walk(part):
                    if isinstance(each, ast.Name) and each.id in names and each not in self._items:
                        self._items[each] = generator.iter
        return [(node.elt, place)]

    def _parts_of_call(self, node: ast.Call, place: Place) -> list[Part | Parameter] | None:
        path = self.path(node.func, place)
        if path in INPUT_FUNCTIONS:
            return [] if _is_for_vectors(node) else None
        given: list[ast.expr] = [
            *node.args,
            *(word.value for word in node.keywords if word.arg not in {"training", "name"}),
        ]
        if path.removeprefix("layers.") in FUNCTIONAL_LAYERS and path.startswith("layers."):
            return [(node.args[0], place)] if node.args else None
        if isinstance(node.func, ast.Name) and node.func.id in _KEEPING_ITEMS:
            is_builtin = not self._bound_around(node.func.id, place)
            return [(item, place) for item in given] if is_builtin else None
        helper = self.helper_of(node.func, place)
        if helper is not None:
            return self._parts_of_helper(node, place, *helper)
        made = self.layers_made(node.func, place)
        if made is None or not given:
            return None
        if made <= ENDING_MASKS:
            return []
        return [(item, place) for item in given] if made <= ENDING_MASKS | PASSING_MASKS else None

    def _parts_of_helper(
        self, node: ast.Call, place: Place, masks: Masks, function: ast.FunctionDef
    ) -> list[Part | Parameter] | None:
        """The arguments whose masks the result of ``function`` may have."""
        names = masks.given_on(function)
        if names is None or any(isinstance(item, ast.Starred) for item in node.args):
            return None
        own = function.args
        given = dict(zip([item.arg for item in (*own.posonlyargs, *own.args)], node.args))
        for word in node.keywords:
            if word.arg is None:
                return None
            given[word.arg] = word.value
        # What is not given is a default, which is no tensor where it is a literal.
        defaults = [*own.defaults, *own.kw_defaults]
        if not all(isinstance(value, ast.Constant | None) for value in defaults):
            return None
        return [(given[name], place) for name in sorted(names) if name in given]

    def given_on(self, function: ast.FunctionDef) -> frozenset[str] | None:
        """The parameters of ``function`` whose masks its result may have; None: others too."""
        if function not in self._given_on:
            self._given_on[function] = None
            self._given_on[function] = self._returned(function)
        return self._given_on[function]

    def _returned(self, function: ast.FunctionDef) -> frozenset[str] | None:
        found: frozenset[str] = frozenset()
        if any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in walk(function)):
            return None
        returns = [*self._returns(function)]
        for value, place in returns:
            names = None if value is None else self._parameters_behind(value, place)
            if names is None:
                return None
            found |= names
        return found if returns else None

    def _returns(self, function: ast.FunctionDef) -> Iterator[tuple[ast.expr | None, Place]]:
        for statement, place in self.origins.places.items():
            if isinstance(statement, ast.Return) and place.function is function:
                yield statement.value, place

    def helper_of(self, function: ast.expr, place: Place) -> Helper | None:
        """The function in sight that ``function`` surely is, and the masks of its module."""
        if not isinstance(function, ast.Name) or self._bound_around(function.id, place):
            return None
        if function.id in self.functions:
            return self, self.functions[function.id]
        return self.elsewhere(function.id)

    def is_builtin(self, name: str, place: Place) -> bool:
        """Whether nothing in sight gives ``name`` another meaning."""
        known = name in self.functions or name in self.imported
        return not known and not self._bound_around(name, place)

    def layers_made(self, function: ast.expr, place: Place) -> frozenset[str] | None:
        """The names of the layers of Keras that ``function`` may be; None where others are."""
        found: set[str] = set()
        pending: list[Part] = [(function, place)]
        seen: set[ast.AST] = set()
        while pending:
            node, where = pending.pop()
            if node in seen:
                continue
            seen.add(node)
            if isinstance(node, ast.IfExp):
                pending += [(node.body, where), (node.orelse, where)]
            elif isinstance(node, ast.Name):
                values = self.origins.of(node.id, where)
                if values is None or any(isinstance(value, Parameter) for value in values):
                    return None
                pending += [value for value in values if not isinstance(value, Parameter)]
            elif isinstance(node, ast.Call):
                names = self._made_by(node, where)
                if names is None:
                    return None
                found |= names
            else:
                return None
        return frozenset(found)

    def _made_by(self, node: ast.Call, place: Place) -> frozenset[str] | None:
        path = self.path(node.func, place)
        if path.startswith("layers."):
            return frozenset({path.removeprefix("layers.")})
        helper = self.helper_of(node.func, place)
        if helper is None:
            return None
        masks, function = helper
        return masks.layers_made_by(function)

    def layers_made_by(self, function: ast.FunctionDef) -> frozenset[str] | None:
        """The names of the layers of Keras that ``function`` may give; None: others too."""
        if function not in self._made:
            self._made[function] = None
            found: set[str] = set()
            for value, place in self._returns(function):
                names = None if value is None else self.layers_made(value, place)
                if names is None:
                    return None
                found |= names
            self._made[function] = frozenset(found) or None
        return self._made[function]

    def path(self, node: ast.expr, place: Place) -> str:
        """The path below the root of Keras that ``node`` surely stands for, or nothing."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.imported:
            return ""
        if self._bound_around(node.id, place):
            return ""
        return keras_path(".".join([self.imported[node.id], *attributes])) or ""

    def are_several(self, name: str, place: Place) -> bool:
        """Whether the list ``name`` surely holds more than one tensor."""
        return least_items(name, place, self.origins) > 1

    def are_image_axes(self, axes: ast.expr, place: Place) -> bool:
        """Whether ``axes`` are height and width, as the user's configuration has images."""
        return are_image_axes(axes, place, self.origins, self.path)

    def _is_external(self, function: ast.AST) -> bool:
        """Whether ``function``, or what makes it, is a part of TensorFlow or Keras."""
        while isinstance(function, (ast.Call, ast.Attribute)):
            function = function.func if isinstance(function, ast.Call) else function.value
        dotted = self.imported.get(function.id, "") if isinstance(function, ast.Name) else ""
        return bool(TENSORFLOW_ROOT.match(dotted)) or keras_path(dotted) is not None

    def _bound_around(self, name: str, place: Place) -> bool:
        """Whether a function or class around ``place`` binds ``name``."""
        for node in place.definitions:
            if node not in self._bound:
                self._bound[node] = bound_inside([node])
            if name in self._bound[node]:
                return True
        return False


def _is_for_vectors(node: ast.Call) -> bool:
    """Whether an input surely has no axis that a mask could be for.

    A model is a layer, too: whoever gives it what an ``Embedding`` made gives it a mask as well.
    """
    named = {word.arg: word.value for word in node.keywords}
    shape = node.args[0] if node.args else named.get("shape")
    if not isinstance(shape, (ast.Tuple, ast.List)) or not named.keys() <= _PLAIN_INPUT:
        return False
    return len(shape.elts) <= 1 and not any(isinstance(one, ast.Starred) for one in shape.elts)
