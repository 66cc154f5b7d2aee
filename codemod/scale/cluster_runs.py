"""A run of ``rewrite`` whose groups of files are settled by a cluster, and written here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from codemod.cache.surroundings import of_its_sources
from codemod.engine.engine import Results, rewrite_files, written
from codemod.files.discovery import SourceFile
from codemod.progress import Progress
from codemod.results import FileResult
from codemod.scale.dask_client import Cluster, connected
from codemod.scale.grouping import file_groups
from codemod.scale.jobs import ClusterJob
from codemod.scale.shards import owners_of_builds, with_own_builds
from codemod.scale.snapshots import snapshot
from codemod.settings import Settings


def rewrite_on_cluster(
    files: Sequence[SourceFile],
    settings: Settings,
    write: bool,
    progress: Progress,
    address: str,
    before_writing: Callable[[], None],
    leaves_out: Callable[[Sequence[str]], None],
) -> Iterator[Results]:
    """What :func:`rewrite_files` gives, group by group as the workers at ``address`` settle them.

    Files that name neither Keras nor TensorFlow, and lead to none that does, are looked at here.
    ``leaves_out`` is told of files of the project that are not sent.
    """
    with connected(address) as client:
        progress.stage("reading", len(files))
        groups = file_groups(files)
        owners = owners_of_builds(settings.builds, files)
        built = {file for own in owners.values() for file in own}
        to_settle = [one for one in groups if one.models or not built.isdisjoint(one.files)]
        sent = {file for group in to_settle for file in group.files}
        plain = [file for file in files if file not in sent]
        yield from rewrite_files(plain, replace(settings, builds=()), write, progress)
        tree = snapshot([file for file in files if file in sent])
        if tree.left_out:
            leaves_out(tree.left_out)
        tool = of_its_sources()
        jobs = [
            ClusterJob(
                tool=tool,
                tree=tree.digest,
                settings=with_own_builds(settings, group.files, owners),
                files=group.files,
            )
            for group in to_settle
        ]
        progress.stage("verifying", len(sent))
        for place, found in Cluster(client, address, tree).each(jobs):
            group = to_settle[place].files
            names = ", ".join(file.shown for file in group)
            progress.ends(names, len(group))
            if isinstance(found, str):
                yield tuple(
                    FileResult(path=file.shown, status="failed", error=found) for file in group
                )
                continue
            by_name = {file.shown: file for file in group}
            settled = tuple((by_name[result.path], result) for result in found)
            if write and any(result.status == "would-rewrite" for _, result in settled):
                before_writing()
            yield written(settled) if write else tuple(found)
