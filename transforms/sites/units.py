"""What becomes one layer."""

from __future__ import annotations

from typing import Protocol

from transforms.sites.raw_expressions import RawExpression
from transforms.sites.run_statements import RunStatement
from transforms.syntax.records import Edit, Span
from transforms.syntax.source_text import SourceText


class Unit(Protocol):
    """A raw expression of any kind, or a run of statements."""

    @property
    def expressions(self) -> tuple[RawExpression, ...]:
        """Its raw expressions in the order of the source; there is at least one."""

    @property
    def statements(self) -> tuple[RunStatement, ...]:
        """The statements that the layer takes the place of; none where it is an expression."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of ``statements`` that are read after them."""

    @property
    def layer_ops(self) -> tuple[str, ...]:
        """The keys of the ops inside the layer, in the order of the source."""

    @property
    def assigned_name(self) -> str | None:
        """The name that the layer's result is assigned to."""

    def span(self, text: SourceText) -> Span:
        """The source that the layer's call replaces; of statements, the first."""

    def edit(self, text: SourceText, call: str) -> Edit:
        """The edit that puts ``call``, the call of the layer, into the place of the unit."""
