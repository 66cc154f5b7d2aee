"""What MkDocs asks while it makes the site: parts of other files, and links that leave the site.

A page may hold, alone on a line, ``<!-- section: README.md: Install -->`` for the text below a
heading, ``<!-- file: CHANGELOG.md -->`` for a whole file, ``<!-- code: path -->`` for one as code,
and ``<!-- diff: path path -->``. Nothing is written twice so, and what tests run is what is read.
"""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]
DIRECTIVE = re.compile(r"^( *)<!-- (section|file|code|diff): (.+) -->$", re.MULTILINE)
LINK = re.compile(r"\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")
CODE = re.compile(r"(^ *```.*?^ *```|`[^`\n]*`)", re.DOTALL | re.MULTILINE)
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
}
"""The pages of files that stand beside ``docs``."""


def on_page_markdown(markdown: str, page: Any, **_: object) -> str:
    """Put in what directives name, and lead links to pages where there are some."""
    at = PROJECT / "docs" / page.file.src_uri

    def put_in(match: re.Match[str]) -> str:
        text = _text(match[2], match[3], at)
        return "".join(match[1] + line for line in text.splitlines(keepends=True))

    return DIRECTIVE.sub(put_in, _linked(markdown, at, at))


def _text(kind: str, what: str, at: Path) -> str:
    if kind == "diff":
        before, after = (
            (PROJECT / name).read_text().splitlines(keepends=True) for name in what.split()
        )
        lines = list(difflib.unified_diff(before, after, n=2))[2:]
        return f"```diff\n{''.join(lines)}```"
    name, _, heading = what.partition(": ")
    source = PROJECT / name
    text = source.read_text()
    if kind == "code":
        return f"```python\n{text}```"
    # The page has a title of its own.
    body = _below(text, heading) if kind == "section" else text.partition("\n")[2]
    return _linked(body.strip(), source, at)


def _below(text: str, heading: str) -> str:
    found = re.search(
        rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE
    )
    if found is None:
        raise ValueError(f"there is no heading {heading!r}")
    return found[1]


def _linked(text: str, source: Path, at: Path) -> str:
    """``text`` of the file ``source`` with links as they are on the page ``at``."""

    def link(match: re.Match[str]) -> str:
        words, target, anchor = match[1], match[2], match[3] or ""
        if "://" in target:
            return match[0]
        path = Path(os.path.normpath(source.parent / target))
        name = path.relative_to(PROJECT).as_posix()
        if name in PAGES:
            path = PROJECT / "docs" / PAGES[name]
        if not path.is_relative_to(PROJECT / "docs"):
            return words  # It is in the repository alone.
        return f"[{words}]({os.path.relpath(path, at.parent)}{anchor})"

    pieces = CODE.split(text)
    return "".join(
        piece if number % 2 else LINK.sub(link, piece) for number, piece in enumerate(pieces)
    )
