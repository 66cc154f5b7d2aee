"""Replacing expressions, with LibCST's tree of the statement or header around them."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator, Sequence

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from transforms.syntax.locations import Fragment, ParsedSource, find_fragment, parse_quietly
from transforms.syntax.nodes import walk
from transforms.syntax.records import ReplaceExpression
from transforms.syntax.source_text import LINE_END, EditError, line_starts

# Older releases of LibCST know no t-strings.
_FORMATTED = (cst.FormattedString, getattr(cst, "TemplatedString", cst.FormattedString))
_TIGHT = (ast.Name, ast.Call, ast.Attribute, ast.Subscript)
Splice = tuple[int, int, str]
_OPEN = re.compile(r"\((?:\s|\\\n|#[^\n]*\n)*")
_CLOSE = re.compile(r"(?:\s|\\\n|#[^\n]*\n)*\)")


def replace_expressions(
    source: ParsedSource, edits: Sequence[ReplaceExpression]
) -> Iterator[Splice]:
    """The changed text of every statement or header that ``edits`` touch, with its offsets.

    Raises:
        EditError: no expression has that span, it is inside an f-string, or the new text is
            no expression.
    """
    grouped: dict[Fragment, list[ReplaceExpression]] = {}
    for edit in edits:
        fragment = find_fragment(source, *source.range_of_span(edit.span))
        grouped.setdefault(fragment, []).append(edit)
    for fragment, group in grouped.items():
        yield fragment.start, fragment.end, _rewrite(source, fragment, group)


def _rewrite(source: ParsedSource, fragment: Fragment, edits: Sequence[ReplaceExpression]) -> str:
    text = fragment.before + source.text[fragment.start : fragment.end] + fragment.after
    line = source.line_of(fragment.start)
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise EditError(f"line {line}: LibCST cannot parse this: {error.message}") from error
    if module.code != text:
        raise EditError(f"line {line}: LibCST does not give this statement back as it is")
    nodes = _expressions(module, text)
    eol = source.eol(fragment.end)
    shift = len(fragment.before) - fragment.start
    splices: list[Splice] = []
    for edit in edits:
        start, end = (offset + shift for offset in source.range_of_span(edit.span))
        node = nodes.get((start, end))
        if node is None:
            raise EditError(f"line {edit.span.line}: no expression starts and ends there")
        new = LINE_END.sub(lambda _: eol, edit.source.strip())
        left, right = _parentheses_around(module, node)
        if (
            not left
            and _stands_alone(edit, new)
            and _separates(text[start - 1 : start], text[end:])
        ):
            splices.append((start, end, new))
        else:
            splices.append(
                _fitted(edit, text, (start - len(left), end + len(right)), (left, new, right))
            )
    for start, end, new in sorted(splices, reverse=True):
        text = text[:start] + new + text[end:]
    return text[len(fragment.before) : len(text) - len(fragment.after)]


def _stands_alone(edit: ReplaceExpression, new: str) -> bool:
    """Whether ``new`` is a name, a call or the like, which no operator can take apart.

    Raises:
        EditError: ``new`` is no expression, not even between brackets.
    """
    with contextlib.suppress(SyntaxError):
        body = ast.parse(new, mode="eval").body
        parenthesised = new.startswith("(")
        return isinstance(body, _TIGHT) and not parenthesised
    # Text that stood between brackets may run over several lines without any of its own.
    with contextlib.suppress(SyntaxError):
        # An expression that starts with the bracket put here, as in `(a) + (b)`, is not one.
        if ast.parse(f"({new}\n)", mode="eval").body.col_offset:
            return False
    raise EditError(f"line {edit.span.line}: {edit.source!r} is not an expression")


def _expressions(module: cst.Module, text: str) -> dict[tuple[int, int], cst.BaseExpression]:
    """The expressions outside f-strings by their offsets, as ``ast`` counts them."""
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    positions = wrapper.resolve(PositionProvider)
    starts = line_starts(text)
    by_range: dict[tuple[int, int], cst.BaseExpression] = {}

    def visit(node: cst.CSTNode) -> None:
        if isinstance(node, cst.BaseExpression):
            place = positions[node]
            start = starts[place.start.line - 1] + place.start.column
            end = starts[place.end.line - 1] + place.end.column
            if isinstance(node, cst.Tuple | cst.GeneratorExp):
                start, end = _with_parentheses(node, text, start, end)
            by_range.setdefault((start, end), node)
        if not isinstance(node, _FORMATTED):
            for child in node.children:
                visit(child)

    visit(module)
    return by_range


def _with_parentheses(
    node: cst.Tuple | cst.GeneratorExp, text: str, start: int, end: int
) -> tuple[int, int]:
    """``ast`` counts a tuple's own parentheses, and those of a call around a generator."""
    if not node.lpar and isinstance(node, cst.Tuple):
        return start, end
    opening = text.rindex("(", 0, start)
    while _OPEN.fullmatch(text, opening, start) is None:
        opening = text.rindex("(", 0, opening)
    closing = _CLOSE.match(text, end)
    return opening, closing.end() if closing else end


def _parentheses_around(module: cst.Module, node: cst.BaseExpression) -> tuple[str, str]:
    """The text of the parentheses around ``node`` that are not part of its span."""
    own = 1 if isinstance(node, cst.Tuple | cst.GeneratorExp) and node.lpar else 0
    left = "".join(module.code_for_node(bracket) for bracket in node.lpar[: len(node.lpar) - own])
    return left, "".join(module.code_for_node(bracket) for bracket in node.rpar[own:])


def _separates(before: str, after: str) -> bool:
    """Whether no word would grow together with what is put between ``before`` and ``after``."""
    return not any(character.isalnum() or character in "_\"'" for character in before + after[:1])


def _fitted(
    edit: ReplaceExpression, text: str, place: tuple[int, int], pieces: tuple[str, str, str]
) -> Splice:
    """The new expression with the fewest parentheses that keep it one operand at ``place``.

    ``pieces`` are the parentheses on its left, the new expression, those on its right.
    """
    left, new, right = pieces
    start, end = place
    certain = f"{left or '('}{new}{right or ')'}"
    try:
        wanted = _tree(text[:start] + certain + text[end:])
    except SyntaxError as error:
        raise EditError(f"line {edit.span.line}: {edit.source!r} cannot stand there") from error
    if "#" not in left + right:
        with contextlib.suppress(SyntaxError):
            if _tree(text[:start] + new + text[end:]) == wanted:
                return start, end, new
    return start, end, certain


def _tree(text: str) -> str:
    tree = parse_quietly(text)
    for node in walk(tree):
        if isinstance(node, ast.AnnAssign):
            # Whether the target stands in parentheses makes no difference to a rewrite.
            node.simple = 0
    return ast.dump(tree)
