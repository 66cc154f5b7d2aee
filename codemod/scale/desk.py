"""What a worker of a cluster keeps between jobs: trees of projects, and TensorFlow."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from codemod.cache.surroundings import of_its_sources
from codemod.cache.trees import content_digest
from codemod.engine.engine import rewrite_files
from codemod.files.discovery import SourceFile
from codemod.limits import TREES_OF_A_WORKER
from codemod.results import FileResult
from codemod.scale.jobs import ClusterJob
from codemod.scale.parts_of_groups import PartOfGroups
from codemod.scale.snapshots import FOLDER
from codemod.scale.warm_sessions import WarmSessions
from codemod.verify.child.sandbox.folders import remove_tree

PREFIX = "keras-codemod-worker-"


@dataclass(kw_only=True)
class _Tree:
    base: Path
    users: int = 0


class Desk:
    """The place of work of one process; threads share it."""

    def __init__(self) -> None:
        self.tool = of_its_sources()
        _remove_left_over()
        self._folder = Path(os.path.realpath(tempfile.mkdtemp(prefix=PREFIX)))
        self._mark = _locked(self._folder)
        (self._folder / "contents").mkdir()
        self._sessions = WarmSessions()
        self._trees: dict[str, _Tree] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """End TensorFlow and remove the folder."""
        self._sessions.close()
        remove_tree(str(self._folder))
        if self._mark is not None:
            self._mark.close()

    def receive(self, tree: str, contents: Mapping[str, bytes]) -> list[str]:
        """Keep ``contents``, compressed, by their digests; what is still missing of ``tree``."""
        for digest, data in contents.items():
            content = zlib.decompress(data)
            if content_digest(content) == digest:
                place = self._content(digest)
                beside = place.with_name(f"{digest}.{threading.get_ident()}")
                beside.write_bytes(content)
                os.replace(beside, place)
        return self._missing(tree)

    def settled(self, job: ClusterJob, jobs: int, memory: int | None) -> list[FileResult] | None:
        """The results of a job, with paths below :meth:`base`; None where its tree is missing.

        ``jobs`` are worked on at once in this process, with ``memory`` bytes for all of them.
        """
        with self._tree(job.tree) as base:
            if base is None:
                return None
            files = [_moved(file, base) for file in job.files]
            limit = job.settings.memory_limit
            if limit is None and memory is not None:
                limit = memory / jobs / (1 << 30)
            settings = replace(job.settings, jobs=jobs, memory_limit=limit)
            share = PartOfGroups(self._sessions.opened, job.part, job.parts)
            found = rewrite_files(files, settings, False, open_verifier=share.opened)
            results = [result for results in found for result in results]
            left = {file.shown for file in files if file.path in share.left}
            return [result for result in results if result.path not in left]

    def base(self, tree: str) -> str:
        """The folder that is the root of a tree's paths."""
        return str(self._folder / tree)

    @contextmanager
    def _tree(self, digest: str) -> Iterator[Path | None]:
        with self._lock:
            tree = self._trees.pop(digest, None) or self._made(digest)
            if tree is not None:
                self._trees[digest] = tree
                tree.users += 1
        try:
            yield None if tree is None else tree.base
        finally:
            if tree is not None:
                with self._lock:
                    tree.users -= 1
                    self._forget_old_ones()

    def _made(self, digest: str) -> _Tree | None:
        """The files of a tree at their paths; None where some are missing."""
        if self._missing(digest):
            return None
        base = self._folder / digest
        for path, content in self._manifest(digest).items():
            place = Path(f"{base}{path}")
            if content == FOLDER:
                place.mkdir(parents=True, exist_ok=True)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(self._content(content).read_bytes())
        return _Tree(base=base)

    def _forget_old_ones(self) -> None:
        for digest, tree in [*self._trees.items()]:
            if len(self._trees) > TREES_OF_A_WORKER and not tree.users:
                del self._trees[digest]
                remove_tree(str(tree.base))
                self._forget_contents_of(digest)

    def _forget_contents_of(self, tree: str) -> None:
        # One that is being received and needs some of them is asked for these again.
        kept = {one for other in self._trees for one in self._manifest(other).values()}
        for one in {tree, *self._manifest(tree).values()} - kept - {FOLDER}:
            self._content(one).unlink(missing_ok=True)

    def _missing(self, tree: str) -> list[str]:
        if not self._content(tree).is_file():
            return [tree]
        wanted = dict.fromkeys(self._manifest(tree).values())
        return [one for one in wanted if one != FOLDER and not self._content(one).is_file()]

    def _manifest(self, tree: str) -> dict[str, str]:
        found: dict[str, str] = json.loads(self._content(tree).read_bytes())
        return found

    def _content(self, digest: str) -> Path:
        return self._folder / "contents" / digest


def _locked(folder: Path) -> IO[bytes] | None:
    """The mark of a folder that is in use, held as long as its process is there."""
    mark = (folder / "in-use").open("ab")
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        mark.close()
        return None
    return mark


def _remove_left_over() -> None:
    """Remove the folders of processes that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            mark = _locked(folder) if (folder / "in-use").exists() else None
            if mark is not None:
                mark.close()
                remove_tree(str(folder))


def _moved(file: SourceFile, base: Path) -> SourceFile:
    return SourceFile(Path(f"{base}{file.path}"), file.shown, Path(f"{base}{file.root}"))
