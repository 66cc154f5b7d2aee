"""Notebooks as files: what is wrong with one, and whether a file is one."""

from __future__ import annotations

from codemod.files.discovery import SourceFile
from codemod.files.parse_errors import describe_parse_error
from codemod.notebooks.cell_python import CellPython
from codemod.notebooks.cells import CellError
from codemod.notebooks.notebook import SUFFIX, Notebook, NotebookError, is_notebook, read_notebook
from codemod.results import FileResult

STDIN = "<stdin>"


def looks_like_notebook(file: SourceFile, content: bytes) -> bool:
    """Whether ``file`` is a notebook by its name or, on standard input, by what it holds."""
    return file.path.suffix == SUFFIX or (file.shown == STDIN and is_notebook(content))


def notebook_or_problem(content: bytes, shown: str) -> Notebook | FileResult:
    """The notebook, or the failed result that says why it cannot be used."""
    try:
        return read_notebook(content)
    except NotebookError as error:
        return FileResult(path=shown, status="failed", error=str(error), error_line=error.line)
    except CellError as error:
        return FileResult(path=shown, status="failed", error=str(error), error_cell=error.cell)


def broken_cells(notebook: Notebook, shown: str) -> FileResult | None:
    """The failed result for a notebook with cells that cannot be parsed."""
    broken = notebook.module.broken
    if not broken:
        return None
    number, *others = broken
    line, message = described(broken[number])
    more = f" (also in {_cells(others)})" if others else ""
    return FileResult(
        path=shown,
        status="failed",
        error=f"{message}{more}",
        error_cell=number,
        error_line=line,
        notebook=notebook,
        original=notebook.python,
        rewritten=notebook.python,
    )


def described(cell: CellPython) -> tuple[int | None, str]:
    """The line of a cell that cannot be parsed, where it is known, and ``what; what to do``."""
    if isinstance(cell.error, UnicodeEncodeError):
        line = cell.python.count("\n", 0, cell.error.start) + 1
        return line, "holds half a character, which is no text; correct it and run again"
    assert cell.error is not None
    return describe_parse_error(cell.error, cell.python.encode())


def _cells(numbers: list[int]) -> str:
    return f"cell{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
