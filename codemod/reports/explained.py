"""What codes mean, for people."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from codemod.codes import CODES
from codemod.errors import CodemodError

WIDTH = 88


def explained(codes: Sequence[str]) -> str:
    """The text on ``codes``, in the order given; raises ``CodemodError`` for one that is none."""
    return "\n".join(_explained(code.upper()) for code in codes)


def _explained(name: str) -> str:
    code = CODES.get(name)
    if code is None:
        known = f"from {min(CODES)} to {max(CODES)}"
        raise CodemodError(f"{name} is no code; docs/codes.md lists them, {known}")
    parts = [f"{name} {code.title}", code.meaning, code.advice]
    return "\n\n".join(textwrap.fill(part, WIDTH) for part in parts) + "\n"
