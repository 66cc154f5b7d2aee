"""What names that imports bind stand for, and whether they can be imported earlier."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence

# Who runs the code has them: importing them earlier than the code did does no harm.
_ALWAYS_THERE = sys.stdlib_module_names | {"keras", "numpy", "tensorflow", "tf_keras"}


def imported_as(name: str, nodes: Sequence[ast.AST]) -> str | None:
    """What ``name`` stands for where imports alone bind it."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                if (alias.asname or top) == name:
                    found.add(alias.name if alias.asname else top)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {
                f"{node.module}.{alias.name}"
                for alias in node.names
                if (alias.asname or alias.name) == name
            }
        else:
            return None
    return found.pop() if len(found) == 1 else None


def is_always_there(dotted: str, tree: ast.AST) -> bool:
    """Whether ``dotted`` can be imported wherever the module ``tree`` is used."""
    return dotted.partition(".")[0] in _ALWAYS_THERE | _imported_by(tree)


def _imported_by(tree: ast.AST) -> frozenset[str]:
    """The packages that a module imports wherever it is used."""
    found: set[str] = set()
    for node in getattr(tree, "body", ()):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return frozenset(found)
