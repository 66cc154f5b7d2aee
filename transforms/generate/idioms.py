"""Which idiom the ops of a layer are, if any."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import permutations

from transforms.generate.terms import CONSTANT, LEAF, LISTED, OPERATORS, Term, Terms, term_of_unit
from transforms.interpret.symbolic import Analysis
from transforms.knowledge.idiom import Idiom
from transforms.knowledge.idioms import IDIOMS
from transforms.sites.units import Unit

LARGE = 1e3
COMMUTATIVE = frozenset({"add", "multiply"})


INPUTS = frozenset({LEAF, CONSTANT, "item", "cast", "expand_dims"})
"""What stands for an input: it, a part of it, in another dtype, with another axis."""
Bindings = Mapping[str, Term]
MASK = "mask"
TESTS = frozenset("equal not_equal greater greater_equal less less_equal logical_not sign".split())
"""What a mask may be made with."""
SIZES = INPUTS.union({LISTED, "shape", "int_shape", "stack", *OPERATORS.values(), "square", "sqrt"})
"""What stands for a size, a shape, a scale or a bias that is made of inputs."""


def idiom_of(analysis: Analysis, unit: Unit) -> Idiom | None:
    """The first idiom whose pattern all of ``unit`` is, with optional operands and without."""
    found = _idiom_of_term(term_of_unit(analysis, unit))
    if found is not None and any(one.optional is not None for one in unit.statements):
        whole = _idiom_of_term(term_of_unit(analysis, unit, with_optional=True))
        return found if whole is found else None
    return found


def operand_names(analysis: Analysis, unit: Unit, idiom: Idiom) -> dict[ast.expr, str]:
    """What the operands of one expression are called as those of ``idiom``, where it says so."""
    if unit.statements or not idiom.operands:
        return {}
    _, bound = _match(term_of_unit(analysis, unit))
    texts = {bound[name].value: called for name, called in idiom.operands.items() if name in bound}
    return {
        part: texts[text]
        for part in unit.expressions[0].operands.symbolic
        if (text := ast.unparse(part)) in texts
    }


def _idiom_of_term(term: Term | None) -> Idiom | None:
    return _match(term)[0]


def _match(term: Term | None) -> tuple[Idiom | None, Bindings]:
    """The idiom that ``term`` is, and what the names of its pattern stand for."""
    if term is None:
        return None, {}
    for pattern, idiom in _patterns().get(term.name, ()):
        bound = next(_matches(pattern, term, {}), None)
        if bound is not None:
            return idiom, bound
    return None, {}


@cache
def _patterns() -> Mapping[str, Sequence[tuple[Term, Idiom]]]:
    """The patterns by the op that is outermost in them, in the order of their idioms."""
    found: defaultdict[str, list[tuple[Term, Idiom]]] = defaultdict(list)
    for idiom in IDIOMS:
        for text in idiom.patterns:
            pattern = Terms().of(ast.parse(text, mode="eval").body)
            found[pattern.name].append((pattern, idiom))
    return dict(found)


def _matches(pattern: Term, term: Term, bound: Bindings) -> Iterator[Bindings]:
    """The ways in which ``term`` is ``pattern``: what its names stand for."""
    if pattern.name == LEAF:
        yield from _matches_name(str(pattern.value), term, bound)
    elif pattern.name == CONSTANT:
        if term.name == CONSTANT and term.value == pattern.value:
            yield bound
    elif pattern.name == term.name:
        given = dict(term.arguments)
        if pattern.name == LISTED and len(pattern.arguments) != len(given):
            return
        for order in _orders(pattern):
            yield from _matches_all([(part, given.get(place)) for place, part in order], bound)


def _matches_name(name: str, term: Term, bound: Bindings) -> Iterator[Bindings]:
    if name == "_":
        if _holds_only(term, SIZES):
            yield bound
    elif name == "NUMBER":
        if isinstance(term.value, (int, float)):
            yield bound
    elif name == "LARGE":
        if isinstance(term.value, (int, float)) and abs(term.value) >= LARGE:
            yield bound
    elif name.isidentifier():
        allowed = INPUTS | TESTS if name == MASK else INPUTS
        is_input = term.name != CONSTANT and _holds_only(term, allowed)
        if bound.get(name, term) == term and (is_input or name.isupper()):
            yield {**bound, name: term}
    elif term.name == LEAF and term.value == name:
        yield bound


def _holds_only(term: Term, names: frozenset[str]) -> bool:
    """Whether ``term`` is made of nothing but what is in ``names``: a name hides no other op."""
    return term.name in names and all(_holds_only(part, names) for _, part in term.arguments)


def _orders(pattern: Term) -> Iterator[tuple[tuple[str, Term], ...]]:
    """The arguments of ``pattern``, by place, in each order that means the same."""
    if pattern.name not in COMMUTATIVE:
        yield pattern.arguments
        return
    places = [place for place, _ in pattern.arguments]
    for parts in permutations(part for _, part in pattern.arguments):
        yield tuple(zip(places, parts))


def _matches_all(pairs: list[tuple[Term, Term | None]], bound: Bindings) -> Iterator[Bindings]:
    if not pairs:
        yield bound
        return
    (pattern, term), *rest = pairs
    if term is not None:
        for found in _matches(pattern, term, bound):
            yield from _matches_all(rest, found)
