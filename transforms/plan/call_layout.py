"""The call of a layer, laid out for the place where it will stand."""

from __future__ import annotations

from collections.abc import Sequence

from transforms.sites.sized_expressions import SizedExpression
from transforms.sites.units import Unit
from transforms.syntax.call_format import layer_call
from transforms.syntax.records import Span
from transforms.syntax.source_text import SourceText


def call_in_place(
    text: SourceText,
    unit: Unit,
    callee: str,
    arguments: Sequence[str],
    operands: Sequence[str],
    *,
    in_list: bool,
    step: str,
    line_length: int,
) -> str:
    """``callee(arguments)(operands)`` in the place of ``unit``; ``step`` is one indentation."""
    span = unit.span(text)
    indent = text.indent_of(span.line)
    column = span.column
    if unit.statements and not isinstance(unit, SizedExpression):
        # A new statement is indented as one; its later lines keep only what is their own.
        arguments = [argument.replace(f"\n{indent}", "\n") for argument in arguments]
        target = f"{', '.join(unit.outputs)} = " if unit.outputs else "return "
        column += len(target)
        indent = ""
    return layer_call(
        callee,
        arguments,
        operands,
        in_list=in_list,
        column=column,
        trailing=_code_after(text, span),
        indent=indent,
        step=step,
        line_length=line_length,
    )


def _code_after(text: SourceText, span: Span) -> int:
    """The characters of code that follow on the last line of ``span``."""
    rest = text.lines[span.end_line - 1][span.end_column :]
    return 0 if rest.lstrip().startswith("#") else len(rest)
