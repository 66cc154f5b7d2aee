"""Reading a notebook, and writing it with some cells changed and every other byte as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import combinations
from typing import Any

from codemod.notebooks.cell_python import Cell, names_bound_by, names_read_by
from codemod.notebooks.cells import CellError, CellModule, cell_module
from codemod.notebooks.json_text import (
    Escapes,
    Value,
    elements,
    escapes_of,
    members,
    value_at,
    written_length,
)

SUFFIX = ".ipynb"
MARK = "\ufeff"
FORMAT = 4
OTHER_KERNELS = ("ir", "julia", "scala", "javascript", "bash", "octave", "rust", "sos", "xcpp")
"""Names of kernels of other languages, for notebooks that do not name their language."""


class NotebookError(ValueError):
    """Why a notebook cannot be used: ``what; what to do``, with the line of its text if known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, kw_only=True)
class Source:
    """The source of a code cell in the text of its notebook: one string, or its ``parts``."""

    start: int
    end: int
    parts: tuple[Value, ...]
    is_list: bool

    @property
    def text(self) -> str:
        """The text of the cell."""
        return "".join(str(part.value) for part in self.parts)


@dataclass(frozen=True, kw_only=True)
class Notebook:
    """A notebook of Python; ``runs`` are the execution counts of its code cells, by number."""

    text: str
    sources: Mapping[int, Source]
    runs: Mapping[int, int]
    module: CellModule

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return self.text.encode()

    @property
    def python(self) -> bytes:
        """Its code cells as one module."""
        return self.module.text.encode()

    @cached_property
    def runs_out_of_order(self) -> tuple[int, int] | None:
        """Two cells of which the lower one was last run before the upper one, where that matters.

        It does where one gives a value to a name that the other one reads or gives a value to.
        """
        done = sorted(self.runs)
        trees = self.module.trees
        bound = {number: names_bound_by(trees[number]) for number in done}
        read = {number: names_read_by(trees[number]) for number in done}
        for upper, lower in combinations(done, 2):
            if self.runs[lower] < self.runs[upper] and (
                bound[upper] & (bound[lower] | read[lower]) or bound[lower] & read[upper]
            ):
                return upper, lower
        return None

    def changed_cells(self, python: bytes) -> dict[int, tuple[str, str]]:
        """Text before and after of each cell that differs where the module became ``python``.

        Raises:
            CellError: the cells cannot be told apart in it any more.
        """
        texts = self.module.changed_texts(python.decode())
        before = {number: self.sources[number].text for number in texts}
        return {number: (before[number], text) for number, text in texts.items()}

    def with_python(self, python: bytes) -> bytes:
        """The file with its cells as they stand in ``python``, the changed module.

        Raises:
            CellError: the cells cannot be told apart in it any more.
        """
        pieces: list[str] = []
        done = 0
        for number, text in sorted(self.module.changed_texts(python.decode()).items()):
            source = self.sources[number]
            pieces += [self.text[done : source.start], self._written(source, text)]
            done = source.end
        return "".join([*pieces, self.text[done:]]).encode()

    def place(self, cell: int, line: int, column: int) -> tuple[int, int]:
        """Where a line (from 1) and column (from 0) of a cell stand in the file, likewise."""
        source = self.sources[cell]
        offset = source.start
        for part in source.parts:
            text = str(part.value)
            here = text.count("\n")
            if line <= here or part is source.parts[-1]:
                before = sum(len(one) + 1 for one in text.split("\n")[: line - 1])
                literal = self.text[part.start : part.end]
                offset = part.start + written_length(literal, before + column)
                break
            line -= here
        start = self.text.rfind("\n", 0, offset) + 1
        return self.text.count("\n", 0, start) + 1, offset - start

    @cached_property
    def _escapes(self) -> Escapes:
        return escapes_of(
            self.text[part.start : part.end]
            for source in self.sources.values()
            for part in source.parts
        )

    def _written(self, source: Source, text: str) -> str:
        if not source.is_list:
            return self._escapes.quoted(text)
        if not source.parts:
            return f"[{', '.join(self._items(source, text))}]"
        first, last = source.parts[0], source.parts[-1]
        opening = self.text[source.start : first.start]
        between = "," + opening[1:]
        if len(source.parts) > 1:
            between = self.text[first.end : source.parts[1].start]
        closing = self.text[last.end : source.end]
        return opening + between.join(self._items(source, text)) + closing

    def _items(self, source: Source, text: str) -> Iterator[str]:
        """The lines as strings; those that were there are written as before."""
        before = [str(part.value) for part in source.parts]
        after = [line + "\n" for line in text.split("\n")]
        after[-1] = after[-1][:-1]
        after = after if after[-1] else after[:-1]
        matcher = SequenceMatcher(None, before, after, autojunk=False)
        for kind, first, last, new_first, new_last in matcher.get_opcodes():
            if kind == "equal":
                yield from (self.text[p.start : p.end] for p in source.parts[first:last])
            else:
                yield from map(self._escapes.quoted, after[new_first:new_last])


def is_notebook(content: bytes) -> bool:
    """Whether a source of no known name is a notebook."""
    if not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or b'"cells"' not in content:
        return False
    try:
        return isinstance(json.loads(content), dict)
    except (ValueError, RecursionError):
        return False


def read_notebook(content: bytes) -> Notebook:
    """Read a notebook of Python.

    Raises:
        NotebookError: it is none, or one that is not understood.
        CellError: one of its cells is wrong.
    """
    text, document = _decoded(content)
    _check(document)
    start = len(MARK) if text.startswith(MARK) else 0
    cells = members(text, value_at(text, start).start)["cells"]
    found: dict[int, Source] = {}
    runs: dict[int, int] = {}
    cells_found: list[Cell] = []
    for number, cell in enumerate(elements(text, cells.start), 1):
        inside = members(text, cell.start)
        if inside["cell_type"].value != "code":
            continue
        found[number] = _source(text, inside["source"])
        language = _language_of_cell(inside.get("metadata"))
        cells_found.append(Cell(number, found[number].text, language))
        run = inside.get("execution_count")
        if run is not None and isinstance(run.value, int):
            runs[number] = run.value
    module = cell_module(cells_found)
    return Notebook(text=text, sources=found, runs=runs, module=module)


def _language_of_cell(metadata: Value | None) -> str:
    """What an editor says that a cell is in, Python where it says nothing."""
    found = metadata.value if metadata is not None else None
    of_editor = found.get("vscode") if isinstance(found, dict) else None
    name = of_editor.get("languageId") if isinstance(of_editor, dict) else None
    return name if isinstance(name, str) and name.isidentifier() else "python"


def _source(text: str, value: Value) -> Source:
    is_list = isinstance(value.value, list)
    parts = tuple(elements(text, value.start)) if is_list else (value,)
    return Source(start=value.start, end=value.end, parts=parts, is_list=is_list)


def _decoded(content: bytes) -> tuple[str, dict[str, Any]]:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotebookError("is not UTF-8, as notebooks are; save it as UTF-8", line) from error
    try:
        document = json.loads(text.removeprefix(MARK))
    except json.JSONDecodeError as error:
        what = "is not JSON, as notebooks are"
        raise NotebookError(f"{what} ({error.msg}); repair it first", error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise NotebookError("is nested too deeply for a notebook; repair it first") from error
    if not isinstance(document, dict):
        raise NotebookError("is JSON, but no notebook; give a notebook or a Python file")
    return text, document


def _check(document: Mapping[str, Any]) -> None:
    version = document.get("nbformat")
    if version != FORMAT:
        if (isinstance(version, int) and version < FORMAT) or "worksheets" in document:
            raise NotebookError(
                f"is a notebook of the old format {version}; "
                "convert it with `jupyter nbconvert --to notebook`"
            )
        raise NotebookError("is no notebook of format 4; open and save it with Jupyter first")
    language = language_of(document.get("metadata"))
    if language:
        raise NotebookError(f"is a notebook of {language}, not of Python; leave it out")
    cells = document.get("cells")
    if not isinstance(cells, list):
        raise NotebookError("has no cells; open and save it with Jupyter first")
    names: dict[str, int] = {}
    for number, cell in enumerate(cells, 1):
        source = cell.get("source") if isinstance(cell, dict) else None
        is_text = isinstance(source, str) or (
            isinstance(source, list) and all(isinstance(line, str) for line in source)
        )
        if not is_text or not isinstance(cell.get("cell_type"), str):
            raise CellError("has no source or type; open and save it with Jupyter first", number)
        name = cell.get("id")
        if isinstance(name, str) and names.setdefault(name, number) != number:
            raise CellError(
                f"has the id {json.dumps(name)} of cell {names[name]}; give it one of its own",
                number,
            )


def language_of(metadata: object) -> str:
    """The language of a notebook that is not of Python, else nothing."""
    if not isinstance(metadata, dict):
        return ""
    info, kernel = metadata.get("language_info"), metadata.get("kernelspec")
    info = info if isinstance(info, dict) else {}
    kernel = kernel if isinstance(kernel, dict) else {}
    language = str(info.get("name") or kernel.get("language") or "")
    if not language and str(kernel.get("name", "")).lower().startswith(OTHER_KERNELS[1:]):
        language = str(kernel["name"])
    if not language and str(kernel.get("name", "")).lower() == OTHER_KERNELS[0]:
        language = "R"
    is_python = not language or language.lower() in ("python", "ipython", "python3", "python2")
    return "" if is_python else language
