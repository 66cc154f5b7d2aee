"""What was rewritten has run: otherwise the original was compared with itself."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from codemod.verdict import Verdict
from codemod.verify.attributes_read import part_no_longer_read
from codemod.verify.child.protocol import OriginalResult, RewrittenResult
from codemod.verify.choices_made import choice_made
from codemod.verify.defaults_of_keys import other_default
from codemod.verify.new_layers import lost_argument
from codemod.verify.parameters_read import no_longer_read
from codemod.verify.records import VerifyRequest
from codemod.verify.signatures_kept import other_signature
from codemod.verify.sizes_read import size_written_down
from codemod.verify.values_read import value_no_longer_read

COMPARED = ("proved", "equal-by-rules", "bitwise", "close")


def befores(request: VerifyRequest) -> dict[Path, bytes]:
    """What each rewritten file was before."""
    known = dict(request.originals)
    if request.rewritten_entry is not None:
        known[request.rewritten_entry] = request.originals[request.entry]
    return {path: known[path] for path in request.rewrites if path in known}


def checked(
    verdict: Verdict,
    request: VerifyRequest,
    original: OriginalResult,
    rewritten: RewrittenResult,
) -> Verdict:
    """``verdict`` with the rewritten lines that did not run; unverified where no code was loaded.

    A file that neither side loads is the business of other runs, if this one loads another.
    """
    before = befores(request)
    changed = [path for path in before if before[path] != request.rewrites[path]]
    loaded = {Path(path) for path in rewritten.get("loaded", ())}
    expected = {Path(path) for path in original.get("loaded", ())}
    if request.entry in expected and request.rewritten_entry is not None:
        expected.add(request.rewritten_entry)
    missing = [path for path in changed if path in expected and path not in loaded]
    if not missing and loaded.isdisjoint(changed):
        missing = changed
    not_run = tuple(
        (Path(path), int(line))
        for path, lines in rewritten.get("not_run", {}).items()
        for line in lines
    )
    borrowed = [
        f"the module `{name}` was found beside the original only"
        for name in rewritten.get("borrowed", ())
    ]
    verdict = replace(verdict, not_run=not_run, assumptions=(*verdict.assumptions, *borrowed))
    if verdict.verdict not in COMPARED:
        return verdict
    if not missing:
        return _with_parameters_read(verdict, before, request)
    names = ", ".join(path.name for path in missing)
    reason = f"{names}: the models were not built from the rewritten source, it was not loaded"
    return replace(verdict, verdict="unverified", reason=reason)


def _with_parameters_read(
    verdict: Verdict, before: Mapping[Path, bytes], request: VerifyRequest
) -> Verdict:
    """``verdict``, unverified where a rewritten function leaves alone what callers choose."""
    for path, source in before.items():
        reason = _not_shown(source, request.rewrites[path])
        if reason is not None:
            return replace(verdict, verdict="unverified", reason=f"{path.name}: {reason}")
    return verdict


# Every run of a group asks it of the same files.
@functools.lru_cache(maxsize=256)
def _not_shown(before: bytes, after: bytes) -> str | None:
    """What other callers or other values may show, and the models in sight do not."""
    taken = other_signature(before, after)
    if taken is not None:
        return f"{taken}: the models in sight do not show what other callers get"
    lost = _lost(before, after)
    return None if lost is None else f"{lost}: the models in sight do not show what other values do"


def _lost(before: bytes, after: bytes) -> str | None:
    """What a rewritten function or a new layer leaves alone of what others choose, in words."""
    whole = no_longer_read(before, after)
    if whole is not None:
        return f"`{whole[0]}` does not read its parameter `{whole[1]}` where it did"
    part = part_no_longer_read(before, after)
    if part is not None:
        return f"`{part[0]}` does not read `{part[1]}` where it did"
    value = value_no_longer_read(before, after)
    if value is not None:
        return f"`{value}` is no longer read where it was"
    size = size_written_down(before, after)
    if size is not None:
        return f"`{size[0]}` has a number where it read `{size[1]}`"
    return (
        other_default(before, after) or choice_made(before, after) or lost_argument(before, after)
    )


def settled(verdict: Verdict) -> Verdict:
    """``verdict`` of all runs together, unverified where a rewritten line has not run in any."""
    if not verdict.not_run or verdict.verdict not in COMPARED:
        return verdict
    shown = ", ".join(f"{path.name}:{line}" for path, line in verdict.not_run[:3])
    more = f" and {len(verdict.not_run) - 3} more" if len(verdict.not_run) > 3 else ""
    reason = f"rewritten lines have not run: {shown}{more}; name more models with --build"
    return replace(verdict, verdict="unverified", reason=reason)
