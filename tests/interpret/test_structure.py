"""The modules of the interpretation import each other in one direction only."""

from __future__ import annotations

import ast
from pathlib import Path

import transforms.interpret

FOLDER = Path(transforms.interpret.__file__).parent


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            "transforms.interpret"
        ):
            inner = (node.module or "").removeprefix("transforms.interpret").lstrip(".")
            names |= {inner} if inner else {alias.name for alias in node.names}
    return names


def test_no_module_imports_itself_through_others() -> None:
    graph = {path.stem: _imports(path) for path in FOLDER.glob("*.py")}
    while leaves := {name for name, imported in graph.items() if not imported & graph.keys()}:
        graph = {name: imported for name, imported in graph.items() if name not in leaves}
    assert not graph


def test_modules_stay_small() -> None:
    long = {path.name for path in FOLDER.glob("*.py") if len(path.read_text().split("\n")) > 320}
    assert not long
