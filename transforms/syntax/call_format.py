"""Laying out the call of a new layer as a careful person would."""

from __future__ import annotations

from collections.abc import Sequence

from transforms.syntax.limits import OVERHANG


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

    So it is inside a longer expression that is a little too long then, since that is to be broken
    elsewhere. Else the operands stand on a line of their own, or each item of their list does, or
    each argument. A single argument and a single operand stay on the line: a formatter then finds a
    better place.

    ``in_list`` gives the operands as one list. ``column`` is where the expression starts,
    ``trailing`` the characters after it on its line, ``indent`` the indentation of its statement.
    """
    given = ", ".join(operands)
    applied = f"[{given}]" if in_list else given
    head = f"{callee}({', '.join(arguments)})("
    line = f"{head}{applied})"
    width = column + len(line) + trailing
    if "\n" in line or width <= line_length:
        return line
    if trailing and width <= line_length + OVERHANG:
        return line
    fits = len(indent) + len(step) + len(applied) <= line_length
    if len(operands) > 1 and fits and column + len(head) <= line_length:
        return f"{head}\n{indent}{step}{applied}\n{indent})"
    if in_list and len(operands) > 1 and not fits:
        items = "".join(f"{indent}{step}{step}{operand},\n" for operand in operands)
        return f"{head}\n{indent}{step}[\n{items}{indent}{step}]\n{indent})"
    if len(arguments) < 2:
        return line
    inner = "".join(f"{indent}{step}{argument},\n" for argument in arguments)
    return f"{callee}(\n{inner}{indent})({applied})"
