"""What a finder finds: where, what and what to do; with the edits that do it, where it is exact."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

from transforms.interpret.imports import ImportTable, collect_imports
from transforms.interpret.scopes import Module
from transforms.port.kinds import Kinds
from transforms.port.scopes import Scoped
from transforms.syntax.records import Edit, Span
from transforms.syntax.source_text import SourceText

Node = TypeVar("Node", bound=ast.AST)

NAME = "KC401"
ARGUMENT = "KC402"
MEMBER = "KC403"
SILENT = "KC404"
FILES = "KC405"


@dataclass(frozen=True, kw_only=True)
class Break:
    """Something that Keras 3 has not, or takes for something else (KC404).

    ``edits`` write what is exactly the same and runs in both generations.
    """

    code: str
    span: Span
    message: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Source:
    """What all finders look at."""

    tree: ast.Module
    text: SourceText
    scoped: Scoped
    kinds: Kinds
    by_type: Mapping[type[ast.AST], Sequence[ast.AST]]
    module: Module | None = None

    @cached_property
    def imports(self) -> ImportTable:
        """What the module imports."""
        return collect_imports(self.tree) if self.module is None else self.module.imports

    def all_of(self, kind: type[Node]) -> Sequence[Node]:
        """The nodes of one type."""
        return cast(Sequence[Node], self.by_type.get(kind, ()))


def found(
    source: Source, code: str, node: ast.AST, message: str, edits: tuple[Edit, ...] = ()
) -> Break:
    """A finding at ``node``."""
    return Break(code=code, span=source.text.span(node), message=message, edits=edits)
