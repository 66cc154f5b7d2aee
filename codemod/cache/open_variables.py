"""Sources that read environment variables whose names they do not write out."""

from __future__ import annotations

import re

QUOTED = rb"[bruBRU]?(\\?[\"'])[^\"'\n\\]*\1\s*[\]),]"
NAMED = re.compile(
    rb"\bimport[^\n]*"
    rb"|\\?[\"']\s+(?:not\s+)?in\s+(?:\w+\s*\.\s*)?environ\b"
    rb"|\benvironb?\s*(?:\[|\.\s*(?:get|pop|setdefault)\s*\()\s*" + QUOTED + rb"|"
    rb"\b(?:getenvb?|expandvars)\s*\(\s*" + QUOTED.replace(rb"\1", rb"\2") + rb"|"
    rb"\benviron\s*\.\s*update\b"
)
"""Uses that say which variable they mean, or that only write."""
OPEN = re.compile(rb"\b(?:environb?|getenvb?|expandvars|BaseSettings|\w*env(?:var)?_prefix)\b")
"""Libraries for settings make names of a prefix, or of names of fields in any case."""


def reads_open_variables(source: bytes) -> bool:
    """Whether ``source`` may read a variable that no text in it names, as by a prefix."""
    return OPEN.search(source) is not None and OPEN.search(NAMED.sub(b"", source)) is not None
