"""Which verdicts let a file be written, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Set

from codemod.verdict import Accepted, Tier, Verdict
from codemod.verify.model_verdicts import ORDER_CHANGED

VERIFIED: frozenset[Tier] = frozenset({"proved", "equal-by-rules"})
"""The tiers that are proofs; samples alone can only refute."""


def accepted_tiers(also: Accepted | None) -> frozenset[Tier]:
    """The tiers that let a file be written, with the one that the user takes beside proofs."""
    return VERIFIED if also is None else VERIFIED | {also}


def is_accepted(verdict: Verdict, tiers: Set[Tier] = VERIFIED) -> bool:
    """Whether the verdict is of one of ``tiers`` and moves no weights."""
    return verdict.verdict in tiers and not moves_weights(verdict)


def moves_weights(verdict: Verdict) -> bool:
    """Whether a rewritten model has its weights in another order."""
    return any(model.weight_order_kept is False for model in verdict.models)


def why(verdict: Verdict) -> str:
    """What is wrong, in one line."""
    if moves_weights(verdict):
        return ORDER_CHANGED
    return verdict.reason or verdict.verdict
