"""Calls that were made up in vain: the few of them that are shown, and what the user may give."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from codemod.limits import CALLS_LISTED

END = re.compile(r"(?<=\))(?: \([^()]*\))?: ")
"""Behind a call: the place where it failed, and a colon before the reason."""


def likely_calls(tried: Sequence[str]) -> list[str]:
    """A few of the calls that were tried, those first whose functions and reasons differ."""
    functions: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for text in tried:
        functions.setdefault(_parts(text)[0].partition("(")[0], text)
        reasons.setdefault(_parts(text)[1], text)
    return list(dict.fromkeys([*functions.values(), *reasons.values()]))[:CALLS_LISTED]


def without_values(text: str) -> str:
    """The call of a text, its values left to the user: ``build(classes=…)``."""
    call = _parts(text)[0]
    try:
        tree = ast.parse(call, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return call
    return ast.unparse(_WithoutValues().visit(tree))


def _parts(text: str) -> tuple[str, str]:
    """A call and the reason why it showed nothing."""
    for found in END.finditer(text):
        call = text[: found.start()]
        try:
            ast.parse(call, mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        return call, text[found.end() :]
    return text, ""


class _WithoutValues(ast.NodeTransformer):
    def visit_keyword(self, node: ast.keyword) -> ast.keyword:
        return ast.keyword(arg=node.arg, value=ast.Name("…", ast.Load()))
