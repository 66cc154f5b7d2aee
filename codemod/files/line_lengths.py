"""How long lines may be in the project of a file, as it tells its formatter."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from transforms.syntax.limits import LINE_LENGTH, LONGEST_LINE

_NAMES = re.compile(rb"line-length")


def line_length_at(path: Path) -> int:
    """The ``line-length`` of Ruff or Black that counts for ``path``; that of Black without one."""
    for folder in path.absolute().parents:
        for length in _lengths_in(folder):
            if isinstance(length, int) and 0 < length <= LONGEST_LINE:
                return length
        if (folder / ".git").exists():
            break
    return LINE_LENGTH


def _lengths_in(folder: Path) -> Iterator[object]:
    for name in (".ruff.toml", "ruff.toml"):
        yield _document(folder / name).get("line-length")
    tool = _document(folder / "pyproject.toml").get("tool")
    for name in ("ruff", "black"):
        table = tool.get(name) if isinstance(tool, dict) else None
        yield table.get("line-length") if isinstance(table, dict) else None


def _document(path: Path) -> Mapping[str, Any]:
    """What a file says that mentions lengths of lines; nothing where it cannot be read."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        content = path.read_bytes()
        return tomllib.loads(content.decode()) if _NAMES.search(content) else {}
    except (OSError, ValueError):
        return {}
