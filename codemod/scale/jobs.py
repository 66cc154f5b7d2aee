"""What a worker of a cluster is asked, as plain data: settings and names of files."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any, get_type_hints

from codemod.cache.codec import decode, encode
from codemod.files.discovery import SourceFile
from codemod.settings import Settings
from transforms.plan.choices import Choices

NOT_SENT = frozenset({"choices"})
"""What the user has said at a terminal."""


@dataclass(frozen=True, kw_only=True)
class ClusterJob:
    """Files that belong together, in the tree of a project, and how to settle them.

    Of what is verified, that is ``part`` of ``parts``, counted from 0; all is analysed. ``tool`` is
    the state of the tool that asks.
    """

    tool: str
    tree: str
    settings: Settings
    files: tuple[SourceFile, ...]
    part: int = 0
    parts: int = 1

    def text(self) -> str:
        """The job as JSON."""
        return json.dumps(
            {
                "tool": self.tool,
                "tree": self.tree,
                "settings": {
                    field.name: encode(getattr(self.settings, field.name))
                    for field in fields(Settings)
                    if field.name not in NOT_SENT
                },
                "files": [encode(file) for file in self.files],
                "part": self.part,
                "parts": self.parts,
            }
        )


def job_of_text(text: str, own_tool: str) -> ClusterJob | None:
    """The job that ``text`` says; None where another state of the tool has written it."""
    record: dict[str, Any] = json.loads(text)
    if record["tool"] != own_tool:
        return None
    hints = get_type_hints(Settings, localns={"Choices": Choices})
    settings = {name: decode(hints[name], value) for name, value in record["settings"].items()}
    return ClusterJob(
        tool=own_tool,
        tree=record["tree"],
        settings=Settings(**settings),
        files=tuple(decode(SourceFile, file) for file in record["files"]),
        part=record["part"],
        parts=record["parts"],
    )
