"""Models of one source that has an old and a new form, verified in real workers."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from codemod.verdict import Verdict
from codemod.verify.records import VerifyOptions, VerifyRequest
from codemod.verify.session import VerifySession

NEW = "{new}"
"""Stands in a source for ``False`` in the old form, ``True`` in the new one."""


def verdicts_of(sources: Iterable[str]) -> list[Verdict]:
    """What verification says of each of ``sources``, all in one session on the CPU."""
    path = Path("/nowhere/model.py")
    options = VerifyOptions(python=sys.executable, device="cpu", time_limit=120)
    found = []
    with VerifySession(options, jobs=2) as session:
        for source in sources:
            old, new = (source.replace(NEW, str(value)).encode() for value in (False, True))
            request = VerifyRequest(entry=path, originals={path: old}, rewrites={path: new})
            found.append(session.verify(request))
    return found
