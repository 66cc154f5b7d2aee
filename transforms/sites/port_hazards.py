"""What else stops a module under Keras 3, as hazards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.port.breaks import FILES
from transforms.port.find import find_breaks, source_of
from transforms.port.h5_files import H5_ENDINGS, models_saved_in_h5
from transforms.sites.facts import surely_symbolic
from transforms.sites.raw_expressions import RawExpression
from transforms.syntax.records import Hazard
from transforms.syntax.source_text import SourceText


def find_port_hazards(analysis: Analysis, module: Module, text: SourceText) -> list[Hazard]:
    """The hazards KC401 to KC405 of ``module``; the analysis says what is a symbolic tensor."""
    return [
        Hazard(found.code, found.span, found.message)
        for found in find_breaks(module, text, surely_symbolic(analysis), module.name)
    ]


def operators_in_h5(
    analysis: Analysis, module: Module, text: SourceText, kept: Sequence[RawExpression]
) -> Iterator[Hazard]:
    """The .h5 files with functional models in which one of the operators ``kept`` may stand.

    Keras 3.15.1 saves them, and loads none: "Unknown layer: 'GetItem'".
    """
    if not kept or not any(ending in text.text for ending in H5_ENDINGS):
        return
    lines = sorted({text.span(expression.root).line for expression in kept})
    for span in models_saved_in_h5(source_of(module, text, surely_symbolic(analysis))):
        message = (
            f"Keras 3 loads no functional model with operators (line {lines[0]}) from an .h5 file:"
            " use .keras, or layers in their place (`--operators wrap`)"
        )
        yield Hazard(FILES, span, message)
