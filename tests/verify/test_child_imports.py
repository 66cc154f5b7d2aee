"""What runs in the user's interpreter imports nothing that may not be there."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

VERIFY = Path(__file__).parents[2] / "codemod/verify"
FILES = [VERIFY / "worker.py", *sorted((VERIFY / "child").rglob("*.py"))]
# YAML is read where the user's project brings what reads it.
MAY_BE_THERE = {"yaml"}
ALLOWED = {*sys.stdlib_module_names, "numpy", "tensorflow", "keras_codemod_verify_child"}


def imported_roots(tree: ast.Module) -> set[str]:
    roots = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            roots |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            roots.add(str(node.module).partition(".")[0])
    return roots


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(VERIFY)))
def test_only_the_standard_library_numpy_and_tensorflow(path: Path) -> None:
    assert imported_roots(ast.parse(path.read_bytes())) <= ALLOWED | MAY_BE_THERE


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(VERIFY)))
def test_the_syntax_is_that_of_python_3_8(path: Path) -> None:
    ast.parse(path.read_bytes(), feature_version=(3, 8))
