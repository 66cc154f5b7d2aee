"""Cells of scripts in the percent format: parts of a module that people run one by one."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from transforms.syntax.source_text import CELL

MAGIC = "get_ipython()"
"""What scripts that are made of notebooks call in the place of magics."""
HEADING = re.compile(rf"{CELL.pattern}|#[ \t]*@\w")
"""What must stay at the head of a cell: its mark, and how Colab shows it (``#@title``)."""


def in_cells(block: Sequence[ast.stmt], borders: Sequence[int]) -> list[list[ast.stmt]]:
    """The statements of ``block``, divided where a border stands between two of them."""
    parts: list[list[ast.stmt]] = [[]]
    end = 0
    for statement in block:
        if any(end < border < statement.lineno for border in borders) and parts[-1]:
            parts.append([])
        parts[-1].append(statement)
        end = statement.end_lineno or statement.lineno
    return parts
