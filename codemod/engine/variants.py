"""Calls of builders with other values for open parameters: what is verified beside what runs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from codemod.engine.helper_variants import helper_variants
from codemod.engine.values_in_sight import (
    Function,
    Sight,
    defaults_of,
    parameters_of,
    reaching,
    sight_of,
    with_argument,
)
from codemod.limits import HELPER_VARIANTS, VARIANTS
from codemod.verify.child.protocol import MODEL_OF
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis, analyse
from transforms.sites.facts import op_fact_of
from transforms.sites.raw_expressions import is_operator
from transforms.syntax.records import Span

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, kw_only=True)
class Variants:
    """Expressions that are evaluated where the code of a run has ended.

    ``untried`` are those that are too many.
    """

    calls: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()


NO_VARIANTS = Variants()


@dataclass(frozen=True, kw_only=True)
class VariantFinder:
    """Finds variants for builders that reach sites, which ``spans`` names for each file.

    With ``tries_numbers`` also those that take other numbers than their defaults: a rewrite by hand
    may be the same for these alone.
    """

    analysis: Analysis
    sight: Sight
    reaching: tuple[ast.AST, ...]
    tries_numbers: bool = False

    def of_file(self, path: Path) -> Variants:
        """The variants of the builders of one file, which is run as a whole."""
        module = self.analysis.modules.get(path)
        return Variants() if module is None else bounded(self._of_module(module))

    def of_build(self, path: Path, build: str) -> Variants:
        """The variants of a call that the user gave, evaluated in the file ``path``."""
        module = self.analysis.modules.get(path)
        try:
            call = ast.parse(build.strip(), mode="eval").body
        except SyntaxError:
            return Variants()
        if module is None or not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            return Variants()
        name = call.func.id
        functions = [
            function
            for function in self.reaching
            if self._is_global(function, module) and getattr(function, "name", "") == name
        ]
        return bounded(
            ast.unparse(other)
            for function in functions
            if isinstance(function, Function)
            for choice in self._choices(function)
            if (other := with_argument(call, function, self.sight.owners[function], *choice))
        )

    def _of_module(self, module: Module) -> Iterator[str]:
        for function in self.reaching:
            place = self.sight.owners.get(function)
            if place is None or place.module is not module or not isinstance(function, Function):
                continue
            choices = list(self._choices(function))
            if choices:
                yield from self._calls(function, module, choices)

    def _choices(self, function: Function) -> Iterator[tuple[str, str]]:
        names = parameters_of(function, self.sight.owners[function])
        in_sight = {name: self.sight.values(function, name) for name in names}
        yield from ((name, value) for name in names for value in in_sight[name])
        for name in names if self.tries_numbers else ():
            number = self.sight.other_number(function, name)
            if number is not None and not in_sight[name]:
                yield name, number

    def _calls(
        self, function: Function, module: Module, choices: Sequence[tuple[str, str]]
    ) -> Iterator[str]:
        place = self.sight.owners[function]
        calls = sorted(self.analysis.callers.get(function, ()), key=_position)
        based = False
        for call in calls:
            around, repeated = self.analysis.places.get(call, (None, True))
            if around is None or repeated or around.definitions or not isinstance(call, ast.Call):
                continue
            value = getattr(around.statement, "value", None)
            if isinstance(value, ast.expr) and around.block and call in set(ast.walk(value)):
                based = True
                for choice in choices:
                    other = with_argument(call, function, place, *choice)
                    if other is not None:
                        yield self._with_call(value, call, other)
        if based:
            return
        name = place.owner.name if place.owner is not None else function.name
        is_model = place.owner is not None and any(
            ast.unparse(base).endswith("Model") for base in place.owner.bases
        )
        if place.owner is not None and (function.name != "__init__" or not is_model):
            return
        if not self._is_global(place.owner or function, module):
            return
        defaults = {one: ast.unparse(value) for one, value in defaults_of(function).items()}
        required = [one for one in parameters_of(function, place) if one not in defaults]
        first = {one: values[0] for one in required if (values := self.sight.values(function, one))}
        if len(first) < len(required) or function.args.posonlyargs:
            return
        if place.owner is not None and not required:
            # Verification itself calls functions without arguments, and no classes.
            yield f"{name}()"
        for parameter, value in choices:
            if defaults.get(parameter) == value:
                continue
            given = {**first, parameter: value}
            yield f"{name}({', '.join(f'{key}={text}' for key, text in given.items())})"

    def _with_call(self, value: ast.expr, call: ast.Call, other: ast.expr) -> str:
        """``value`` with another call in it.

        A rewritten file has layers in the place of raw ops beside the call, which the text of the
        original does not show: then a model is made of the call alone.
        """
        own = set(ast.walk(call))
        if any(self._is_raw_op(node) for node in ast.walk(value) if node not in own):
            return f"{MODEL_OF}(lambda: {ast.unparse(other)})"
        return ast.unparse(cast(ast.expr, _rebuilt(value, call, other)))

    def _is_raw_op(self, node: ast.AST) -> bool:
        return not all(map(is_operator, op_fact_of(self.analysis, node).keys))

    def _is_global(self, node: ast.AST, module: Module) -> bool:
        return node in module.tree.body


def _rebuilt(node: object, old: ast.AST, new: ast.AST) -> object:
    """A copy of ``node`` with ``new`` in the place of ``old``; trees of the analysis stay."""
    if node is old:
        return new
    if isinstance(node, list):
        return [_rebuilt(item, old, new) for item in node]
    if isinstance(node, ast.AST):
        return type(node)(
            **{name: _rebuilt(part, old, new) for name, part in ast.iter_fields(node)}
        )
    return node


def bounded(found: Iterable[str]) -> Variants:
    """The variants ``found``, each once, up to the limit."""
    calls = tuple(dict.fromkeys(found))
    return Variants(calls=calls[:VARIANTS], untried=calls[VARIANTS:])


def variant_finder(analysis: Analysis, spans: Mapping[Path, Sequence[Span]]) -> VariantFinder:
    """The finder of variants for builders that reach one of ``spans``."""
    sight = sight_of(analysis)
    paths = {
        function: module.path
        for module in analysis.modules.values()
        for function in ast.walk(module.tree)
        if isinstance(function, (*FUNCTIONS, ast.Lambda))
    }
    holders = [
        function
        for function, path in paths.items()
        if any(_holds(function, span) for span in spans.get(path, ()))
    ]
    return VariantFinder(
        analysis=analysis,
        sight=sight,
        reaching=tuple(sorted(reaching(analysis, sight, holders), key=_position)),
    )


def variants_of_source(
    path: Path, source: bytes, builds: Sequence[str], changed: frozenset[str] = frozenset()
) -> Variants:
    """The variants of all builders with raw ops or layers in ``source``, or of ``builds``.

    And of what leads to functions that are ``changed``, where no ``builds`` are given.
    """
    try:
        analysis = analyse({path: source}, [path])
    except (SyntaxError, ValueError, RecursionError):
        return NO_VARIANTS
    module = analysis.modules.get(path)
    if module is None:
        return NO_VARIANTS
    sight = sight_of(analysis)
    every = tuple(sorted(sight.owners, key=_position))
    finder = VariantFinder(analysis=analysis, sight=sight, reaching=every, tries_numbers=True)
    if not builds:
        found = finder.of_file(path)
        inside = tuple(helper_variants(analysis, sight, module, changed))
        first, left = inside[:HELPER_VARIANTS], inside[HELPER_VARIANTS:]
        return bounded([*first, *found.calls, *found.untried, *left])
    return bounded(call for build in builds for call in finder.of_build(path, build).calls)


def _holds(function: ast.AST, span: Span) -> bool:
    return _position(function)[0] <= span.line <= (getattr(function, "end_lineno", None) or 0)


def _position(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
