"""What mends a hazard, with the edits that do it."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.syntax.records import Edit, Span


@dataclass(frozen=True, kw_only=True)
class Mend:
    """The edits that mend the hazards ``codes`` at ``span``, where ``source`` stands now.

    One that ``needs_proof`` is right only where a run shows that the models stay the same.
    """

    codes: tuple[str, ...]
    span: Span
    message: str
    source: str
    edits: tuple[Edit, ...]
    needs_proof: bool = False
