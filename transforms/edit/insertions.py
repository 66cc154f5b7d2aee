"""Putting new statements and imports at module level."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Sequence

from transforms.edit.expressions import Splice
from transforms.syntax.cells import HEADING
from transforms.syntax.layout import indentation_unit, render
from transforms.syntax.limits import BLANK_LINES_AROUND_DEFINITIONS
from transforms.syntax.locations import ParsedSource, blocks, statement_start
from transforms.syntax.records import InsertImport, InsertStatements
from transforms.syntax.source_text import LINE_END, EditError

_Import = ast.Import | ast.ImportFrom


def insert_statements(source: ParsedSource, edits: Sequence[InsertStatements]) -> Iterator[Splice]:
    """Splices that put each edit before its top-level statement, two blank lines around it.

    Raises:
        EditError: no statement stands at or after ``before_line``.
    """
    places: dict[int, list[InsertStatements]] = {}
    for edit in edits:
        places.setdefault(_place_before(source, edit.before_line), []).append(edit)
    unit = indentation_unit(source) if edits else ""
    for place, group in places.items():
        eol = source.eol(place)
        texts = [render(edit.source, "", unit, eol, line=edit.before_line) for edit in group]
        above = source.text[:place]
        lines_above = LINE_END.split(above)[:-1]
        blank = 0
        while blank < len(lines_above) and not lines_above[-1 - blank].strip():
            blank += 1
        lead = eol * max(0, BLANK_LINES_AROUND_DEFINITIONS - blank) if above.strip() else ""
        if lines_above and HEADING.match(lines_above[-1]):
            lead = ""
        below = eol + eol * BLANK_LINES_AROUND_DEFINITIONS
        yield place, place, lead + "".join(text + below for text in texts)


def insert_imports(source: ParsedSource, edits: Sequence[InsertImport]) -> Iterator[Splice]:
    """The splice that adds the imports the module does not have at its head.

    They follow the first run of imports. Where a later run imports from the same package, they
    follow what it has of that: what stands between the two, such as an environment variable, is
    often meant to come before the package is loaded.
    """
    imports = [node for node in source.tree.body if isinstance(node, _Import)]
    wanted: dict[int, list[str]] = {}
    done: set[str] = set()
    for edit in edits:
        text = render(edit.source, "", indentation_unit(source), "\n", line=1)
        nodes = ast.parse(text).body
        place = _place_of_import(source, nodes)
        # One in a cell further down comes too late.
        last = source.line_of(place) if source.cell_borders else math.inf
        present = done | {ast.dump(node) for node in imports if node.lineno <= last}
        if all(ast.dump(node) in present for node in nodes):
            continue
        done.update(ast.dump(node) for node in nodes)
        wanted.setdefault(place, []).append(text)
    for place, texts in wanted.items():
        eol = source.eol(source.line_start(max(0, place - 1)))
        yield place, place, _separated(source, place, texts, eol)


def _separated(source: ParsedSource, place: int, texts: Sequence[str], eol: str) -> str:
    lines = LINE_END.sub(lambda _: eol, "".join(text + "\n" for text in texts))
    above, below = source.text[:place], source.text[place:]
    last = [node for node in source.tree.body if source.range_of(node)[1] <= place]
    while len(last) > 1 and last[-2].end_lineno == last[-1].lineno:
        del last[-1]
    follows_import = bool(last) and _is_plain_import(last[-1])
    if above and not LINE_END.search(above[-1]):
        lines = eol + lines.removesuffix(eol)
    if last and not _holds_import(last[-1]):
        lines = eol + lines
    needs_blank = below.strip() and not LINE_END.match(below.lstrip(" \t\f"))
    return lines + eol if needs_blank and not follows_import else lines


def _place_before(source: ParsedSource, line: int) -> int:
    """The line start before the top-level statement of ``line`` and the comments upon it."""
    body = source.tree.body
    index = next((index for index, node in enumerate(body) if (node.end_lineno or 0) >= line), None)
    if index is None:
        raise EditError(f"line {line}: no statement stands there or below")
    # Nothing may come before a docstring or an import from __future__.
    index = max(index, min(_prologue(source.tree), len(body) - 1))
    start = statement_start(source, body[index])
    while index and body[index - 1].end_lineno == source.line_of(start):
        index -= 1
        start = statement_start(source, body[index])
    floor = (body[index - 1].end_lineno or 0) if index else 0
    return _above_comments(source, source.line_start(start), floor)


def _above_comments(source: ParsedSource, place: int, floor: int) -> int:
    """The start of the comment lines directly above ``place`` and below the line ``floor``.

    Comments that start the file belong to the file and stay above, as marks of cells do.
    """
    line = source.line_of(place)
    while (
        line - 1 > floor
        and source.text.startswith("#", source.line_starts[line - 2])
        and not HEADING.match(source.text, source.line_starts[line - 2])
    ):
        line -= 1
    return place if line == 1 else source.line_starts[line - 1]


def _prologue(tree: ast.Module) -> int:
    """How many statements are the docstring and the imports from ``__future__``."""
    count = 0 if ast.get_docstring(tree, clean=False) is None else 1
    for node in tree.body[count:]:
        if not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            break
        count += 1
    return count


def _place_of_import(source: ParsedSource, nodes: Sequence[ast.stmt]) -> int:
    body = source.tree.body
    prologue = _prologue(source.tree)
    packages = {package for node in nodes for package in _packages(node)}
    plain = [index for index, node in enumerate(body) if _is_plain_import(node)]
    same = [index for index in plain if packages & set(_packages(body[index]))]
    at_head = [prologue] if prologue < len(body) and _holds_import(body[prologue]) else []
    if starts := same or at_head or plain:
        index = starts[0]
        for later in range(starts[0], len(body)):
            if not _holds_import(body[later]):
                break
            if _is_plain_import(body[later]) or not _is_plain_import(body[index]):
                index = later
        # A sorted run stays so.
        index = max((one for one in same if starts[0] <= one <= index), default=index)
    elif prologue:
        index = prologue - 1
    elif body:
        return _above_comments(source, source.line_start(statement_start(source, body[0])), 0)
    else:
        return len(source.text)
    while index + 1 < len(body) and body[index + 1].lineno == body[index].end_lineno:
        index += 1
    return source.next_line(source.range_of(body[index])[1])


def _packages(node: ast.stmt) -> list[str]:
    """The top-level packages that an import statement loads."""
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module.partition(".")[0]]
    return []


def _is_plain_import(node: ast.stmt) -> bool:
    return isinstance(node, _Import) and getattr(node, "module", None) != "__future__"


def _holds_import(node: ast.stmt) -> bool:
    """Whether ``node`` is an import, or a ``try`` or ``if`` made to choose one."""
    if isinstance(node, ast.Try | ast.If):
        return any(_is_plain_import(child) for block in blocks(node) for child in block.statements)
    return _is_plain_import(node)
