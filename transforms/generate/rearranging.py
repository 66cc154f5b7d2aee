"""A sentence for a layer that only moves elements."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from textwrap import dedent

from transforms.generate.phrase_parts import REARRANGING, SHORT_CODE, given_to, listed, upper
from transforms.generate.terms import short_name


def rearranged(
    keys: Mapping[str, str], operands: Sequence[str], lines: Sequence[str], result: str
) -> str | None:
    """A sentence for a layer of one operand whose ops only move elements, however many they are."""
    try:
        body = ast.parse(dedent("\n".join([*lines, f"({result})"])))
    except SyntaxError:
        return None
    calls = [node for node in ast.walk(body) if isinstance(node, ast.Call)]
    ops = [short_name(keys.get(ast.unparse(call.func), "")) for call in calls]
    if len(operands) != 1 or not calls or not {"shape", *REARRANGING}.issuperset(ops):
        return None
    if sum(op != "shape" for op in ops) < 2:
        return None
    # Of nested calls the outermost comes first.
    verbs = dict.fromkeys(REARRANGING[op] for op in reversed(ops) if op in REARRANGING)
    moves = upper(listed([*verbs]))
    assert isinstance(body.body[-1], ast.Expr)
    last = body.body[-1].value
    given = given_to(keys[ast.unparse(last.func)], last) if isinstance(last, ast.Call) else {}
    if (
        "shape" in given
        and len(shape := ast.unparse(given["shape"]).replace("self.", "")) < SHORT_CODE
    ):
        return f"{moves} the input to `{shape}`."
    return f"{moves} the input step by step."
