"""Verification that remembers: what it answered once it answers again, while nothing changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeVar, cast

from codemod.cache.codec import decode, encode
from codemod.cache.mentioned import mentioned
from codemod.cache.present import BELOW, LISTED, UNKNOWN, Present, roots_of
from codemod.cache.store import Store
from codemod.cache.trees import content_digest, digest
from codemod.limits import CACHED_ANSWERS, CACHED_READS
from codemod.verdict import Verdict
from codemod.verify.child.protocol import Depth
from codemod.verify.records import Probe, Trace, VerifyOptions, VerifyRequest
from codemod.verify.verifier import Verifier

Item = TypeVar("Item")
Value = TypeVar("Value")


class Session(Verifier, Protocol):
    """An open session of verification that can say what its answers came from."""

    def __enter__(self) -> Session: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    def trace(self, request: VerifyRequest) -> Trace: ...


OpenSession = Callable[[VerifyOptions, int], Session]


@dataclass
class Remembered:
    """What the answers of a run came from, for whoever keeps its results as a whole.

    ``reads`` has the digest of each path that no project tells of; without ``lasting`` one of the
    answers may be another one next time.
    """

    reads: dict[str, str] = field(default_factory=dict)
    lasting: bool = True


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """An answer that waits for the end, and for nothing to have changed until then."""

    key: str
    value: Any
    reads: dict[str, str]
    roots: tuple[str, ...]


class CachingVerifier:
    """A session that is asked only for what the cache does not have. Threads may share it."""

    def __init__(
        self,
        session: Session,
        options: VerifyOptions,
        store: Store,
        present: Present,
        remembered: Remembered,
    ) -> None:
        self._session = session
        self._store = store
        self._present = present
        self._remembered = remembered
        self._options = options
        self._surroundings = present.surroundings(options)
        self._answers: list[_Answer] = []
        self._lock = threading.Lock()

    def __enter__(self) -> CachingVerifier:
        self._session.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._session.__exit__(kind, error, traceback)
        self._keep_answers()

    def map(self, action: Callable[[Item], Value], items: Iterable[Item]) -> list[Value]:
        """The results of ``action`` for ``items``, as many at once as the session does."""
        return self._session.map(action, items)

    def each(self, action: Callable[[Item], Value], items: Iterable[Item]) -> Iterator[Value]:
        """The results of ``action`` for ``items``, each as soon as it is there."""
        return self._session.each(action, items)

    def keep(self, originals: Mapping[Path, bytes]) -> None:
        """Let all later runs see these bytes at these paths."""
        self._session.keep(originals)

    def probe(self, request: VerifyRequest) -> Probe:
        """What the originals do."""
        return cast(
            Probe, self._known("probe", Probe, request, lambda: self._session.probe(request))
        )

    def verify(self, request: VerifyRequest, keras3: bool = True, depth: Depth = "full") -> Verdict:
        """Whether the rewritten models equal the originals."""

        def run() -> Verdict:
            return self._session.verify(request, keras3, depth)

        return cast(Verdict, self._known(f"verify {keras3} {depth}", Verdict, request, run))

    def keeps_weight_order(self, request: VerifyRequest) -> bool:
        """Whether the rewritten models have the weights of the originals in the same order."""

        def run() -> bool:
            return self._session.keeps_weight_order(request)

        return cast(bool, self._known("order", bool, request, run))

    def _known(
        self, question: str, kind: Any, request: VerifyRequest, run: Callable[[], object]
    ) -> object:
        place = self._place(question, request)
        if place is None:
            self._remembered.lasting = False
            return run()
        key, roots = place
        found = self._read(key, kind, roots)
        if found is not None:
            value, reads = found
        else:
            value = run()
            asked = self._reads(request, self._session.trace(request), roots)
            if asked is None:
                self._remembered.lasting = False
                return value
            reads = asked
            with self._lock:
                self._answers.append(
                    _Answer(key=key, value=encode(value), reads=reads, roots=roots)
                )
        with self._lock:
            self._remembered.reads.update(reads)
        return value

    def _place(self, question: str, request: VerifyRequest) -> tuple[str, tuple[str, ...]] | None:
        """The key of an answer, and the folders whose state belongs to it; None for no key."""
        if self._surroundings is None:
            return None
        around, folders = self._surroundings
        roots = roots_of(request.entry, folders)
        state = self._present.state(roots)
        if state is None:
            return None
        sides = [
            sorted((str(path), content_digest(content)) for path, content in side.items())
            for side in (request.originals, request.rewrites)
        ]
        asked = (
            str(request.entry),
            str(request.rewritten_entry),
            request.builds,
            sorted((str(path), *lines) for path, *lines in request.wanted),
            request.variants,
            request.untried,
            request.with_loose,
            sorted((str(path), *place) for path, *place in request.dead),
        )
        return digest("answer", around, state, question, asked, sides), roots

    def _read(
        self, key: str, kind: Any, roots: tuple[str, ...]
    ) -> tuple[object, dict[str, str]] | None:
        for entry in _entries(self._store.read(key)):
            try:
                reads = entry["reads"]
                if all(self._present.of(path, roots) == known for path, known in reads.items()):
                    return decode(kind, entry["value"]), reads
            except (TypeError, KeyError, AttributeError, ValueError):
                continue
        return None

    def _reads(
        self, request: VerifyRequest, trace: Trace, roots: tuple[str, ...]
    ) -> dict[str, str] | None:
        """What the answer has read, with digests; None where it is not to be kept."""
        if not trace.lasting:
            return None
        given = {str(path) for path in request.originals}
        given |= {str(path.resolve()) for path in request.originals}
        # An entry that is none of them was read before anything was noted.
        paths = {str(request.entry), *trace.opened, *(LISTED + path for path in trace.listed)}
        paths |= {BELOW + path for path in self._mentioned(request, paths, roots)}
        reads = {
            path: known
            for path in sorted(paths - given)
            if (known := self._present.of(path, roots)) is not None
        }
        if UNKNOWN in reads.values() or len(reads) > CACHED_READS:
            return None
        return reads

    def _mentioned(
        self, request: VerifyRequest, paths: Iterable[str], roots: tuple[str, ...]
    ) -> set[str]:
        """The paths outside of the project that the sources name which were run."""
        sources = [*request.originals.values()]
        for path in paths:
            if path.endswith(".py"):
                with suppress(OSError):
                    sources.append(Path(path).read_bytes())
        folders = {request.entry.parent, *map(Path, roots)}
        return mentioned(sources, folders)

    def _keep_answers(self) -> None:
        """Write down the answers whose reading has not changed since the run began."""
        later = Present(ask=self._present.ask)
        if self._answers and later.surroundings(self._options) != self._surroundings:
            self._remembered.lasting = False
            return
        still: dict[tuple[str, ...], bool] = {}
        for answer in self._answers:
            roots = answer.roots
            if roots not in still:
                still[roots] = self._present.is_still(roots, later)
            steady = still[roots] and all(
                self._present.is_steady(path, roots, later) for path in answer.reads
            )
            if steady:
                entry = {"reads": answer.reads, "value": answer.value}
                # Those before it hold when what they have read comes back, as with a branch.
                others = [one for one in _entries(self._store.read(answer.key)) if one != entry]
                self._store.write(answer.key, [entry, *others][:CACHED_ANSWERS])


def _entries(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
