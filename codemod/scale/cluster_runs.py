"""A run of ``rewrite`` whose groups of files are settled by a cluster, and written here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from codemod.cache.surroundings import of_its_sources
from codemod.engine.engine import Results, rewrite_files, written
from codemod.files.discovery import SourceFile
from codemod.limits import MODELS_OF_A_JOB
from codemod.progress import Progress
from codemod.results import FileResult
from codemod.scale.dask_client import LOST, Cluster, connected
from codemod.scale.grouping import FileGroup, file_groups
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
        whole = ClusterJob(tool=of_its_sources(), tree=tree.digest, settings=settings, files=())
        jobs = [job for group in to_settle for job in _jobs(group, whole, owners)]
        progress.stage("verifying", len(sent))
        waiting = {file.shown: file for file in files if file in sent}
        for place, found in Cluster(client, address, tree).each(jobs):
            if isinstance(found, str):
                continue
            # What needs no verification is in the answers to all parts of a group.
            own = [result for result in found if result.path in waiting]
            progress.ends(", ".join(file.shown for file in jobs[place].files), len(own))
            settled = tuple((waiting.pop(result.path), result) for result in own)
            if write and any(result.status == "would-rewrite" for _, result in settled):
                before_writing()
            yield written(settled) if write else tuple(own)
        yield tuple(FileResult(path=path, status="failed", error=LOST) for path in waiting)


def _jobs(
    group: FileGroup, whole: ClusterJob, owners: Mapping[str, frozenset[SourceFile]]
) -> Iterator[ClusterJob]:
    """The jobs that settle a group; ``whole`` has what all jobs of the run have in common."""
    settings = with_own_builds(whole.settings, group.files, owners)
    parts = max(1, -(-group.models // MODELS_OF_A_JOB))
    for part in range(parts):
        yield replace(whole, settings=settings, files=group.files, part=part, parts=parts)
