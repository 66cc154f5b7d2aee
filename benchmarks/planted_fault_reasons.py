"""Why mutants that survive verification are no faults: they compute the same."""

from __future__ import annotations

WEIGHT_ORDER = (
    "the layer takes and unpacks two inputs the other way round, and the layers with weights "
    "before it keep their order"
)

EQUIVALENT: dict[tuple[str, str, str], str] = {}
"""The reason for a fixture, the line before and the line after."""


def reason_of(fixture: str, kind: str, before: str, after: str) -> str | None:
    """Why this survivor computes the same, None where nobody knows.

    The weight order mutants are equal by construction, and verification has compared the order
    of the weights that they could change.
    """
    if kind == "weight order":
        return WEIGHT_ORDER
    return EQUIVALENT.get((fixture, before, after))
