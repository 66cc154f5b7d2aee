"""Where statements, blocks, headers and decorators stand in a source text.

``ast`` does not say where a header's colon or a decorator's ``@`` stands; LibCST drops form feeds
and backslashes at the start of a line. So the text itself is the truth here, and every position
is an offset in it.
"""

from __future__ import annotations

import ast
import bisect
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from transforms.syntax.nodes import walk
from transforms.syntax.records import Span
from transforms.syntax.source_text import EditError, SourceText, read_source_text

_COMMENT = r"#[^\r\n]*"
_TO_COLON = re.compile(rf"(?:[^:#]|{_COMMENT})*:")
_BODY_FIELDS = ("body", "handlers", "cases", "orelse", "finalbody")
_Part = ast.stmt | ast.ExceptHandler | ast.match_case


@dataclass(frozen=True, kw_only=True)
class ParsedSource(SourceText):
    """A source with its tree."""

    tree: ast.Module


@dataclass(frozen=True)
class Block:
    """The statements of one suite, in order; ``owner`` is the node whose suite it is."""

    owner: ast.Module | _Part
    statements: tuple[ast.stmt, ...]


@dataclass(frozen=True, kw_only=True)
class Fragment:
    """A stretch of the text that holds whole expressions.

    Put between ``before`` and ``after`` it is a module of its own.
    """

    start: int
    end: int
    before: str = ""
    after: str = "\n"


def parse_quietly(text: str) -> ast.Module:
    """``ast.parse`` without its warnings about the user's own code (invalid escapes)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def read_source(source: bytes) -> ParsedSource:
    """Decode and parse ``source``.

    Raises:
        EditError: the source is not Python, or its encoding would not give its bytes back.
    """
    try:
        decoded = read_source_text(source)
        parsed = with_tree(decoded, parse_quietly(decoded.text))
    except SyntaxError as error:
        raise EditError(f"line {error.lineno or 1}: {error.msg}") from error
    except ValueError as error:
        raise EditError(f"line 1: {error}") from error
    if parsed.mark + parsed.text.encode(parsed.encoding) != source:
        raise EditError(f"line 1: decoding as {parsed.encoding} loses bytes")
    return parsed


def with_tree(source: SourceText, tree: ast.Module) -> ParsedSource:
    """``source``, whose text is already parsed as ``tree``."""
    return ParsedSource(text=source.text, encoding=source.encoding, mark=source.mark, tree=tree)


def parts(node: ast.AST) -> Iterator[_Part]:
    """The statements, exception handlers and cases directly inside ``node``, in order."""
    for field in _BODY_FIELDS:
        children = getattr(node, field, None)
        # The body of a lambda and of a conditional expression is one expression.
        if isinstance(children, list):
            yield from children


def blocks(node: ast.Module | _Part) -> Iterator[Block]:
    """Every suite in ``node``, outer ones first."""
    for field in ("body", "orelse", "finalbody"):
        children = getattr(node, field, None)
        if isinstance(children, list) and children:
            yield Block(node, tuple(children))
    for part in parts(node):
        yield from blocks(part)


def find_statements(source: ParsedSource, first: Span, last: Span) -> tuple[Block, int, int]:
    """The block and the indices in it of the statements at ``first`` and ``last``.

    Raises:
        EditError: there is no such statement, or the two are not of one block.
    """
    first_range, last_range = source.range_of_span(first), source.range_of_span(last)
    holds_first = False
    for block in blocks(source.tree):
        ranges = {source.range_of(node): index for index, node in enumerate(block.statements)}
        if first_range in ranges:
            holds_first = True
            if last_range in ranges and ranges[first_range] <= ranges[last_range]:
                return block, ranges[first_range], ranges[last_range]
    what = "the statements are not of one block" if holds_first else "no statement starts and ends"
    raise EditError(f"line {first.line}: {what} there")


def statement_start(source: ParsedSource, node: _Part) -> int:
    """Where the statement starts, its decorators and their ``@`` included."""
    decorators = getattr(node, "decorator_list", None)
    if decorators:
        return source.text.rindex("@", 0, source.range_of(decorators[0])[0])
    return part_range(source, node)[0]


def part_range(source: ParsedSource, node: _Part) -> tuple[int, int]:
    """The offsets of a statement, handler or case (which has no position of its own)."""
    if isinstance(node, ast.match_case):
        start = source.text.rindex("case", 0, source.range_of(node.pattern)[0])
        return start, source.range_of(node.body[-1])[1]
    return source.range_of(node)


def header_colon(source: ParsedSource, node: _Part) -> int:
    """The offset just after the colon that ends the header of a compound statement."""
    start = part_range(source, node)[0]
    body = {id(part) for part in parts(node)}
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or id(child) in body or field == "decorator_list":
                continue
            for part in walk(child):
                if isinstance(part, ast.expr | ast.arg | ast.keyword | ast.pattern):
                    start = max(start, source.range_of(part)[1])
    match = _TO_COLON.match(source.text, start)
    if match is None:
        raise EditError(f"line {source.line_of(start)}: no colon ends this header")
    return match.end()


def find_fragment(source: ParsedSource, start: int, end: int) -> Fragment:
    """The smallest fragment around the offsets ``start`` to ``end``.

    Raises:
        EditError: the offsets are in no statement.
    """
    inside: _Part | None = None
    candidates = [*parts(source.tree)]
    line = source.line_of(start)
    while candidates:
        # Statements may share a line, so there may be several that end there.
        index = bisect.bisect_left(candidates, line, key=_last_line)
        for part in candidates[index:]:
            first = statement_start(source, part)
            if first <= start and end <= part_range(source, part)[1]:
                inside = part
                candidates = [*parts(part)]
                break
            if first > start:
                candidates = []
                break
        else:
            break
    # The header of a `try` holds nothing.
    if inside is not None and not hasattr(inside, "handlers"):
        fragment = _header(source, inside, start)
        if fragment.start <= start and end <= fragment.end:
            return fragment
    raise EditError(f"line {line}: there is no expression")


def _last_line(part: _Part) -> int:
    last = part.body[-1] if isinstance(part, ast.match_case) else part
    return last.end_lineno or 0


def is_elif(source: ParsedSource, node: ast.AST) -> bool:
    """Whether ``node`` is the ``if`` that ``ast`` sees in an ``elif``."""
    return isinstance(node, ast.If) and source.text.startswith("elif", source.range_of(node)[0])


def _header(source: ParsedSource, node: _Part, start: int) -> Fragment:
    begin, end = part_range(source, node)
    if not any(parts(node)):
        return Fragment(start=begin, end=end)
    if start < begin:
        # One decorator at a time: the lines after the first one are indented.
        following = begin
        for decorator in reversed(getattr(node, "decorator_list", [])):
            at = source.text.rindex("@", 0, source.range_of(decorator)[0])
            if at <= start:
                return Fragment(start=at, end=following, after="\ndef f(): pass\n")
            following = at
    after = " pass\n"
    before = ""
    if isinstance(node, ast.Match):
        after = "\n case _: pass\n"
    elif isinstance(node, ast.match_case):
        before = "match 0:\n "
    elif isinstance(node, ast.ExceptHandler):
        before = "try: pass\n"
    elif is_elif(source, node):
        before = "if 0: pass\n"
    return Fragment(start=begin, end=header_colon(source, node), before=before, after=after)
