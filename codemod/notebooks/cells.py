"""The code cells of a notebook as one Python module, and the cells of that module once changed.

The module is a script in the percent format: a line ``# %% cell 4`` before each cell. Cells keep
their lines, so line 3 of a cell stands 3 lines below its mark.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count

from codemod.notebooks.cell_python import (
    LINE,
    Cell,
    CellPython,
    names_bound_by,
    python_of_cell,
)
from codemod.notebooks.magics import Stand
from transforms.syntax.source_text import LINE_END

HEAD = "# coding: utf-8\n"
WORD = re.compile(r"[^\W\d]\w*")
MARKED_CELL = re.compile(r"# %% cell (\d+) (#:+)")


class CellError(ValueError):
    """Something is wrong with a cell."""

    def __init__(self, message: str, cell: int) -> None:
        super().__init__(message)
        self.cell = cell


@dataclass(frozen=True, kw_only=True)
class CellModule:
    """Cells as one module.

    ``stands`` are its lines that are no Python in the cells, by the mark that each ends with;
    ``broken`` are cells that cannot be parsed, in whose place nothing runs. ``trees`` are those of
    the cells.
    """

    cells: tuple[Cell, ...]
    text: str
    mark: str
    stands: Mapping[str, Stand]
    broken: Mapping[int, CellPython]
    trees: Mapping[int, ast.Module]

    @cached_property
    def lines(self) -> CellLines:
        """Which of its lines belong to which cell."""
        return cell_lines(self.text.encode())

    def place(self, line: int, column: int) -> tuple[int, int, int]:
        """The cell of a line (from 1) and a column (from 0), and the line and the column there."""
        number, inside = self.lines.place(line)
        _, mark, key = self._text_lines[line - 1].rpartition(self.mark)
        stand = self.stands.get(key) if mark else None
        if stand is not None and stand.prefix is not None:
            indent = _indent_of(stand.prefix)
            if column >= len(indent):
                column += len(stand.prefix) - len(indent)
        return number, inside, column

    @cached_property
    def _text_lines(self) -> tuple[str, ...]:
        return tuple(LINE_END.split(self.text))

    def changed_texts(self, text: str) -> dict[int, str]:
        """The new texts of the cells that differ where the module has become ``text``.

        Raises:
            CellError: a cell, or a line that is no Python, is not in its place any more.
        """
        texts = self.texts(text)
        return {cell.number: new for cell in self.cells if (new := texts[cell.number]) != cell.text}

    def texts(self, text: str) -> dict[int, str]:
        """The texts of all cells, by their numbers, where the module has become ``text``.

        Raises:
            CellError: as ``changed_texts`` does.
        """
        bodies = self._bodies(text)
        before = self._bodies(self.text)
        if [*bodies] != [*before]:
            raise CellError("the cells are not in their places any more", self.cells[0].number)
        return {
            cell.number: cell.text
            if bodies[cell.number] == before[cell.number]
            else self._restored(cell.number, bodies[cell.number], before[cell.number])
            for cell in self.cells
        }

    def _bodies(self, text: str) -> dict[int, str]:
        """The Python of each cell, without the line end that ends it."""
        bodies: dict[int, list[str]] = {}
        own = head = list[str]()
        for line in LINE.findall(text):
            match = MARKED_CELL.fullmatch(line.rstrip("\r\n"))
            if match and line.rstrip("\r\n") == _head_of(int(match[1]), self.mark):
                own = bodies[int(match[1])] = []
            else:
                own.append(line)
        if head != [HEAD]:
            raise CellError("something stands before the first cell", self.cells[0].number)
        return {number: "".join(lines)[:-1] for number, lines in bodies.items()}

    def _restored(self, number: int, body: str, before: str) -> str:
        lines = [self._original(number, line) for line in LINE.findall(body)]
        if list(self._marks(body)) != list(self._marks(before)):
            raise CellError("a magic is not in its place any more", number)
        return "".join(lines)

    def _original(self, number: int, line: str) -> str:
        python, mark, key = line.rstrip("\r\n").rpartition(self.mark)
        stand = self.stands.get(key) if mark else None
        if stand is None:
            return line
        end = line[len(line.rstrip("\r\n")) :]
        if stand.prefix is None:
            if python != _before_mark(stand):
                raise CellError("a magic is not as it was", number)
            return stand.original + end
        if python == _before_mark(stand):
            return stand.original + end
        indent = _indent_of(stand.prefix)
        if not python.startswith(indent):
            raise CellError("a magic is not as it was", number)
        return stand.prefix + python[len(indent) :].rstrip() + end

    def _marks(self, text: str) -> Iterator[str]:
        for line in LINE.findall(text):
            _, mark, key = line.rstrip("\r\n").rpartition(self.mark)
            if mark and key in self.stands:
                yield key


def cell_module(cells: Sequence[Cell]) -> CellModule:
    """The module of ``cells``, in their order."""
    mark = next(mark for size in count(1) if _is_free(mark := "#" + ":" * size, cells))
    read = {cell.number: python_of_cell(cell) for cell in cells}
    variables = set().union(*(names_bound_by(one.tree) for one in read.values()))
    stands: dict[str, Stand] = {}
    pieces = [HEAD]
    for number, one in read.items():
        pieces += [_head_of(number, mark), "\n"]
        for line, end in zip(one.lines, one.ends):
            if isinstance(line, Stand):
                key = str(len(stands))
                stands[key] = _reading(line, variables)
                pieces += [_before_mark(stands[key]), mark, key, end]
            else:
                pieces += [line, end]
        pieces.append("\n")
    return CellModule(
        cells=tuple(cells),
        text="".join(pieces),
        mark=mark,
        stands=stands,
        broken={number: one for number, one in read.items() if one.error is not None},
        trees={number: one.tree for number, one in read.items()},
    )


def _reading(stand: Stand, variables: Set[str]) -> Stand:
    """``stand`` with the variables that it mentions, which must be there for it."""
    names = sorted(variables & set(WORD.findall(stand.mentions)))
    if not names:
        return stand
    return replace(stand, python=f"{stand.python[:-1]}, lambda: [{', '.join(names)}])")


@dataclass(frozen=True)
class CellLines:
    """Which lines of a module belong to which cell: ``heads`` are those that mark the cells."""

    heads: tuple[int, ...]
    numbers: tuple[int, ...]

    def line(self, number: int, inside: int) -> int:
        """The line of the module that is a line of a cell, both from 1."""
        return self.heads[self.numbers.index(number)] + inside

    def place(self, line: int) -> tuple[int, int]:
        """The cell that holds a line of the module, and the number of the line there."""
        index = max(0, bisect_right(self.heads, line) - 1)
        return self.numbers[index], max(1, line - self.heads[index])


def cell_lines(module: bytes) -> CellLines:
    """The cells of the text of a module that was made of some, also once it was changed."""
    found: list[tuple[int, int]] = []
    mark = ""
    if not module.startswith(HEAD.encode()):
        return CellLines((), ())
    for number, line in enumerate(LINE.findall(module.decode(errors="replace")), 1):
        match = MARKED_CELL.fullmatch(line.rstrip("\r\n"))
        # A cell may quote a shorter mark than that of its module.
        if match and match[2] == (mark := mark or match[2]):
            found.append((number, int(match[1])))
    return CellLines(tuple(line for line, _ in found), tuple(number for _, number in found))


def _indent_of(prefix: str) -> str:
    return prefix[: len(prefix) - len(prefix.lstrip())]


def _head_of(number: int, mark: str) -> str:
    return f"# %% cell {number} {mark}"


def _before_mark(stand: Stand) -> str:
    # A comment may stand alone.
    return stand.python if stand.python == "#" else stand.python + "  "


def _is_free(mark: str, cells: Sequence[Cell]) -> bool:
    return not any(mark in cell.text for cell in cells)
