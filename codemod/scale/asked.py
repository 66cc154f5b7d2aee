"""What the command line asks of many machines."""

from __future__ import annotations

from collections.abc import Mapping

from codemod.errors import CodemodError
from codemod.files.discovery import SourceFile
from codemod.scale.parts import Part, part_of
from codemod.scale.shards import Shard, owners_of_builds, with_own_builds
from codemod.settings import Command, Settings


def shard_of(text: str | None, from_stdin: bool = False) -> Shard | None:
    """The part of the files that was asked for."""
    if text is None:
        return None
    shard = Shard.parsed(text)
    if from_stdin:
        raise CodemodError(f"--shard {text}: does not go with the path -; give files or folders")
    return shard


def check_verifies(cluster: str | None, settings: Settings) -> None:
    """Raise an error where a cluster has nothing to verify."""
    if cluster is not None and not settings.verify:
        raise CodemodError(f"--executor dask={cluster}: nothing is verified; add --verify")


def cluster_of(text: str | None, others: Mapping[str, object]) -> str | None:
    """The address of the cluster that was asked for, which goes with none of ``others``."""
    if text is None:
        return None
    kind, _, address = text.partition("=")
    if kind != "dask" or not address:
        raise CodemodError(f"--executor {text}: is not dask=ADDRESS, as dask=tcp://host:8786")
    for name, given in others.items():
        if given:
            raise CodemodError(f"--executor {text}: does not go with {name}; leave one of them out")
    return address


def own_part(
    shard: Shard,
    command: Command,
    settings: Settings,
    files: tuple[SourceFile, ...],
    check_only: bool = False,
) -> tuple[tuple[SourceFile, ...], Settings, Part]:
    """The files of a shard, the settings for them, and what its report says of the run."""
    own = shard.share(files)
    shown = [file.shown for file in files]
    part = part_of(shard, command, settings, shown, [file.shown for file in own], check_only)
    owners = owners_of_builds(settings.builds, files)
    return own, with_own_builds(settings, own, owners), part
