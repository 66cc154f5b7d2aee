"""Replacing expressions: LibCST rewrites the statement, or the header, that holds them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import cast

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from .edit_locations import (
    LINE_END,
    EditError,
    Fragment,
    SourceText,
    find_fragment,
    parse_quietly,
    span_range,
)
from .records import ReplaceExpression

Splice = tuple[int, int, str]
_OPEN = re.compile(r"\((?:\s|\\\n|#[^\n]*\n)*")
_CLOSE = re.compile(r"(?:\s|\\\n|#[^\n]*\n)*\)")


class _Swap(cst.CSTTransformer):
    """Puts nodes in the place of others, which are told apart by identity."""

    def __init__(self, swaps: dict[cst.CSTNode, cst.BaseExpression]) -> None:
        self.swaps = swaps

    def on_leave(
        self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT
    ) -> cst.CSTNodeT | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNodeT]:
        swap = self.swaps.get(original_node)
        if swap is None:
            return super().on_leave(original_node, updated_node)
        return cast("cst.CSTNodeT", swap)


def replace_expressions(source: SourceText, edits: Sequence[ReplaceExpression]) -> Iterator[Splice]:
    """The changed text of every statement or header that ``edits`` touch, with its offsets.

    Raises:
        EditError: no expression has that span, it is inside an f-string, or the new text is
            no expression.
    """
    grouped: dict[Fragment, list[ReplaceExpression]] = {}
    for edit in edits:
        fragment = find_fragment(source, *span_range(source, edit.span))
        grouped.setdefault(fragment, []).append(edit)
    for fragment, group in grouped.items():
        yield fragment.start, fragment.end, _rewrite(source, fragment, group)


def _rewrite(source: SourceText, fragment: Fragment, edits: Sequence[ReplaceExpression]) -> str:
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
    swaps: dict[cst.CSTNode, cst.BaseExpression] = {}
    for edit in edits:
        start, end = span_range(source, edit.span)
        shift = len(fragment.before) - fragment.start
        node = nodes.get((start + shift, end + shift))
        if node is None:
            raise EditError(f"line {edit.span.line}: no expression starts and ends there")
        new, needs_brackets = _parse(edit, eol)
        neighbours = text[: start + shift][-1:] + text[end + shift :][:1]
        surely_fits = not needs_brackets and _binds_tightest(new) and _separates(neighbours)
        if any(_around(node)) or not surely_fits:
            new = _fitting(module, node, new, edit)
        swaps[node] = new
    changed = _swapped(module, swaps)
    return changed[len(fragment.before) : len(changed) - len(fragment.after)]


def _parse(edit: ReplaceExpression, eol: str) -> tuple[cst.BaseExpression, bool]:
    """The new expression, and whether it needs brackets around it to run over its lines."""
    text = LINE_END.sub(lambda _: eol, edit.source.strip())
    try:
        return cst.parse_expression(text), False
    except (cst.ParserSyntaxError, cst.CSTValidationError):
        pass  # It may run over several lines, as text that stood between brackets does.
    try:
        node = cst.parse_expression(f"({text})")
        if node.lpar and not isinstance(node, cst.Tuple | cst.GeneratorExp):
            return node.with_changes(lpar=node.lpar[1:], rpar=node.rpar[:-1]), True
    except (cst.ParserSyntaxError, cst.CSTValidationError):
        pass
    raise EditError(f"line {edit.span.line}: {edit.source!r} is not an expression")


def _expressions(module: cst.Module, text: str) -> dict[tuple[int, int], cst.BaseExpression]:
    """The expressions outside f-strings by their offsets, as ``ast`` counts them."""
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    positions = wrapper.resolve(PositionProvider)
    starts = [0, *(match.end() for match in LINE_END.finditer(text))]
    found: dict[tuple[int, int], cst.BaseExpression] = {}

    def visit(node: cst.CSTNode) -> None:
        if isinstance(node, cst.BaseExpression):
            place = positions[node]
            start = starts[place.start.line - 1] + place.start.column
            end = starts[place.end.line - 1] + place.end.column
            if isinstance(node, cst.Tuple | cst.GeneratorExp):
                start, end = _with_parentheses(node, text, start, end)
            found.setdefault((start, end), node)
        if not isinstance(node, cst.FormattedString | cst.TemplatedString):
            for child in node.children:
                visit(child)

    visit(module)
    return found


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


def _binds_tightest(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Call | cst.Name | cst.Attribute | cst.Subscript) and not node.lpar


def _separates(neighbours: str) -> bool:
    """Whether no word would grow together with what is put between these characters."""
    return not any(character.isalnum() or character in "_\"'" for character in neighbours)


def _around(old: cst.BaseExpression) -> tuple[list[cst.LeftParen], list[cst.RightParen]]:
    """The parentheses around ``old`` that are not part of its span."""
    own = 1 if isinstance(old, cst.Tuple | cst.GeneratorExp) and old.lpar else 0
    return list(old.lpar[: len(old.lpar) - own]), list(old.rpar[own:])


def _fitting(
    module: cst.Module, old: cst.BaseExpression, new: cst.BaseExpression, edit: ReplaceExpression
) -> cst.BaseExpression:
    """``new`` with the fewest parentheses that keep it one operand in the place of ``old``."""
    left, right = _around(old)
    certain = new.with_changes(
        lpar=[*(left or [cst.LeftParen()]), *new.lpar],
        rpar=[*new.rpar, *(right or [cst.RightParen()])],
    )
    try:
        wanted = _tree(_swapped(module, {old: certain}))
    except (SyntaxError, cst.CSTValidationError) as error:
        raise EditError(f"line {edit.span.line}: {edit.source!r} cannot stand there") from error
    if any("#" in module.code_for_node(parenthesis) for parenthesis in [*left, *right]):
        return certain
    try:
        bare = _tree(_swapped(module, {old: new}))
    except (SyntaxError, cst.CSTValidationError):
        return certain
    return new if bare == wanted else certain


def _swapped(module: cst.Module, swaps: dict[cst.CSTNode, cst.BaseExpression]) -> str:
    # Module.visit keeps the nodes that do not change, so identities stay good for the next call.
    changed = module.visit(_Swap(swaps))
    assert isinstance(changed, cst.Module)
    return changed.code


def _tree(text: str) -> str:
    tree = parse_quietly(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            # Whether the target stands in parentheses makes no difference to a rewrite.
            node.simple = 0
    return ast.dump(tree)
