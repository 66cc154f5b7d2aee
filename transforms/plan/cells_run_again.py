"""Cells that build on what they gave before, each time that they are run.

In such a cell (``x = Dense(8)(x)``) a literal name would stand twice in the model once the cell is
run again, which people do and Keras refuses.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.sites.eager_calls import calls_leading_to
from transforms.syntax.cells import in_cells
from transforms.syntax.nodes import walk
from transforms.syntax.places import Place
from transforms.syntax.source_text import SourceText

Lines = tuple[int, int]
"""The first line and the last."""


def cells_run_again(analysis: Analysis, module: Module, text: SourceText) -> tuple[Lines, ...]:
    """The cells of ``module`` that give a name a new symbolic value made of its last one."""
    borders = text.cell_borders
    cells = in_cells(module.tree.body, borders) if borders else []
    return tuple(
        (cell[0].lineno, cell[-1].end_lineno or cell[-1].lineno)
        for cell in cells
        if cell and _builds_on_itself(analysis, cell)
    )


def _builds_on_itself(analysis: Analysis, cell: Sequence[ast.stmt]) -> bool:
    carried: set[str] = set()
    bound: set[str] = set()
    for statement in cell:
        names = [node for node in walk(statement) if isinstance(node, ast.Name)]
        carried |= {
            node.id
            for node in names
            if isinstance(node.ctx, ast.Load) and node.id not in bound and node in analysis.facts
        }
        if isinstance(statement, ast.AugAssign) and statement in analysis.ops:
            carried |= {node.id for node in [statement.target] if isinstance(node, ast.Name)}
        bound |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return bool(carried & bound)


def is_run_again(analysis: Analysis, place: Place, cells: Sequence[Lines]) -> bool:
    """Whether code at ``place`` runs each time that one of ``cells`` is run."""
    if not cells:
        return False
    around = (call_place for _, call_place in calls_leading_to(analysis, place.function))
    lines = [
        one.statement.lineno for one in (place, *around) if one is not None and one.function is None
    ]
    return any(first <= line <= last for first, last in cells for line in lines)
