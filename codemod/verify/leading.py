"""Whether calls that are made up in a file could lead to code that no run has shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from codemod.verify.child.capture.reach import Definitions
from codemod.verify.records import WantedPlace


def leads_to(entry: Path, originals: Mapping[Path, bytes], wanted: Iterable[WantedPlace]) -> bool:
    """Whether a function of ``entry`` holds one of the lines, or mentions what leads there."""
    sources = {str(path): content for path, content in originals.items()}
    if entry not in originals:
        if entry.suffix != ".py":
            return True
        try:
            sources[str(entry)] = entry.read_bytes()
        except OSError:
            return True
    lines: dict[str, list[list[int]]] = {}
    for path, first, last, *_ in wanted:
        lines.setdefault(str(path), []).append([first, last])
    return any(item.path == str(entry) for item in Definitions(sources).leading(lines))
