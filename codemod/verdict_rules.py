"""Which verdicts let a file be written, and what is wrong with the others."""

from __future__ import annotations

from codemod.verify.records import Verdict

ACCEPTED = frozenset({"proved", "equal-by-rules", "bitwise"})


def is_accepted(verdict: Verdict) -> bool:
    """Whether the verdict lets a file be written."""
    return verdict.verdict in ACCEPTED and all(
        model.weight_order_kept is not False for model in verdict.models
    )


def why(verdict: Verdict) -> str:
    """What is wrong, in one line."""
    if any(model.weight_order_kept is False for model in verdict.models):
        return "the order of the weights would change, and so old checkpoints would not load"
    return verdict.reason or verdict.verdict
