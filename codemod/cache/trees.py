"""The state of a project's folder: names, contents, and whether it stays so."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from dataclasses import dataclass, replace
from pathlib import Path

from codemod.limits import CACHED_CONTENT, CACHED_CONTENTS, CACHED_FILES, STEADY

CODE = (".py", ".ipynb")
"""Files that count only for what reads them; all others, for whatever runs in the project."""
CONFIGURATIONS = (".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".json", ".env")
LEFT_OUT = frozenset(
    {
        *("__pycache__", ".git", ".hg", ".svn", "node_modules", ".ipynb_checkpoints"),
        *(".mypy_cache", ".ruff_cache", ".pytest_cache", ".tox", ".nox", ".hypothesis"),
    }
)
"""Folders that change from run to run, and hold nothing that models are made of."""
ABSENT, COMPILED = "absent", "compiled"
NOT_CHECKED = 0b11
"""Two bits of a compiled module: the first alone has it run whatever its source says (PEP 552)."""

State = tuple[int, ...]


def digest(*parts: object) -> str:
    """One text for ``parts``, which are told apart by their ``repr``."""
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()


def content_digest(content: bytes) -> str:
    """The digest of the content of a file."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Tree:
    """What stands below one folder at one time.

    ``names`` is a digest of all paths with their kinds and the targets of links, ``data`` of the
    contents of files that are no code; ``code`` has the digest of each of the others, and
    ``states`` size and times of all files. ``closed`` are the folders that were not entered,
    ``links`` those that links lead to, and ``unsteady`` large files that may change without a
    trace.
    """

    names: str
    data: str
    code: dict[str, str]
    states: dict[str, State]
    closed: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    unsteady: frozenset[str] = frozenset()

    @property
    def configurations(self) -> list[str]:
        """Files that may name environment variables for code to read."""
        return [
            path
            for path, state in self.states.items()
            if path.endswith(CONFIGURATIONS) and state[0] <= CACHED_CONTENT
        ]

    @property
    def whole(self) -> str:
        """A digest of everything."""
        return digest(self.names, self.data, sorted(self.code.items()))

    def tells_of(self, path: str) -> bool:
        """Whether the tree tells what stands at ``path`` below its folder, or that nothing does."""
        while path not in self.closed and os.path.basename(path) not in LEFT_OUT:
            above = os.path.dirname(path)
            if above == path:
                return True
            path = above
        return False

    def is_still(self, later: Tree | None) -> bool:
        """Whether nothing that is no code has changed until ``later``."""
        return (
            later is not None
            and not self.unsteady
            and (self.names, self.data) == (later.names, later.data)
            and all(
                later.states.get(path) == state
                for path, state in self.states.items()
                if path not in self.code
            )
        )

    def has_still(self, path: str, later: Tree) -> bool:
        """Whether the code at ``path`` has not changed until ``later``."""
        same = self.states.get(path) == later.states.get(path)
        return same and self.code.get(path) == later.code.get(path)


def tree_of(root: Path, with_data: bool = True) -> Tree | None:
    """The state of ``root``; None where it holds too much to be looked at."""
    names: list[tuple[str, str]] = []
    states: dict[str, State] = {}
    closed: set[str] = set()
    links: set[str] = set()
    pending = [str(root)]
    while pending:
        folder = pending.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            names.append((folder, f"closed {error.errno}"))
            closed.add(folder)
            continue
        for entry in entries:
            try:
                if entry.is_symlink():
                    names.append((entry.path, "link to " + os.readlink(entry.path)))
                    if entry.is_file():
                        states[entry.path] = _state(entry.stat())
                    else:
                        closed.add(entry.path)
                        if entry.is_dir():
                            links.add(os.path.realpath(entry.path))
                elif entry.is_dir():
                    if entry.name in LEFT_OUT:
                        continue
                    if os.path.exists(entry.path + "/pyvenv.cfg"):
                        names.append((entry.path, "environment"))
                        closed.add(entry.path)
                        continue
                    names.append((entry.path, "folder"))
                    pending.append(entry.path)
                elif entry.is_file():
                    names.append((entry.path, "file"))
                    states[entry.path] = _state(entry.stat())
                else:
                    names.append((entry.path, "other"))
            except OSError:  # It was removed just now.
                return None
        if len(names) > CACHED_FILES:
            return None
    tree = _with_contents(names, states, with_data)
    return replace(tree, closed=frozenset(closed), links=frozenset(links))


def _with_contents(names: list[tuple[str, str]], states: dict[str, State], with_data: bool) -> Tree:
    now, left = time.time_ns(), CACHED_CONTENTS
    code: dict[str, str] = {}
    data: list[tuple[str, str]] = []
    unsteady = set()
    for path in sorted(states):
        is_code = path.endswith(CODE)
        if not is_code and not with_data:
            continue
        size = states[path][0]
        if is_code or (size <= CACHED_CONTENT and size <= left):
            left -= 0 if is_code else size
            found = _content(path)
        else:
            found = _of_state(states[path])
            # One that was written just now may be written again with the same times.
            if now - max(states[path][1:3]) < STEADY:
                unsteady.add(path)
        if is_code:
            code[path] = found
        else:
            data.append((path, found))
    return Tree(digest(sorted(names)), digest(data), code, states, unsteady=frozenset(unsteady))


def digest_of(path: str) -> str:
    """A digest of what stands at ``path``: absent, a folder, or a file with its content."""
    if path.endswith(".pyc") and os.path.basename(os.path.dirname(path)) == "__pycache__":
        return _of_compiled(path)
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return ABSENT
    if stat.S_ISDIR(status.st_mode):
        return "folder"
    if not stat.S_ISREG(status.st_mode):
        return "other"
    return _content(path) if status.st_size <= CACHED_CONTENT else _of_state(_state(status))


def _of_compiled(path: str) -> str:
    """Python makes these anew where they do not fit their source, but for those that say not to."""
    try:
        with open(path, "rb") as file:
            flags = int.from_bytes(file.read(8)[4:], "little")
    except OSError:
        flags = 0
    return _content(path) if flags & NOT_CHECKED == 1 else COMPILED


def listing_of(path: str) -> str:
    """A digest of the names in the folder ``path``."""
    try:
        names = sorted(name for name in os.listdir(path) if name not in LEFT_OUT)
    except (OSError, ValueError):
        return ABSENT
    return digest(names)


def is_older(path: str, start: int, lists: bool = False) -> bool:
    """Whether what stands at ``path`` was there as it is ``start``, in nanoseconds, and before.

    The names in a folder count only for what ``lists`` them.
    """
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return True
    if stat.S_ISDIR(status.st_mode) and not lists:
        return True
    return max(status.st_mtime_ns, status.st_ctime_ns) < start - STEADY


def _content(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return content_digest(file.read())
    except OSError as error:
        return f"closed {error.errno}"


def _state(status: os.stat_result) -> State:
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_mode)


def _of_state(state: State) -> str:
    return digest("state", *state)
