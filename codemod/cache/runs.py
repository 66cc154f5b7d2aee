"""What a whole run found, for another one over the same files with the same settings."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from codemod.cache.codec import CodecError, Shared, decode, encode
from codemod.cache.present import Present, roots_of, without_inner
from codemod.cache.store import Store
from codemod.cache.trees import content_digest, digest
from codemod.cache.verifier import CachingVerifier, OpenSession, Remembered
from codemod.errors import FileError
from codemod.files.discovery import SourceFile
from codemod.files.files import read_file
from codemod.files.line_lengths import line_length_at
from codemod.files.sources import python_of
from codemod.notebooks.notebook import Notebook
from codemod.results import FileResult
from codemod.settings import Settings
from codemod.verdict import ModelVerdict
from codemod.verify.records import VerifyOptions

Results = tuple[FileResult, ...]
OptionsOf = Callable[[Settings, Path], VerifyOptions]
SAME = {"same": True}
"""In the place of bytes that are those of the file."""


@dataclass(frozen=True)
class Place:
    """Where the results of a run are kept; ``roots`` are the folders whose state is in the key."""

    key: str
    roots: tuple[str, ...]
    contents: dict[str, bytes]


@dataclass
class Cache:
    """The cache as one run uses it: for its answers one by one, and for its results as a whole."""

    store: Store
    present: Present = field(default_factory=Present)
    remembered: Remembered = field(default_factory=Remembered)

    def opening(
        self, open_session: OpenSession
    ) -> Callable[[VerifyOptions, int], AbstractContextManager[CachingVerifier]]:
        """What opens sessions that remember."""

        def opened(options: VerifyOptions, jobs: int) -> CachingVerifier:
            return CachingVerifier(
                open_session(options, jobs), options, self.store, self.present, self.remembered
            )

        return opened

    def place(
        self,
        command: str,
        files: Sequence[SourceFile],
        settings: Settings,
        options_of: OptionsOf | None,
    ) -> Place | None:
        """Where the results of ``command`` belong; None where they cannot be kept.

        Without ``options_of`` nothing is verified.
        """
        contents: dict[str, bytes] = {}
        for file in files:
            try:
                contents[file.shown] = read_file(file.path)
            except FileError:
                return None
        roots = [str(file.root) for file in files]
        around: list[object] = [self.present.tool]
        for folder in dict.fromkeys(file.path.parent for file in files):
            entry = folder / "any.py"
            roots += roots_of(entry)
            around.append(line_length_at(entry))
            if options_of is not None:
                known = self.present.surroundings(options_of(settings, entry))
                if known is None:
                    return None
                around.append(known[0])
                roots += known[1]
        state = self._state(without_inner(roots), options_of is not None)
        if state is None:
            return None
        given = [
            (str(file.path), file.shown, str(file.root), content_digest(contents[file.shown]))
            for file in files
        ]
        key = digest("run", command, repr(settings), os.getcwd(), around, state, given)
        return Place(key, without_inner(roots), contents)

    def _state(self, roots: tuple[str, ...], verifies: bool) -> str | None:
        whole: list[tuple[str, str]] = []
        for root in roots:
            tree = self.present.tree(root, verifies)
            if tree is None:
                return None
            whole.append((root, tree.whole))
        return digest(whole, self.present.state(roots) if verifies else None)

    def _is_still(self, root: str, later: Present, verifies: bool) -> bool:
        before, after = self.present.tree(root, verifies), later.tree(root, verifies)
        if before is None or after is None or before.unsteady:
            return False
        return before.whole == after.whole and before.states == after.states

    def find(self, place: Place, files: Sequence[SourceFile]) -> list[Results] | None:
        """The results that another run has left, in the order in which it had them."""
        entry = self.store.read(place.key)
        by_name = {file.shown: file for file in files}
        try:
            reads = entry["reads"]
            if any(self.present.of(path, place.roots) != known for path, known in reads.items()):
                return None
            models = Shared(ModelVerdict, entry["models"]).decoded()
            return [
                tuple(_found(item, place, by_name, models) for item in results)
                for results in entry["results"]
            ]
        except (TypeError, KeyError, AttributeError, ValueError):
            return None

    def keep(
        self, place: Place, files: Sequence[SourceFile], results: Sequence[Results], verifies: bool
    ) -> None:
        """Keep what a run found, unless it may be another time otherwise, or something changed."""
        later = Present()
        reads = {
            path: known
            for path, known in self.remembered.reads.items()
            if self.present.of(path, place.roots) is not None
        }
        if not (
            self.remembered.lasting
            and all(self._is_still(root, later, verifies) for root in place.roots)
            and (not verifies or self.present.is_still(place.roots, later))
            and all(self.present.of(path, place.roots) == known for path, known in reads.items())
            and all(self.present.is_steady(path, place.roots, later) for path in reads)
        ):
            return
        by_name = {file.shown: file for file in files}
        models = Shared(ModelVerdict)
        try:
            kept = [
                [_kept(result, place, by_name, models) for result in group] for group in results
            ]
        except (CodecError, KeyError):
            return
        self.store.write(place.key, {"reads": reads, "models": models.items, "results": kept})


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _python(place: Place, file: SourceFile) -> tuple[bytes, Notebook | None]:
    read = python_of(place.contents[file.shown], file)
    if isinstance(read, FileResult):
        raise CodecError("it is no notebook")
    return (read.python, read) if isinstance(read, Notebook) else (read, None)


def _kept(
    result: FileResult, place: Place, files: dict[str, SourceFile], models: Shared
) -> dict[str, Any]:
    bare = replace(result, original=b"", rewritten=b"", notebook=None)
    record: dict[str, Any] = encode(bare, models)
    try:
        same = _python(place, files[result.path])[0]
    except CodecError:
        same = None
    for name in ("original", "rewritten"):
        content = getattr(result, name)
        record[name] = SAME if content == same else base64.b64encode(content).decode()
    record["notebook"] = result.notebook is not None
    return record


def _found(
    record: dict[str, Any], place: Place, files: dict[str, SourceFile], models: list[Any]
) -> FileResult:
    same, notebook = b"", None
    if record["notebook"] or SAME in (record["original"], record["rewritten"]):
        same, notebook = _python(place, files[record["path"]])
    original, rewritten = (
        same if record[name] == SAME else _bytes(record[name]) for name in ("original", "rewritten")
    )
    values = {**record, "notebook": None, "original": "", "rewritten": ""}
    found: FileResult = decode(FileResult, values, (ModelVerdict, models))
    return replace(
        found,
        original=original,
        rewritten=rewritten,
        notebook=notebook if record["notebook"] else None,
    )
