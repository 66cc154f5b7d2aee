"""What docs/codes.md says of each code: an example before, often one after, and what to do."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

from codemod.errors import CodemodError

HEADING = re.compile(r"^## ((KC\d+) .*)$", re.MULTILINE)
EXAMPLE = re.compile(r'^```python title="(before|after)"\n(.*?)^```\n', re.MULTILINE | re.DOTALL)
INSTALLED = "share/doc/keras-codemod/codes.md"


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """The section on one code: its ``heading`` begins with the code, ``text`` is Markdown.

    ``after`` is empty where no other source can be written in the place of ``before``.
    """

    heading: str
    before: str
    after: str
    text: str


def explanation_of(code: str) -> Explanation:
    """What is said of ``code``, one of ``CODES``; an error where the page is not installed."""
    found = _explanations().get(code)
    if found is None:
        raise CodemodError(f"{code} is not explained: docs/codes.md is not installed")
    return found


@lru_cache(maxsize=1)
def page_of_codes() -> Path | None:
    """The page, that of the checkout or the installed one."""
    return next((place for place in _places() if place.is_file()), None)


def _places() -> Iterator[Path]:
    yield Path(__file__).parents[1] / "docs/codes.md"
    yield Path(sys.prefix) / INSTALLED
    try:
        installed = metadata.files("keras-codemod") or ()
    except metadata.PackageNotFoundError:
        return
    # Elsewhere with `pip install --user`, or `--target`.
    for file in installed:
        if file.as_posix().endswith(INSTALLED):
            yield Path(str(file.locate()))


@lru_cache(maxsize=1)
def _explanations() -> Mapping[str, Explanation]:
    page = page_of_codes()
    if page is None:
        return MappingProxyType({})
    # Before the first heading nothing is about one code; then follow heading, code and body.
    pieces = HEADING.split(page.read_text(encoding="utf-8"))[1:]
    return MappingProxyType(
        {
            code: _explanation(heading, body)
            for heading, code, body in zip(pieces[::3], pieces[1::3], pieces[2::3])
        }
    )


def _explanation(heading: str, body: str) -> Explanation:
    examples = dict(EXAMPLE.findall(body))
    return Explanation(
        heading=heading,
        before=examples.get("before", ""),
        after=examples.get("after", ""),
        text=EXAMPLE.sub("", body).strip(),
    )
