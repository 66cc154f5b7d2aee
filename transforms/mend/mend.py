"""Mending the hazards of a source (``--fix hazards``)."""

from __future__ import annotations

from collections.abc import Sequence

from transforms.generate.module_names import vocabulary_of
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.mend.equalities import mended_equalities
from transforms.mend.lambda_functions import LambdaFunctions
from transforms.mend.mends import Mend
from transforms.syntax.limits import LINE_LENGTH
from transforms.syntax.records import Edit
from transforms.syntax.source_text import EditError, SourceText


def find_mends(
    analysis: Analysis, module: Module, text: SourceText, line_length: int = LINE_LENGTH
) -> list[Mend]:
    """What can be mended in ``module``, in the order of the source."""
    vocabulary = vocabulary_of(module, text, line_length)
    found = [
        *LambdaFunctions(analysis, module, text, vocabulary).mends(),
        *mended_equalities(analysis, module, text, vocabulary),
    ]
    return sorted(found, key=lambda mend: mend.span)


def mended_source(source: bytes, mends: Sequence[Mend]) -> bytes:
    """``source`` after ``mends``; as it was where they cannot be made together."""
    # LibCST takes a third of a second to import, and most files are not edited.
    from transforms.edit.edits import apply_edits

    edits: list[Edit] = []
    for mend in mends:
        edits += [edit for edit in mend.edits if edit not in edits]
    try:
        return apply_edits(source, edits)
    except EditError:
        return source


def fitting_mends(source: bytes, mends: Sequence[Mend]) -> list[Mend]:
    """Those of ``mends`` that can be made together; the earlier ones first."""
    if not mends or mended_source(source, mends) != source:
        return list(mends)
    fitting: list[Mend] = []
    for mend in mends:
        if mended_source(source, [*fitting, mend]) != source:
            fitting.append(mend)
    return fitting
