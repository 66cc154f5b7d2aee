"""What else stops a module under Keras 3, as hazards."""

from __future__ import annotations

import ast
from collections.abc import Callable

from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind
from transforms.port.find import find_breaks
from transforms.syntax.records import Hazard
from transforms.syntax.source_text import SourceText

_SURELY = Kind.SYMBOLIC
_PERHAPS_NOT = Kind.UNCERTAIN | Kind.EAGER | Kind.PLAIN | Kind.ARRAY | Kind.OPAQUE | Kind.NONE


def find_port_hazards(analysis: Analysis, module: Module, text: SourceText) -> list[Hazard]:
    """The hazards KC401 to KC405 of ``module``; the analysis says what is a symbolic tensor."""
    return [
        Hazard(found.code, found.span, found.message)
        for found in find_breaks(module.tree, text, surely_symbolic(analysis))
    ]


def surely_symbolic(analysis: Analysis) -> Callable[[ast.AST], bool]:
    """Whether a node was a symbolic tensor whenever it was run."""

    def symbolic(node: ast.AST) -> bool:
        fact = analysis.facts.get(node)
        return fact is not None and bool(fact.kinds & _SURELY) and not fact.kinds & _PERHAPS_NOT

    return symbolic
