"""Places as they are told: lines of a file, or of the cells of a notebook."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from codemod.notebooks.cells import CellLines, CellModule, cell_lines
from codemod.reports.present_lines import present_line
from codemod.results import FileResult
from transforms.syntax.records import Span


@dataclass(frozen=True)
class Places:
    """The places of one result."""

    result: FileResult

    @cached_property
    def _cells(self) -> CellLines:
        return cell_lines(self.result.original)

    @property
    def are_cells(self) -> bool:
        """Whether the file is a notebook."""
        return bool(self._cells.heads)

    def cell_and_line(self, line: int) -> tuple[int | None, int]:
        """The cell that holds a line of the original, none in Python files, and the line there."""
        return self._cells.place(line) if self.are_cells and line else (None, line)

    def column(self, line: int, column: int) -> int:
        """A column of a line of the original, in a cell behind a magic that stands before it."""
        module = self._module
        return column if module is None or line < 1 else module.place(line, column)[2]

    @cached_property
    def _module(self) -> CellModule | None:
        notebook = self.result.notebook
        # What was before the fixes is no longer in it.
        is_own = notebook is not None and notebook.python == self.result.original
        return notebook.module if notebook is not None and is_own else None

    def words(self, line: int) -> str:
        """``line 3``, or ``cell 4, line 3``."""
        cell, line = self.cell_and_line(line)
        return f"line {line}" if cell is None else f"cell {cell}, line {line}"

    def now(self, line: int) -> str:
        """``3``, or ``cell 4:3``, as the file is now."""
        present = present_line(self.result)(line)
        if not self.are_cells:
            return str(present)
        cells = self._cells
        if self.result.status == "rewritten":
            cells = cell_lines(self.result.rewritten)
        elif self.result.before_fixes is not None:
            cells = cell_lines(self.result.before_fixes)
        cell, line = cells.place(present)
        return f"cell {cell}:{line}"

    def in_file(self, span: Span) -> Span:
        """Where ``span`` stands in the file itself, which of a notebook is JSON."""
        notebook = self.result.notebook
        if notebook is None or not self.are_cells:
            return span
        cell, line = self._cells.place(span.line)
        end_cell, end_line = self._cells.place(span.end_line)
        start = notebook.place(cell, line, self.column(span.line, span.column))
        end = notebook.place(end_cell, end_line, self.column(span.end_line, span.end_column))
        return Span(*start, *end)

    def said(self, span: Span, text: str) -> str:
        """``text`` with the cell, for who shows the place in the file."""
        return f"{self.words(span.line)}: {text}" if self.are_cells else text


def places_of_fixes(result: FileResult) -> Places:
    """The places of what was mended before all else."""
    if result.before_fixes is None:
        return Places(result)
    return Places(replace(result, original=result.before_fixes, before_fixes=None))


def error_place(result: FileResult) -> str:
    """Where an input error is: ``3``, ``cell 4:3``, or nothing."""
    parts = [f"cell {result.error_cell}"] if result.error_cell else []
    parts += [str(result.error_line)] if result.error_line else []
    return ":".join(parts)


def error_words(result: FileResult) -> str:
    """Where an input error is, in words: ``line 3: ``, ``cell 4, line 3: ``, or nothing."""
    parts = [f"cell {result.error_cell}"] if result.error_cell else []
    parts += [f"line {result.error_line}"] if result.error_line else []
    return f"{', '.join(parts)}: " if parts else ""


def error_span(result: FileResult) -> Span:
    """Where an input error is in the file itself, its start where that is not known."""
    line, column = result.error_line or 1, 0
    if result.error_cell:
        known = result.notebook is not None and result.error_cell in result.notebook.sources
        line = 1
        if result.notebook is not None and known:
            line, column = result.notebook.place(result.error_cell, result.error_line or 1, 0)
    return Span(line, column, line, column)
