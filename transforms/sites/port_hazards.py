"""What else stops a module under Keras 3, as hazards."""

from __future__ import annotations

from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.port.find import find_breaks
from transforms.sites.facts import surely_symbolic
from transforms.syntax.records import Hazard
from transforms.syntax.source_text import SourceText


def find_port_hazards(analysis: Analysis, module: Module, text: SourceText) -> list[Hazard]:
    """The hazards KC401 to KC405 of ``module``; the analysis says what is a symbolic tensor."""
    return [
        Hazard(found.code, found.span, found.message)
        for found in find_breaks(module, text, surely_symbolic(analysis))
    ]
