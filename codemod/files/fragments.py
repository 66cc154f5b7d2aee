"""Parts of files: what an editor sends of a selection cannot be rewritten alone."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator

from codemod.results import FileResult
from transforms.syntax.source_text import read_source_text

ADVICE = "so it is a part of a file; give the whole file, and with --lines A:B its lines"
CONVENTIONAL = frozenset({"tf", "tensorflow", "keras", "layers", "K"})
"""How people call the modules: without their imports nobody can tell what these names are."""


def fragment_problem(source: bytes, shown: str) -> FileResult | None:
    """The failed result for a source that is a part of a file, ``None`` for others."""
    problem = _problem(source)
    if problem is None:
        return None
    line, what = problem
    return FileResult(
        path=shown,
        status="failed",
        original=source,
        rewritten=source,
        error=f"{what}, {ADVICE}",
        error_line=line,
    )


def _problem(source: bytes) -> tuple[int, str] | None:
    try:
        text = read_source_text(source).text
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return None
    tree = _parsed(text)
    if tree is not None:
        return next(((line, f"`{name}` is not imported here") for line, name in _free(tree)), None)
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines, 1) if line.strip()), 1)
    is_indented = lines[first - 1][:1] in (" ", "\t")
    if is_indented and _parsed(textwrap.dedent(text)) is not None:
        return first, "the first line is indented"
    return None


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _free(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Where members of conventional names are used that nothing binds, in the order of the text."""
    bound: set[str] = set()
    used: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.alias):
            if node.name == "*":
                return
            bound.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used.append((node.lineno, node.value.id))
    yield from sorted(place for place in used if place[1] in CONVENTIONAL and place[1] not in bound)
