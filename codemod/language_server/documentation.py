"""Where what is written about a code can be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from codemod.explanations import HEADING, page_of_codes


def documentation_of(code: str) -> str | None:
    """The address of the section on a code, ``None`` where the page is not installed."""
    return _sections().get(code)


@lru_cache(maxsize=1)
def _sections() -> Mapping[str, str]:
    """The address of each section of the page on codes."""
    page = page_of_codes()
    if page is None:
        return {}
    headings = HEADING.findall(page.read_text(encoding="utf-8"))
    return {code: f"{page.as_uri()}#{_anchor(heading)}" for heading, code in headings}


def _anchor(heading: str) -> str:
    """The name that renderers of Markdown give to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
