"""Modules that only define things: to import them alone builds no model and calls no builder."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from pathlib import Path

from codemod.verify.child.capture.module_names import is_in_package

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BODIES = ("body", "orelse", "handlers", "finalbody")


def only_defines(path: Path, content: bytes) -> bool:
    """Whether the module of a package at ``path`` calls nothing, and has nothing to be called.

    Functions that need no argument are called in a run. What it imports is run on its own where it
    might build something. A script does what its ``__main__`` says, and is none of these.
    """
    if path.suffix != ".py" or not is_in_package(str(path), content):
        return False
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return _only_define(tree.body, _standard_names(tree))


def _only_define(body: Iterable[ast.AST], standard: frozenset[str]) -> bool:
    for node in body:
        if isinstance(node, FUNCTIONS):
            if not _needs_arguments(node):
                return False
        elif isinstance(node, ast.ClassDef):
            inner = [item for item in node.body if not isinstance(item, FUNCTIONS)]
            if not _only_define(inner, standard):
                return False
        elif isinstance(node, ast.If) and _asks_for_main(node.test):
            continue
        elif isinstance(node, (ast.If, ast.Try, ast.ExceptHandler)):
            inner = [item for name in BODIES for item in getattr(node, name, ())]
            if not _only_define(inner, standard):
                return False
        elif isinstance(node, (ast.For, ast.While, ast.With)) or _calls(node, standard):
            return False
    return True


def _needs_arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    return len(positional) > len(given.defaults) or None in given.kw_defaults


def _asks_for_main(test: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(test))


def _calls(node: ast.AST, standard: frozenset[str]) -> bool:
    """Whether a statement calls more than the standard library."""
    calls = [item for item in ast.walk(node) if isinstance(item, ast.Call)]
    return not all(_root(call.func) in standard for call in calls)


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _standard_names(tree: ast.Module) -> frozenset[str]:
    """The names that a module has of the standard library."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _is_standard(alias.name):
                    found.add(alias.asname or alias.name.partition(".")[0])
        elif isinstance(node, ast.ImportFrom) and not node.level and _is_standard(node.module):
            found |= {alias.asname or alias.name for alias in node.names}
    return frozenset(found)


def _is_standard(module: str | None) -> bool:
    return (module or "").partition(".")[0] in sys.stdlib_module_names
