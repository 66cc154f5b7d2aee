"""One code cell as Python: line for line, with calls of IPython where it is something else."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemod.notebooks.magics import Stand, cell_of_magic, opaque, stand_ins

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
LONE_MAGIC = re.compile(r"%(?P<name>[a-z]+)\b")
"""What begins a cell of another language in Databricks."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True)
class Cell:
    """The text of a code cell; ``number`` counts all cells, from 1.

    ``language`` is what an editor says that it is in.
    """

    number: int
    text: str
    language: str = "python"


@dataclass(frozen=True, kw_only=True)
class CellPython:
    """The lines of a cell as Python, and their ends.

    ``error`` is why it cannot be parsed: then nothing of it runs, as in Jupyter, and ``python``
    is what could not.
    """

    lines: tuple[Stand | str, ...]
    ends: tuple[str, ...]
    tree: ast.Module
    python: str
    error: Exception | None = None


def python_of_cell(cell: Cell) -> CellPython:
    """Read ``cell``."""
    lines = LINE.findall(cell.text)
    ends = tuple(line[len(line.rstrip("\r\n")) :] for line in lines)
    plain = [line.rstrip("\r\n") for line in lines]
    if cell.language != "python":
        converted = list(cell_of_magic(plain, cell.language))
        return _read(converted, ends)
    read = _read(list(stand_ins(plain)), ends)
    first = next((line for line in plain if line.strip()), "")
    lone = LONE_MAGIC.match(first)
    if read.error is not None and lone is not None:
        return _read(list(cell_of_magic(plain, lone["name"])), ends)
    if read.error is not None:
        instead = _read(list(opaque(plain)), ends)
        return CellPython(
            lines=instead.lines,
            ends=ends,
            tree=instead.tree,
            python=read.python,
            error=read.error,
        )
    waiting = [one for one in read.tree.body if any(map(_waits, _outside_functions(one)))]
    return _without(waiting, read, plain) if waiting else read


def _read(lines: Sequence[Stand | str], ends: tuple[str, ...]) -> CellPython:
    python = [line.python if isinstance(line, Stand) else line for line in lines]
    text = "".join(line + end for line, end in zip(python, ends))
    tree, error = ast.Module([], []), None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            # More than parsing: a `return` outside of functions would keep all cells from running.
            compile(text.encode(), "<cell>", "exec", flags, dont_inherit=True)
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        error = problem
    return CellPython(lines=tuple(lines), ends=ends, tree=tree, python=text, error=error)


def _without(statements: Sequence[ast.stmt], read: CellPython, plain: Sequence[str]) -> CellPython:
    """A cell without statements that wait for something, which no module can do."""
    lines = list(read.lines)
    for statement in statements:
        first, last = statement.lineno, statement.end_lineno or statement.lineno
        lines[first - 1 : last] = opaque(plain[first - 1 : last], "await")
    return _read(lines, read.ends)


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    if not isinstance(node, FUNCTIONS):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from _outside_functions(child)


def _waits(node: ast.AST) -> bool:
    return isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)) or (
        isinstance(node, ast.comprehension) and bool(node.is_async)
    )


def names_bound_by(tree: ast.Module) -> set[str]:
    """The names that a cell gives values to; those of imports are not among them."""
    nodes = [*ast.walk(tree)]
    bound = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    return bound | {n.name for n in nodes if isinstance(n, (*FUNCTIONS[:2], ast.ClassDef))}


def names_read_by(tree: ast.Module) -> set[str]:
    """The names that a cell reads."""
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return {name.id for name in names if isinstance(name.ctx, ast.Load)}
