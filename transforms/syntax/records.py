"""The data that passes from stage to stage: positions, sites, hazards, edits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Target = Literal["layer", "lambda", "ops"]
Generations = Literal["keras2", "keras3", "both"]
"""Which generations of Keras the rewritten source is for."""
Operators = Literal["keep", "wrap"]
SiteStatus = Literal["rewritten", "rewritable", "refused", "skipped"]


@dataclass(frozen=True, order=True)
class Span:
    """A stretch of source: lines are 1-based, columns 0-based in characters, the end exclusive.

    It is made by position, as coordinates are: where it starts, then where it ends.
    """

    line: int
    column: int
    end_line: int
    end_column: int

    def holds(self, other: Span) -> bool:
        """Whether ``other`` stands inside it, or is it."""
        starts = (self.line, self.column) <= (other.line, other.column)
        return starts and (other.end_line, other.end_column) <= (self.end_line, self.end_column)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """The reason, with its KC3xx code, for which a raw expression is left alone.

    One that is ``lifted_by_run`` holds until a model is seen to run the raw op. One that
    ``is_for_now`` says that there was no time: another run may do without it.
    """

    code: str
    text: str
    lifted_by_run: bool = False
    is_for_now: bool = False

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


@dataclass(frozen=True, kw_only=True)
class Site:
    """One raw expression and what becomes of it; ``refusal`` is given where it is refused.

    ``functions`` are those of ``keras.ops`` that take the place of raw ops, as the source writes
    them; ``note`` says why there are none where they were asked for. ``layer`` is the first site
    of the layer that this one becomes a part of, and ``is_named`` tells whether the code says
    ``layer_name``, which else is what Keras makes of the class.
    """

    code: str
    span: Span
    ops: tuple[str, ...]
    builder: str
    status: SiteStatus
    refusal: Refusal | None = None
    target: Target | None = None
    layer_name: str | None = None
    class_name: str | None = None
    functions: tuple[str, ...] = ()
    note: str | None = None
    layer: Span | None = None
    is_named: bool = False


@dataclass(frozen=True)
class Hazard:
    """Something that is legal and probably not meant; reported, never rewritten."""

    code: str
    span: Span
    message: str


@dataclass(frozen=True)
class ReplaceExpression:
    """Put the expression ``source`` where the expression at ``span`` stands."""

    span: Span
    source: str


@dataclass(frozen=True)
class ReplaceText:
    """Put ``source`` where the text at ``span`` stands, be it an expression or not."""

    span: Span
    source: str


@dataclass(frozen=True, kw_only=True)
class ReplaceStatements:
    """Put ``source`` where the statements from ``first`` to ``last`` of one block stand.

    ``source`` has no indentation of its own and ends its lines with ``\\n``. A comment before
    ``first`` stays; comments and blank lines between the statements go. With nothing in ``source``
    the lines of the statements go, which must have more beside them in their block.
    """

    first: Span
    last: Span
    source: str


@dataclass(frozen=True)
class InsertStatements:
    """Put ``source`` at module level, before the statement that holds ``before_line``.

    ``before_line`` is a line of any statement; the text goes before the top-level statement
    around it, before that statement's decorators and the comments that stand directly above.
    """

    before_line: int
    source: str


@dataclass(frozen=True)
class InsertImport:
    """Add an import statement after the imports at the head of the module."""

    source: str


Edit = ReplaceExpression | ReplaceText | ReplaceStatements | InsertStatements | InsertImport
