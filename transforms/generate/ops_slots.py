"""The arguments of a call in the table of ``keras_ops``, and those that a source gives for them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from transforms.knowledge.keras_ops import Row


@dataclass(frozen=True, kw_only=True)
class Given:
    """An argument as the source gives it: of which parameter, and whether by its name."""

    parameter: str
    node: ast.expr
    keyword: ast.keyword | None


@dataclass(frozen=True, kw_only=True)
class OpsCall:
    """A call of a raw op, and the row that takes its place."""

    row: Row
    given: tuple[Given, ...]

    def of(self, parameter: str) -> tuple[Given, ...]:
        """What is given for ``parameter``; of a starred one all that is."""
        return tuple(given for given in self.given if given.parameter == parameter)


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One argument of a function of ``keras.ops``, ``name`` where it is written down.

    ``parameters`` are those of the raw op that it is made of, the first of which stands there;
    ``default`` is the text where that is not given, and ``maker`` a function of ``ops_arguments``.
    Where ``call`` is given it is another call of ``keras.ops``.
    """

    name: str | None
    parameters: tuple[str, ...] = ()
    default: str | None = None
    maker: str | None = None
    call: ast.Call | None = None

    @property
    def is_needed(self) -> bool:
        """Whether an argument must be given for it."""
        return self.name is None and self.default is None


@cache
def slots(call: ast.Call) -> tuple[Slot, ...]:
    """The arguments of a call of the table, in their order."""
    found = [_slot(argument, None) for argument in call.args]
    found += [_slot(keyword.value, keyword.arg) for keyword in call.keywords]
    return tuple(found)


def all_slots(call: ast.Call) -> Iterator[Slot]:
    """The arguments of a call of the table and of those inside it, in their order."""
    for slot in slots(call):
        if slot.call is not None:
            yield from all_slots(slot.call)
        else:
            yield slot


def _slot(node: ast.expr, name: str | None) -> Slot:
    if isinstance(node, ast.Starred):
        node = node.value
    if isinstance(node, ast.Name):
        return Slot(name=name, parameters=(node.id,))
    if isinstance(node, ast.BoolOp):
        parameter, default = node.values
        return Slot(name=name, parameters=_names(parameter), default=ast.unparse(default))
    if isinstance(node, ast.Call):
        maker = ast.unparse(node.func)
        if maker.isupper():
            return Slot(name=name, parameters=_names(node), maker=maker)
        return Slot(name=name, call=node)
    return Slot(name=name, default=ast.unparse(node))


def _names(node: ast.expr) -> tuple[str, ...]:
    parts = node.args if isinstance(node, ast.Call) else [node]
    return tuple(part.id for part in parts if isinstance(part, ast.Name))


def fits_in_place(chosen: OpsCall) -> bool:
    """Whether the arguments can stay where they stand, and others follow them at most."""
    places = slots(chosen.row.call)
    if any(place.call is not None for place in places):
        return False
    for position, given in enumerate(chosen.given):
        index = next(
            (i for i, place in enumerate(places) if place.parameters[:1] == (given.parameter,)),
            None,
        )
        if index is None:
            if not any(given.parameter in place.parameters[1:] for place in places):
                return False
        elif given.keyword is not None:
            if places[index].name is None:
                return False
        elif position != index and not (position > index == len(places) - 1):
            return False
    return all(place.name is not None for place in left_over(chosen))


def left_over(chosen: OpsCall) -> Sequence[Slot]:
    """The arguments that must be written down though none is given."""
    return [
        place
        for place in slots(chosen.row.call)
        if place.default is not None and not (place.parameters and chosen.of(place.parameters[0]))
    ]


def keeps_order(chosen: OpsCall) -> bool:
    """Whether arguments that call something are evaluated in the order of the source."""
    if fits_in_place(chosen):
        return True
    order = [name for slot in all_slots(chosen.row.call) for name in slot.parameters[:1]]
    given = [each for each in chosen.given if each.parameter in order]
    moved = sorted(given, key=lambda each: order.index(each.parameter)) != given
    return not (moved and any(_calls(each.node) for each in given))


def _calls(node: ast.AST) -> bool:
    return any(isinstance(part, (ast.Call, ast.NamedExpr)) for part in ast.walk(node))
