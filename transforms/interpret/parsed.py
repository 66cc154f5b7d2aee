"""What the text of a module says, each found once for all that ask."""

from __future__ import annotations

import ast
from functools import cached_property

from transforms.interpret.closures import closing_nodes
from transforms.interpret.imports import ImportTable, collect_imports
from transforms.syntax.nodes import walk
from transforms.syntax.places import Place, statements_of


class Parsed:
    """A module as its ``tree`` shows it."""

    tree: ast.Module

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the tree, the outer ones first."""
        return walk(self.tree)

    @cached_property
    def closing(self) -> frozenset[ast.AST]:
        """The functions, classes and comprehensions in which others are made."""
        return closing_nodes(self.nodes)

    @cached_property
    def statements(self) -> list[tuple[ast.stmt, Place]]:
        """Every statement with its place, the outer ones first."""
        return list(statements_of(self.tree))

    @cached_property
    def imports(self) -> ImportTable:
        """What the module imports."""
        return collect_imports(self.tree, self.nodes)
