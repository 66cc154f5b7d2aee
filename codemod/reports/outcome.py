"""The exit status that results add up to."""

from __future__ import annotations

from codemod.results import FileResult
from codemod.settings import Command
from codemod.verdict import Tier

DONE, FOUND, UNUSABLE, NOT_VERIFIED, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 3, 130, 141


def is_failing(tier: Tier) -> bool:
    """Whether a verdict of this tier refutes a rewrite, or says nothing of it."""
    return tier in ("different", "unverified")


def exit_status(result: FileResult, command: Command, check_only: bool = False) -> int:
    """Return the exit status for one file; that of a run is the highest of its files.

    ``check_only`` is ``rewrite --check``, which ends as ``check`` does.
    """
    if result.error is not None:
        return UNUSABLE
    if result.status == "failed":
        is_evidence = result.verdict is not None and result.verdict.verdict == "bitwise"
        return FOUND if command == "verify" and is_evidence else NOT_VERIFIED
    if result.failed_builds:
        return NOT_VERIFIED
    if command == "verify":
        return DONE
    if command == "check" or check_only:
        return FOUND if result.sites or result.hazards or result.fixes else DONE
    refused = any(site.status == "refused" for site in result.sites)
    return FOUND if refused or result.left or result.status == "refused" else DONE
