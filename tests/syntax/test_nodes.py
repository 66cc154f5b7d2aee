"""Walking a tree gives the nodes that ``ast.walk`` gives, but for operators and contexts."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import transforms
from transforms.syntax.nodes import children, walk

LEFT_OUT = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.type_ignore)
SOURCE = """
match x:
    case {"a": 1, **rest}: pass
    case A(b, c=None) | [d, *e] as f: pass
    case True: pass
def f(a, /, b: int = 1, *c, d, e=2, **g) -> str:
    global h
    return {**a, 1: f"{b!r:>{c}}"}
try: pass
except* ValueError as error: raise
async def g():
    async with a as b: await c
    return [x async for x in y if z], a[1:2, ...], not -a < b <= c and d @ e
"""


@pytest.mark.parametrize(
    "path", [None, *sorted(Path(transforms.__file__).parent.rglob("*.py"))[::5]]
)
def test_all_nodes_are_found_in_order(path: Path | None) -> None:
    source = path.read_text() if path else SOURCE
    try:
        tree = ast.parse(source)
    except SyntaxError:  # except* is newer than the oldest Python
        tree = ast.parse(source.replace("except*", "except"))
    assert walk(tree) == [node for node in ast.walk(tree) if not isinstance(node, LEFT_OUT)]
    for node in walk(tree):
        below = [child for child in ast.iter_child_nodes(node) if not isinstance(child, LEFT_OUT)]
        assert children(node) == below
