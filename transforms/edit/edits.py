"""Making edits in source bytes; every byte outside the edits stays.

LibCST reads the statements that are touched and writes new ones in the file's style; the
results are spliced into the original text. The whole module is never printed from LibCST's
tree: that would lose form feeds and backslashes at the start of a line, and take longer.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import libcst as cst

from transforms.edit.expressions import Splice, replace_expressions
from transforms.edit.insertions import insert_imports, insert_statements
from transforms.syntax.layout import indentation_unit, render
from transforms.syntax.locations import (
    Block,
    ParsedSource,
    find_statements,
    is_elif,
    parse_quietly,
    read_source,
    statement_start,
)
from transforms.syntax.records import (
    Edit,
    InsertImport,
    InsertStatements,
    ReplaceExpression,
    ReplaceStatements,
    ReplaceText,
)
from transforms.syntax.source_text import LINE_END, EditError

__all__ = ["EditError", "apply_edits"]

_AFTER_STATEMENT = re.compile(r"(?P<semicolon>[ \t\f]*;)?[ \t\f]*(?P<comment>#[^\r\n]*)?")


def apply_edits(source: bytes, edits: Sequence[Edit]) -> bytes:
    """The bytes of the module ``source`` after ``edits``, whose positions are all of ``source``.

    Raises:
        EditError: the source or the result is not Python, an edit does not fit its place or
            meets another one, or the encoding of the file has no bytes for a new character.
    """
    if not edits:
        return source
    before = read_source(source)
    expressions = [edit for edit in edits if isinstance(edit, ReplaceExpression)]
    statements = [edit for edit in edits if isinstance(edit, ReplaceStatements)]
    insertions = [edit for edit in edits if isinstance(edit, InsertStatements)]
    imports = [edit for edit in edits if isinstance(edit, InsertImport)]
    texts = [edit for edit in edits if isinstance(edit, ReplaceText)]
    _refuse_overlaps(before, [*expressions, *statements])
    splices = [*replace_expressions(before, expressions)]
    for text_edit in texts:
        start, end = before.range_of_span(text_edit.span)
        splices.append((start, end, text_edit.source))
    for edit in statements:
        splices.extend(_replace_statements(before, edit))
    splices.extend(insert_statements(before, insertions))
    text = _parsed(before, _spliced(before, splices))
    if imports:
        text = _parsed(text, _spliced(text, [*insert_imports(text, imports)]))
    try:
        return text.mark + text.text.encode(text.encoding)
    except UnicodeEncodeError as error:
        line = text.line_of(error.start)
        character = text.text[error.start]
        raise EditError(f"line {line}: {text.encoding} has no {character!r}") from error


def _parsed(before: ParsedSource, text: str) -> ParsedSource:
    try:
        tree = parse_quietly(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise EditError(f"line {line}: the result is not Python: {error}") from error
    return replace(before, text=text, tree=tree)


def _spliced(source: ParsedSource, splices: Sequence[Splice]) -> str:
    # Neighbours on one line share the splices between them; equal insertions stay apart.
    unique = [
        splice
        for index, splice in enumerate(splices)
        if splice[0] == splice[1] or splice not in splices[:index]
    ]
    pieces: list[str] = []
    done = 0
    for start, end, text in sorted(unique, key=lambda splice: splice[:2]):
        if start < done:
            raise EditError(f"line {source.line_of(start)}: two edits meet")
        pieces += [source.text[done:start], text]
        done = end
    return "".join([*pieces, source.text[done:]])


def _refuse_overlaps(
    source: ParsedSource, edits: Sequence[ReplaceExpression | ReplaceStatements]
) -> None:
    ranges = []
    for edit in edits:
        if isinstance(edit, ReplaceExpression):
            ranges.append(source.range_of_span(edit.span))
        else:
            start = source.range_of_span(edit.first)[0]
            ranges.append((start, source.range_of_span(edit.last)[1]))
    ranges.sort()
    for (start, end), (following, _) in itertools.pairwise(ranges):
        if following < end or following == start:
            raise EditError(f"line {source.line_of(following)}: an edit lies inside another one")


def _replace_statements(source: ParsedSource, edit: ReplaceStatements) -> Iterator[Splice]:
    block, first, last = find_statements(source, edit.first, edit.last)
    chosen = block.statements[first : last + 1]
    if is_elif(source, chosen[0]):
        raise EditError(f"line {edit.first.line}: an elif branch is no statement of its own")
    starts = [statement_start(source, statement) for statement in block.statements]
    ends = [source.range_of(statement)[1] for statement in block.statements]
    start, end = starts[first], ends[last]
    eol = source.eol(end)
    if not edit.source and len(chosen) < len(block.statements):
        yield _line_around(source, start, end)
        return
    unit = indentation_unit(source)
    indentation = _indentation(source, block, starts[0], unit)
    separator = eol + indentation
    text = render(edit.source, indentation, unit, eol, line=edit.first.line)
    if _starts_line(source, starts[0]):
        if first and not _starts_line(source, start):
            yield ends[first - 1], start, separator
        if last + 1 < len(starts) and not _starts_line(source, starts[last + 1]):
            yield end, starts[last + 1], separator
    elif len(chosen) < len(starts) or not _fits_one_line(edit.source):
        # Between the colon and a statement on its line there is nothing but blanks.
        yield source.text.rindex(":", 0, starts[0]) + 1, starts[0], separator
        for index in range(1, len(starts)):
            if not first < index <= last:
                yield ends[index - 1], starts[index], separator
    yield start, _end_of_last(source, edit, end), text.removeprefix(indentation)


def _line_around(source: ParsedSource, start: int, end: int) -> Splice:
    """The deletion of the lines from ``start`` to ``end``, which hold nothing else but comments."""
    line_end = LINE_END.search(source.text, end)
    return source.line_start(start), line_end.end() if line_end else len(source.text), ""


def _end_of_last(source: ParsedSource, edit: ReplaceStatements, end: int) -> int:
    """Where the replaced text ends: after a last semicolon and a comment that the source has."""
    match = _AFTER_STATEMENT.match(source.text, end)
    if match is None:
        return end
    if LINE_END.match(source.text, match.end()) is None and match.end() < len(source.text):
        return end
    comment = match["comment"]
    if comment is not None and comment in edit.source:
        return match.end()
    return match.end("semicolon") if match["semicolon"] else end


def _starts_line(source: ParsedSource, offset: int) -> bool:
    return not source.text[source.line_start(offset) : offset].strip()


def _leading(source: ParsedSource, offset: int) -> str:
    """The indentation before ``offset``; a form feed there starts the count again."""
    return source.text[source.line_start(offset) : offset].rpartition("\f")[2]


def _indentation(source: ParsedSource, block: Block, first_start: int, unit: str) -> str:
    """The indentation of the statements of ``block``, or what it would be below its colon."""
    if _starts_line(source, first_start):
        return _leading(source, first_start)
    line = source.text[source.line_start(first_start) : first_start]
    outer = line[: len(line) - len(line.lstrip())].rpartition("\f")[2]
    return outer if isinstance(block.owner, ast.Module) else outer + unit


def _fits_one_line(text: str) -> bool:
    body = cst.parse_module(text).body
    return (
        len(body) == 1
        and isinstance(body[0], cst.SimpleStatementLine)
        and len(text.strip().splitlines()) == 1
    )
