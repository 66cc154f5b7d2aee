"""Edits that several finders make."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from transforms.interpret.imports import reference
from transforms.port.breaks import Source
from transforms.syntax.records import Edit, InsertImport, ReplaceText, Span


def written_with(source: Source, node: ast.AST, dotted: str, rest: str) -> tuple[Edit, ...]:
    """The edits that put the external name ``dotted``, with ``rest`` after it, for ``node``."""
    return written_at(source, source.text.span(node), dotted, rest)


def written_at(
    source: Source, place: Span, dotted: str, rest: str, first: str = ""
) -> tuple[Edit, ...]:
    """The edits that put ``dotted`` between ``first`` and ``rest`` where ``place`` stands."""
    found = reference(source.parsed.imports, [dotted])
    edits: list[Edit] = [ReplaceText(place, first + found.expression + rest)]
    if found.needed_import is not None:
        edits.append(InsertImport(found.needed_import))
    return tuple(edits)


def by_name(
    source: Source, arguments: Sequence[ast.expr], names: Sequence[str]
) -> tuple[Edit, ...]:
    """The edits that give ``arguments`` by ``names``."""
    return tuple(before(source, item, f"{name}=") for name, item in zip(names, arguments))


def before(source: Source, node: ast.AST, text: str) -> ReplaceText:
    """The edit that puts ``text`` before ``node``."""
    return ReplaceText(start_of(source, node), text)


def start_of(source: Source, node: ast.AST) -> Span:
    """The place before ``node``, which holds nothing."""
    place = source.text.span(node)
    return Span(place.line, place.column, place.line, place.column)


def as_tuple(source: Source, node: ast.AST) -> ReplaceText:
    """The edit that makes a tuple of a list, or of a value alone."""
    text = source.text.text_of(node)
    if not isinstance(node, ast.List):
        return ReplaceText(source.text.span(node), f"({text},)")
    inner = text[1:-1]
    single = len(node.elts) == 1 and not inner.rstrip().endswith(",")
    return ReplaceText(source.text.span(node), f"({inner},)" if single else f"({inner})")


def floor_division(source: Source, node: ast.BinOp) -> tuple[Edit, ...]:
    """The edit that divides with ``//``."""
    left, right = source.text.span(node.left), source.text.span(node.right)
    between = Span(left.end_line, left.end_column, right.line, right.column)
    text = source.text.slice(between)
    if text.count("/") != 1:
        return ()
    return (ReplaceText(between, text.replace("/", "//")),)


def after_last(source: Source, call: ast.Call, text: str) -> tuple[Edit, ...]:
    """The edit that gives ``call`` one more argument."""
    given = [*call.args, *call.keywords]
    if not given:
        return ()
    last = max(map(source.text.span, given), key=lambda span: (span.end_line, span.end_column))
    place = Span(last.end_line, last.end_column, last.end_line, last.end_column)
    return (ReplaceText(place, f", {text}"),)
