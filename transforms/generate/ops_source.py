"""The text of raw expressions that are written with ``keras.ops``."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from transforms.generate.ops_arguments import ARGUMENTS
from transforms.generate.ops_choice import OpsForm
from transforms.generate.ops_operands import OpsContext
from transforms.generate.ops_slots import OpsCall, Slot, fits_in_place, left_over, slots
from transforms.syntax.nodes import children


@dataclass(frozen=True, kw_only=True)
class OpsWriter:
    """Writes one expression.

    ``function`` gives the text for a function of ``keras.ops``, ``outside`` that for an operand.
    """

    context: OpsContext
    form: OpsForm
    operands: frozenset[ast.AST]
    function: Callable[[str], str]
    outside: Callable[[ast.expr], str]

    def written(self, node: ast.AST) -> str:
        """The new text of ``node``."""
        if node in self.form.calls and isinstance(node, ast.Call):
            return self._call(node, self.form.calls[node])
        if node in self.form.indices and isinstance(node, ast.Attribute):
            return f"{self.written(node.value)}[{self.form.indices[node]}]"
        if node in self.operands and isinstance(node, ast.expr):
            return self.outside(node)
        return self.context.text.replaced(node, self._below(node))

    def _below(self, node: ast.AST) -> dict[ast.AST, str]:
        """The new text of the topmost parts of ``node`` that change."""
        changed: dict[ast.AST, str] = {}
        for child in children(node):
            if child in self.form.calls or child in self.form.indices or child in self.operands:
                changed[child] = self.written(child)
            else:
                changed |= self._below(child)
        return changed

    def _call(self, node: ast.Call, chosen: OpsCall) -> str:
        if fits_in_place(chosen):
            return self._in_place(node, chosen)
        return self._anew(chosen.row.call, chosen)

    def _in_place(self, node: ast.Call, chosen: OpsCall) -> str:
        """The call with other names; arguments that must be written down follow the last one."""
        replacements: dict[ast.AST, str] = {
            node.func: self.function(chosen.row.functions[0]),
        }
        places = {
            place.parameters[0]: place for place in slots(chosen.row.call) if place.parameters
        }
        for given in chosen.given:
            place = places.get(given.parameter)
            text = self._made(place, chosen) if place is not None and place.maker else None
            text = text if text is not None else self.written(given.node)
            if given.keyword is None:
                replacements[given.node] = text
            else:
                name = place.name if place is not None else given.parameter
                replacements[given.keyword] = f"{name}={text}"
        last = chosen.given[-1]
        for place in left_over(chosen):
            added = f", {place.name}={self._default(place)}"
            replacements[last.keyword or last.node] += added
        return self.context.text.replaced(node, replacements)

    def _anew(self, call: ast.Call, chosen: OpsCall) -> str:
        """``call``, a call of the table, with the arguments of ``chosen``."""
        texts: list[str] = []
        by_name = False
        for place in slots(call):
            given = chosen.of(place.parameters[0]) if place.parameters else ()
            if place.call is not None:
                found = [self._anew(place.call, chosen)]
            elif given:
                made = self._made(place, chosen) if place.maker else None
                found = [made if made is not None else self.written(each.node) for each in given]
            elif place.default is not None:
                found = [self._default(place)]
            else:
                by_name = True
                continue
            is_positional = not by_name and bool(given) and given[0].keyword is None
            if place.name is None or is_positional:
                texts += found
            else:
                by_name = True
                texts += [f"{place.name}={text}" for text in found]
        return f"{self.function(ast.unparse(call.func))}({', '.join(texts)})"

    def _made(self, place: Slot, chosen: OpsCall) -> str | None:
        """The text that a function of ``ops_arguments`` makes, None where the source stays."""
        nodes = tuple(given.node for name in place.parameters for given in chosen.of(name))
        made = ARGUMENTS[place.maker or ""](self.context.analysis, self.context.quote, nodes)
        return made if isinstance(made, str) else None

    def _default(self, place: Slot) -> str:
        return (place.default or "").replace("'", self.context.quote)
