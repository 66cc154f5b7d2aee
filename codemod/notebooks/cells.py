"""The code cells of a notebook as one Python module, and the cells of that module once changed.

The module is a script in the percent format: a line ``# %% cell 4`` before each cell. Cells keep
their lines, so line 3 of a cell stands 3 lines below its mark.
"""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from codemod.notebooks.magics import Stand, opaque, stand_ins

HEAD = "# coding: utf-8\n"
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
MARKED_CELL = re.compile(r"# %% cell (\d+) (#:+)")


class CellError(ValueError):
    """Something is wrong with a cell; ``line`` counts from its first."""

    def __init__(self, message: str, cell: int, line: int | None = None) -> None:
        super().__init__(message)
        self.cell = cell
        self.line = line


@dataclass(frozen=True)
class Cell:
    """The text of a code cell; ``number`` counts all cells, from 1."""

    number: int
    text: str


@dataclass(frozen=True, kw_only=True)
class CellModule:
    """Cells as one module.

    ``stands`` are its lines that are no Python in the cells, by the mark that each ends with;
    ``broken`` are the errors of cells that cannot be parsed, in whose place nothing runs.
    """

    cells: tuple[Cell, ...]
    text: str
    mark: str
    stands: Mapping[str, Stand]
    broken: tuple[CellError, ...]

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
        own: list[str] = []
        for line in LINE.findall(text):
            match = MARKED_CELL.fullmatch(line.rstrip("\r\n"))
            if match and line.rstrip("\r\n") == _head_of(int(match[1]), self.mark):
                own = bodies[int(match[1])] = []
            else:
                own.append(line)
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
        indent = stand.prefix[: len(stand.prefix) - len(stand.prefix.lstrip())]
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
    stands: dict[str, Stand] = {}
    broken: list[CellError] = []
    pieces = [HEAD]
    for cell in cells:
        lines = LINE.findall(cell.text)
        ends = [line[len(line.rstrip("\r\n")) :] for line in lines]
        plain = [line.rstrip("\r\n") for line in lines]
        converted = list(stand_ins(plain))
        problem = _problem(cell.number, converted, ends)
        if problem is not None:
            broken.append(problem)
            converted = list(opaque(plain))
        pieces += [_head_of(cell.number, mark), "\n"]
        for line, end in zip(converted, ends):
            if isinstance(line, Stand):
                key = str(len(stands))
                stands[key] = line
                pieces += [_before_mark(line), mark, key, end]
            else:
                pieces += [line, end]
        pieces.append("\n")
    return CellModule(
        cells=tuple(cells),
        text="".join(pieces),
        mark=mark,
        stands=stands,
        broken=tuple(broken),
    )


@dataclass(frozen=True)
class CellLines:
    """Which lines of a module belong to which cell: ``heads`` are those that mark the cells."""

    heads: tuple[int, ...]
    numbers: tuple[int, ...]

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


def _head_of(number: int, mark: str) -> str:
    return f"# %% cell {number} {mark}"


def _before_mark(stand: Stand) -> str:
    # A comment may stand alone.
    return stand.python if stand.python == "#" else stand.python + "  "


def _is_free(mark: str, cells: Sequence[Cell]) -> bool:
    return not any(mark in cell.text for cell in cells)


def _problem(number: int, lines: Sequence[Stand | str], ends: Sequence[str]) -> CellError | None:
    python = [line.python if isinstance(line, Stand) else line for line in lines]
    text = "".join(line + end for line, end in zip(python, ends))
    try:
        text.encode()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            ast.parse(text)
    except SyntaxError as error:
        what = " ".join(str(error.msg).split())
        return CellError(f"syntax error ({what}); correct it and run again", number, error.lineno)
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        return CellError("holds half a character, which is no text", number, line)
    except (ValueError, RecursionError, MemoryError):
        return CellError("cannot be parsed; it holds null bytes or nests too deeply", number)
    return None
