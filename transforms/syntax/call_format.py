"""Laying out the call of a new layer as a careful person would."""

from __future__ import annotations

from collections.abc import Sequence


def layer_call(
    callee: str,
    arguments: Sequence[str],
    operands: Sequence[str],
    *,
    in_list: bool,
    column: int,
    trailing: int,
    indent: str,
    step: str,
    line_length: int,
) -> str:
    """``callee(arguments)(operands)``, on one line where it fits in ``line_length``.

    Else the operands stand on a line of their own, or each argument does. A single argument and a
    single operand stay on the line: a formatter then finds a better place to break it.

    ``in_list`` gives the operands as one list. ``column`` is where the expression starts,
    ``trailing`` the characters after it on its line, ``indent`` the indentation of its statement.
    """
    given = ", ".join(operands)
    applied = f"[{given}]" if in_list else given
    head = f"{callee}({', '.join(arguments)})("
    line = f"{head}{applied})"
    if "\n" in line or column + len(line) + trailing <= line_length:
        return line
    fits = len(indent) + len(step) + len(applied) <= line_length
    if len(operands) > 1 and fits and column + len(head) <= line_length:
        return f"{head}\n{indent}{step}{applied}\n{indent})"
    if len(arguments) < 2:
        return line
    inner = "".join(f"{indent}{step}{argument},\n" for argument in arguments)
    return f"{callee}(\n{inner}{indent})({applied})"
