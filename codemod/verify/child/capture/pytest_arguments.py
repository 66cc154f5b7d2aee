"""What pytest would give a test: rows of ``parametrize``, and what fixtures beside it return."""

from __future__ import annotations

import ast
import inspect
from typing import Any, Dict, Iterator, List, Mapping

FIXTURE_VALUE = "fixture_value"
"""The name of what calls a fixture for a test: ``test_net(net=fixture_value(net))``."""
MOST_ROWS = 4
"""How many rows of a table a test is run with."""


def rows_of_test(node: Any, tree: Any) -> List[Dict[str, str]]:
    """The arguments that a test in the module ``tree`` is given, as texts; one for each row."""
    if node is None or not str(getattr(node, "name", "")).startswith("test"):
        return []
    fixtures = {
        item.name
        for item in getattr(tree, "body", ())
        if isinstance(item, ast.FunctionDef) and any(map(_is_fixture, item.decorator_list))
    }
    parameters = {item.arg for item in ast.walk(node.args) if isinstance(item, ast.arg)}
    given = {name: "%s(%s)" % (FIXTURE_VALUE, name) for name in sorted(parameters & fixtures)}
    rows: List[Dict[str, str]] = [given]
    for decorator in node.decorator_list:
        table = [*_table(decorator)]
        if table:
            rows = [{**row, **more} for more in table for row in rows][:MOST_ROWS]
    return [row for row in rows if row]


def fixture_value(fixture: Any) -> Any:
    """What a fixture that needs nothing gives a test."""
    wrapped = getattr(fixture, "__pytest_wrapped__", None)
    function = getattr(wrapped, "obj", None) or getattr(fixture, "__wrapped__", fixture)
    get = getattr(fixture, "_get_wrapped_function", None)
    made = get()() if get is not None else function()
    return next(made) if inspect.isgenerator(made) else made


def _is_fixture(decorator: Any) -> bool:
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    return str(getattr(function, "attr", getattr(function, "id", ""))) == "fixture"


def _table(decorator: Any) -> Iterator[Mapping[str, str]]:
    """The rows of ``@pytest.mark.parametrize(names, rows)``."""
    function = getattr(decorator, "func", None)
    if getattr(function, "attr", "") != "parametrize" or len(decorator.args) < 2:
        return
    names = _names(decorator.args[0])
    for row in getattr(decorator.args[1], "elts", ()):
        if isinstance(row, ast.Call) and getattr(row.func, "attr", "") == "param":
            items = row.args
        else:
            items = [row] if len(names) == 1 else getattr(row, "elts", [])
        texts = [*map(_text, items)]
        if names and len(texts) == len(names) and all(texts):
            yield dict(zip(names, texts))


def _names(node: Any) -> List[str]:
    parts = [node] if isinstance(node, ast.Constant) else getattr(node, "elts", [])
    texts = [str(getattr(part, "value", "")) for part in parts]
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]


def _text(node: Any) -> str:
    if hasattr(ast, "unparse"):
        return ast.unparse(node)
    try:
        return repr(ast.literal_eval(node))
    except ValueError:
        return ""
