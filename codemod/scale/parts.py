"""What the JSON report of a shard says of its run, so that the reports of all can be joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from codemod.cache.trees import digest
from codemod.results import FileResult
from codemod.scale.portable import packed
from codemod.scale.shards import Shard
from codemod.settings import Command, Settings
from codemod.version import installed_version


@dataclass(frozen=True, kw_only=True)
class Part:
    """A shard of one run: ``places`` are those of its files among all files of the run.

    ``run`` is the same in all parts of a run: its files, and the options that findings depend on.
    """

    shard: Shard
    command: Command
    check_only: bool
    run: str
    total: int
    places: dict[str, int]

    def record(self, results: Sequence[FileResult]) -> dict[str, Any]:
        """The ``shard`` of a report on ``results``."""
        return {
            "number": self.shard.number,
            "of": self.shard.of,
            "command": self.command,
            "check_only": self.check_only,
            "run": self.run,
            "total": self.total,
            "places": self.places,
            "results": packed(results),
        }


def part_of(
    shard: Shard,
    command: Command,
    settings: Settings,
    files: Sequence[str],
    own: Sequence[str],
    check_only: bool = False,
) -> Part:
    """The part of a run over ``files`` that looks at its ``own`` ones; names are those shown."""
    options = (
        settings.target,
        settings.generations,
        settings.operators,
        settings.lines,
        settings.builds,
        settings.capture,
        settings.arguments,
        settings.verify,
        settings.accept,
        settings.codes,
        settings.fix,
        settings.add_skip,
    )
    run = digest(
        installed_version(), command, check_only, shard.of, repr(options), [*map(ascii, files)]
    )
    wanted = set(own)
    return Part(
        shard=shard,
        command=command,
        check_only=check_only,
        run=run,
        total=len(files),
        places={name: place for place, name in enumerate(files) if name in wanted},
    )
