"""Laying out the call of a new layer as a careful person would."""

from __future__ import annotations

from collections.abc import Sequence

from transforms.syntax.limits import LINE_LENGTH


def layer_call(
    callee: str,
    arguments: Sequence[str],
    operands: Sequence[str],
    *,
    column: int,
    trailing: int,
    indent: str,
    step: str,
) -> str:
    """``callee(arguments)(operands)``, on one line where it fits in 88 characters.

    A single argument stays on the line: a formatter then finds a better place to break it.

    ``column`` is where the expression starts, ``trailing`` the characters after it on its line,
    ``indent`` the indentation of its statement.
    """
    applied = operands[0] if len(operands) == 1 else f"[{', '.join(operands)}]"
    line = f"{callee}({', '.join(arguments)})({applied})"
    fits = column + len(line) + trailing <= LINE_LENGTH
    if "\n" in line or fits or len(arguments) < 2:
        return line
    inner = "".join(f"{indent}{step}{argument},\n" for argument in arguments)
    return f"{callee}(\n{inner}{indent})({applied})"
