"""Laying out the call of a new layer as a careful person would."""

from __future__ import annotations

from collections.abc import Sequence

LINE_LENGTH = 88


def layer_call(
    callee: str,
    arguments: Sequence[str],
    operands: Sequence[str],
    column: int,
    trailing: int,
    indent: str,
    step: str,
) -> str:
    """``callee(arguments)(operands)``, on one line where it fits in 88 characters.

    ``column`` is where the expression starts, ``trailing`` the characters after it on its line,
    ``indent`` the indentation of its statement.
    """
    applied = operands[0] if len(operands) == 1 else f"[{', '.join(operands)}]"
    line = f"{callee}({', '.join(arguments)})({applied})"
    if "\n" in line or column + len(line) + trailing <= LINE_LENGTH or not arguments:
        return line
    inner = "".join(f"{indent}{step}{argument},\n" for argument in arguments)
    return f"{callee}(\n{inner}{indent})({applied})"
