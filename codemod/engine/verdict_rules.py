"""Which verdicts let a file be written, and what is wrong with the others."""

from __future__ import annotations

from codemod.verdict import Verdict
from codemod.verify.verdicts import ORDER_CHANGED

ACCEPTED = frozenset({"proved", "equal-by-rules", "bitwise"})


def is_accepted(verdict: Verdict) -> bool:
    """Whether the verdict lets a file be written."""
    return verdict.verdict in ACCEPTED and not moves_weights(verdict)


def moves_weights(verdict: Verdict) -> bool:
    """Whether a rewritten model has its weights in another order."""
    return any(model.weight_order_kept is False for model in verdict.models)


def why(verdict: Verdict) -> str:
    """What is wrong, in one line."""
    if moves_weights(verdict):
        return ORDER_CHANGED
    return verdict.reason or verdict.verdict
