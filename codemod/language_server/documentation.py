"""Where what is written about a code can be read."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

HEADING = re.compile(r"^## ((KC\d+) .*)$", re.MULTILINE)


def documentation_of(code: str) -> str | None:
    """The address of the section on a code, ``None`` where the page is not installed."""
    return _sections().get(code)


@lru_cache(maxsize=1)
def _sections() -> Mapping[str, str]:
    """The sections of the page on codes, that of the checkout or the installed one."""
    places = (
        Path(__file__).parents[2] / "docs/codes.md",
        Path(sys.prefix) / "share/doc/keras-codemod/codes.md",
    )
    for place in places:
        if place.is_file():
            headings = HEADING.findall(place.read_text(encoding="utf-8"))
            return {code: f"{place.as_uri()}#{_anchor(heading)}" for heading, code in headings}
    return {}


def _anchor(heading: str) -> str:
    """The name that renderers of Markdown give to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
