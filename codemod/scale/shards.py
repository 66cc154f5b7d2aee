"""An even split of the files of a run, which is the same in every job of a matrix."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from codemod.engine.builds import Build
from codemod.engine.model_runs import defined_names
from codemod.errors import CodemodError, FileError
from codemod.files.discovery import SourceFile
from codemod.files.files import read_file
from codemod.limits import SHARDS
from codemod.scale.grouping import file_groups
from codemod.settings import Settings
from transforms.interpret.modules import module_name, package_root


@dataclass(frozen=True, kw_only=True)
class Shard:
    """One of ``of`` parts of a run, counted from 1."""

    number: int
    of: int

    @classmethod
    def parsed(cls, text: str) -> Shard:
        """What ``--shard`` is given."""
        match = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text, re.ASCII)
        number, of = (int(match[1]), int(match[2])) if match else (0, 0)
        if not 1 <= number <= of:
            raise CodemodError(f"--shard {text}: is not I/N, part I of N, counted from 1; as 1/4")
        if of > SHARDS:
            raise CodemodError(f"--shard {text}: more than {SHARDS} parts; use fewer")
        return cls(number=number, of=of)

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def share(self, files: Sequence[SourceFile]) -> tuple[SourceFile, ...]:
        """The files of this part, in their order.

        The largest groups of files that belong together are shared out first, each to the part
        that has the least: fewest files that name Keras, then fewest files.
        """
        if self.of == 1:
            return tuple(files)
        groups = sorted(
            file_groups(files),
            key=lambda group: (-group.models, -len(group.files), group.files[0].shown),
        )
        loads = [(0, 0)] * self.of
        own: set[SourceFile] = set()
        for group in groups:
            place = min(range(self.of), key=loads.__getitem__)
            models, count = loads[place]
            loads[place] = (models + group.models, count + len(group.files))
            if place == self.number - 1:
                own.update(group.files)
        return tuple(file for file in files if file in own)

    def has_pair(self, new: str) -> bool:
        """Whether the verification of a pair of files, of which one is ``new``, is in this part.

        Each pair is a run of its own, so the name alone can say it.
        """
        number = int.from_bytes(sha256(new.encode("utf-8", "surrogateescape")).digest()[:8], "big")
        return number % self.of == self.number - 1


def owners_of_builds(
    builds: Sequence[str], files: Sequence[SourceFile]
) -> dict[str, frozenset[SourceFile]]:
    """For each ``--build`` call the files that it is about.

    A call that no file is known to define is that of the first file, as in a run over all.
    """
    return {
        text: frozenset(file for file in files if _defines(file, Build.parsed(text)))
        or frozenset(files[:1])
        for text in builds
    }


def with_own_builds(
    settings: Settings, own: Sequence[SourceFile], owners: Mapping[str, frozenset[SourceFile]]
) -> Settings:
    """``settings`` with those ``--build`` calls that are about files of ``own``."""
    builds = [text for text in settings.builds if not owners[text].isdisjoint(own)]
    return replace(settings, builds=tuple(builds))


def _defines(file: SourceFile, build: Build) -> bool:
    if file.path.suffix != ".py":
        return False
    if build.module:
        return module_name(file.path, package_root(file.path)) == build.module
    try:
        content = read_file(file.path)
        return build.name.encode() in content and build.name in defined_names(ast.parse(content))
    except (FileError, SyntaxError, ValueError, RecursionError, MemoryError):
        return False
