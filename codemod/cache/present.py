"""The state of things as one run finds it: looked at once, and again before anything is kept."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from codemod.cache import surroundings
from codemod.cache.interpreters import Installed, installed_in
from codemod.cache.trees import LEFT_OUT, Tree, digest, digest_of, is_older, listing_of, tree_of
from codemod.files.beside import project_folder
from codemod.limits import CACHED_FOLDERS, STEADY
from codemod.verify.records import VerifyOptions
from transforms.interpret.modules import package_root

OWN = str(surroundings.PACKAGES[0].parent) + os.sep
ENVIRONMENT_FOLDERS = ("venv", "env")
BELOW = "below "
"""Before the path of a file or folder that sources name: all that stands there counts."""
LISTED = "listed "
"""Before the path of a folder whose names an answer comes from."""


@dataclass
class Present:
    """What is there when a run begins. Threads may share it.

    ``start`` is in nanoseconds; ``ask`` tells what an interpreter has.
    """

    start: int = field(default_factory=time.time_ns)
    ask: Callable[[str], Installed | None] = installed_in
    _trees: dict[tuple[str, bool], Tree | None] = field(default_factory=dict)
    _tool: str | None = None
    _around: dict[VerifyOptions, tuple[str, tuple[str, ...]] | None] = field(default_factory=dict)
    _states: dict[tuple[str, ...], str | None] = field(default_factory=dict)
    _lock: AbstractContextManager[object] = field(default_factory=threading.RLock)

    def tree(self, root: str, with_data: bool = True) -> Tree | None:
        """The state of the folder ``root`` when it was first asked for."""
        with self._lock:
            key = (root, with_data)
            if key not in self._trees:
                self._trees[key] = tree_of(Path(root), with_data)
            return self._trees[key]

    @property
    def tool(self) -> str:
        """The digest of this tool."""
        with self._lock:
            if self._tool is None:
                self._tool = surroundings.of_the_tool()
            return self._tool

    def surroundings(self, options: VerifyOptions) -> tuple[str, tuple[str, ...]] | None:
        """What all answers depend on, and the folders that all imports may come from.

        None where it is not known.
        """
        with self._lock:
            if options not in self._around:
                self._around[options] = self._surroundings(options)
            return self._around[options]

    def _surroundings(self, options: VerifyOptions) -> tuple[str, tuple[str, ...]] | None:
        found: list[Installed] = []
        for python in dict.fromkeys(filter(None, (options.python, options.python_original))):
            installed = self.ask(python)
            if installed is None:
                return None
            found.append(installed)
        known = digest(
            repr(options),
            os.getcwd(),
            self.tool,
            surroundings.of_the_machine(),
            [one.digest for one in found],
        )
        return known, tuple(dict.fromkeys(item for one in found for item in one.folders))

    def state(self, roots: tuple[str, ...]) -> str | None:
        """Names and data of all that stands below ``roots``, and the variables of this process.

        None where that is too much.
        """
        with self._lock:
            if roots not in self._states:
                self._states[roots] = self._state(roots)
            return self._states[roots]

    def _state(self, roots: tuple[str, ...]) -> str | None:
        reached = self.reached(roots)
        if reached is None:
            return None
        known: list[tuple[str, ...]] = []
        sources: list[bytes] = []
        for root, tree in reached.items():
            # Of what links lead to, nobody tells which code was read.
            known.append((root, tree.names, tree.data) if root in roots else (root, tree.whole))
            for path in (*tree.code, *tree.configurations):
                # Our own source names variables that no model asks for.
                if not path.startswith(OWN):
                    with suppress(OSError):
                        sources.append(Path(path).read_bytes())
        return digest(known, surroundings.of_variables(os.environ, sources))

    def reached(self, roots: tuple[str, ...]) -> dict[str, Tree] | None:
        """The trees of ``roots`` and of folders that links there lead to, also those of others.

        None where one of them holds too much.
        """
        found: dict[str, Tree] = {}
        pending = list(roots)
        while pending:
            root = pending.pop()
            if root in found or any(_is_below(root, other) for other in roots if other != root):
                continue
            tree = self.tree(root)
            if tree is None or len(found) > CACHED_FOLDERS:
                return None
            found[root] = tree
            pending += sorted(tree.links)
        return dict(sorted(found.items()))

    def is_still(self, roots: tuple[str, ...], later: Present) -> bool:
        """Whether nothing that is no code has changed there until ``later``."""
        before, after = self.reached(roots), later.reached(roots)
        if before is None or after is None or before.keys() != after.keys():
            return False
        return all(
            tree.is_still(after[root]) and (root in roots or tree.whole == after[root].whole)
            for root, tree in before.items()
        )

    def of(self, path: str, roots: Iterable[str]) -> str | None:
        """The digest of what an answer has read at ``path``; None for what ``roots`` tell of it."""
        if path.startswith(LISTED):
            folder = path[len(LISTED) :]
            return None if self._holding(folder, roots) is not None else listing_of(folder)
        if path.startswith(BELOW):
            named = path[len(BELOW) :]
            if self._holding(named, roots) is not None:
                return None
            if not os.path.isdir(named):
                return digest_of(named)
            tree = self.tree(named)
            return UNKNOWN if tree is None else tree.whole
        tree = self._holding(path, roots)
        if tree is None:
            return digest_of(path)
        # Of all others the state of the tree tells, also that they are not there.
        return tree.code.get(path)

    def _holding(self, path: str, roots: Iterable[str]) -> Tree | None:
        """The tree that tells of ``path``, if one does."""
        for root in roots:
            tree = self.tree(root)
            inside = path == root or path.startswith(root.rstrip(os.sep) + os.sep)
            if tree is not None and inside and tree.tells_of(path):
                return tree
        return None

    def is_steady(self, path: str, roots: Iterable[str], later: Present) -> bool:
        """Whether what stands at ``path`` has not changed until ``later``."""
        if path.startswith(LISTED):
            return is_older(path[len(LISTED) :], self.start, lists=True)
        if path.startswith(BELOW):
            named = path[len(BELOW) :]
            tree = self.tree(named) if os.path.isdir(named) else None
            return is_older(named, self.start, lists=True) and all(
                max(state[1:3]) < self.start - STEADY
                for state in (tree.states.values() if tree is not None else ())
            )
        for root in roots:
            before, after = self.tree(root), later.tree(root)
            if before is not None and path in before.code:
                return after is not None and before.has_still(path, after)
        return is_older(path, self.start)


UNKNOWN = "unknown"
"""In the place of a digest: there is too much to look at."""


def roots_of(entry: Path, folders: Iterable[str] = ()) -> tuple[str, ...]:
    """The folders that ``entry`` may look into: its project, and where imports come from."""
    wanted = [str(project_folder(entry.parent)), str(package_root(entry)), *folders]
    return without_inner(wanted)


def without_inner(folders: Iterable[str]) -> tuple[str, ...]:
    """``folders`` without those that lie in others of them, sorted."""
    found: list[str] = []
    for folder in sorted({os.path.normpath(item) for item in folders}):
        if not any(_is_inside(folder, other) for other in found):
            found.append(folder)
    return tuple(found)


def _is_below(folder: str, other: str) -> bool:
    return (folder + os.sep).startswith(other.rstrip(os.sep) + os.sep) and _is_inside(folder, other)


def _is_inside(folder: str, other: str) -> bool:
    """Whether the tree of ``other`` tells of ``folder``: hidden ones may be left out there."""
    parts = Path(os.path.relpath(folder, other)).parts
    return not any(
        part in LEFT_OUT or part in ENVIRONMENT_FOLDERS or part.startswith(".") for part in parts
    )
