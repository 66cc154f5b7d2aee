"""Writing new statements in the style of a file: its indentation and its line ends."""

from __future__ import annotations

import ast
import re

import libcst as cst

from transforms.syntax.cells import MAGIC
from transforms.syntax.locations import ParsedSource, blocks, parse_quietly, part_range
from transforms.syntax.places import statements_of, suites
from transforms.syntax.source_text import LINE_END, EditError


class _BareBlankLines(cst.CSTTransformer):
    """Keeps indentation out of blank lines."""

    def leave_EmptyLine(
        self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine
    ) -> cst.EmptyLine:
        if updated_node.comment is not None:
            return updated_node
        return updated_node.with_changes(indent=False, whitespace=cst.SimpleWhitespace(""))


def indentation_unit(source: ParsedSource) -> str:
    """One step of indentation as the file takes it, four spaces where it takes none."""
    for block in blocks(source.tree):
        if isinstance(block.owner, ast.Module):
            continue
        if all(_is_of_colab(source, statement) for statement in block.statements):
            continue
        starts = [part_range(source, node)[0] for node in (block.owner, block.statements[0])]
        outer, inner = (source.text[source.line_start(start) : start] for start in starts)
        outer, inner = outer.rpartition("\f")[2], inner.rpartition("\f")[2]
        if inner and not inner.strip() and inner.startswith(outer) and inner != outer:
            return inner[len(outer) :]
    return "    "


def _is_of_colab(source: ParsedSource, statement: ast.stmt) -> bool:
    """Whether it may be of the lines that Colab begins with, in its own style."""
    start, end = part_range(source, statement)
    return isinstance(statement, ast.Pass) or source.text[start:end].startswith(MAGIC)


def render(text: str, indentation: str, unit: str, eol: str, *, line: int) -> str:
    """``text``, statements without indentation, at ``indentation`` and without a last line end.

    ``unit`` is one further step of indentation, ``eol`` the line end.

    Raises:
        EditError: ``text`` is not Python, or holds no statement; names ``line``.
    """
    bare = text.strip("\r\n")
    if not indentation and eol == "\n" and _is_in_style(bare, unit):
        return bare
    try:
        module = cst.parse_module(LINE_END.sub(lambda _: eol, bare))
    except (cst.ParserSyntaxError, cst.CSTValidationError) as error:
        raise EditError(f"line {line}: the new text is not Python: {error}") from error
    if not module.body:
        raise EditError(f"line {line}: the new text holds no statement")
    module = module.visit(_BareBlankLines())
    first = module.body[0]
    body = [
        first.with_changes(leading_lines=[*module.header, *first.leading_lines]),
        *module.body[1:],
    ]
    if indentation:
        block = cst.IndentedBlock(body=body, indent=indentation, footer=module.footer)
        whole = cst.Module([cst.If(cst.Name("_"), block)])
    else:
        whole = cst.Module(body, footer=module.footer)
    whole = whole.with_changes(default_indent=unit, default_newline=eol)
    code = whole.code
    if indentation:
        code = code[code.index(eol) + len(eol) :]
    return code[: len(code) - len(eol)] if code.endswith(eol) else code


def _is_in_style(text: str, unit: str) -> bool:
    """Whether ``text`` is Python with blocks indented by ``unit``, and nothing need change.

    Most new statements are, and LibCST takes most of the time of a rewrite.
    """
    lines = text.split("\n")
    if re.search(r"[\t\r\f]", text) or any(line.isspace() for line in lines):
        return False
    try:
        tree = parse_quietly(text)
    except (SyntaxError, ValueError):
        return False
    return bool(tree.body) and all(
        _starts_in_style(statement, suite[0], lines, unit)
        for statement, _ in statements_of(tree)
        for suite in suites(statement)
        if suite
    )


def _starts_in_style(owner: ast.stmt, first: ast.stmt, lines: list[str], unit: str) -> bool:
    if isinstance(owner, ast.Match):
        return False
    before = lines[first.lineno - 1][: first.col_offset]
    if isinstance(first, ast.If) and lines[first.lineno - 1][first.col_offset :].startswith("elif"):
        return first.col_offset == owner.col_offset
    # What stands behind the colon has no indentation of its own.
    return bool(before.strip()) or before == " " * owner.col_offset + unit
