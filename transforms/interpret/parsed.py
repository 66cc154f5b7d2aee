"""What the text of a module says, each found once for all that ask."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cached_property

from transforms.interpret.closures import closing_nodes
from transforms.interpret.imports import ImportTable, collect_imports
from transforms.syntax.nodes import ByType, Node, by_type, nodes_of, parents_of, walk
from transforms.syntax.places import Place, statements_of


class Parsed:
    """A module as its ``tree`` shows it."""

    tree: ast.Module

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the tree, the outer ones first."""
        return walk(self.tree)

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The node around each node of the tree."""
        return parents_of(self.nodes)

    @cached_property
    def by_type(self) -> ByType:
        """All nodes of the tree by their type, the outer ones first."""
        return by_type(self.nodes)

    def all_of(self, kind: type[Node]) -> Sequence[Node]:
        """The nodes of one type."""
        return nodes_of(self.by_type, kind)

    @cached_property
    def names_read(self) -> frozenset[str]:
        """The names that are read anywhere."""
        names = self.all_of(ast.Name)
        return frozenset([node.id for node in names if type(node.ctx) is ast.Load])

    @cached_property
    def names_bound(self) -> frozenset[str]:
        """The names that are assigned or deleted anywhere, in whatever scope."""
        names = self.all_of(ast.Name)
        return frozenset([node.id for node in names if type(node.ctx) is not ast.Load])

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The names of all attributes."""
        return frozenset([node.attr for node in self.all_of(ast.Attribute)])

    @cached_property
    def closing(self) -> frozenset[ast.AST]:
        """The functions, classes and comprehensions in which others are made."""
        return closing_nodes(self.by_type)

    @cached_property
    def statements(self) -> list[tuple[ast.stmt, Place]]:
        """Every statement with its place, the outer ones first."""
        return statements_of(self.tree)

    @cached_property
    def imports(self) -> ImportTable:
        """What the module imports."""
        return collect_imports(self.tree, self.by_type)
