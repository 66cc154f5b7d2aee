"""What a finder finds: where, what and what to do; with the edits that do it, where it is exact."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from transforms.interpret.parsed import Parsed
from transforms.port.kinds import Kinds
from transforms.port.scopes import Scoped, dotted_name
from transforms.syntax.nodes import Node
from transforms.syntax.records import Edit, Span
from transforms.syntax.source_text import SourceText

NAME = "KC401"
ARGUMENT = "KC402"
MEMBER = "KC403"
SILENT = "KC404"
FILES = "KC405"
NOT_LOADED = "KC206"


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
    """What all finders look at; ``name`` is that of the module, where it is known."""

    parsed: Parsed
    text: SourceText
    scoped: Scoped
    kinds: Kinds
    name: str = ""

    @cached_property
    def calls(self) -> list[tuple[ast.Call, str | None]]:
        """All calls, and the external names of what is called; ``None`` where there is none."""
        return [(node, dotted_name(self.scoped, node.func)) for node in self.all_of(ast.Call)]

    def all_of(self, kind: type[Node]) -> Sequence[Node]:
        """The nodes of one type."""
        return self.parsed.all_of(kind)


def found(
    source: Source, code: str, node: ast.AST, message: str, edits: tuple[Edit, ...] = ()
) -> Break:
    """A finding at ``node``."""
    return Break(code=code, span=source.text.span(node), message=message, edits=edits)
