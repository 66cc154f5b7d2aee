"""A small project, and runs over it whose verification answers from a table and counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from codemod.cache.interpreters import Installed
from codemod.cache.present import Present
from codemod.cache.runs import Cache
from codemod.cache.store import Store
from codemod.engine.remembered import check_remembered, rewrite_remembered
from codemod.files.discovery import discover
from codemod.limits import STEADY
from codemod.progress import Silent
from codemod.results import FileResult
from codemod.settings import Settings
from codemod.verdict import Verdict
from codemod.verify.child.protocol import Depth
from codemod.verify.records import Probe, Trace, VerifyOptions, VerifyRequest
from tests.support.table_verifier import probe_all, verdict

Item = TypeVar("Item")
Value = TypeVar("Value")

MODEL = """\
import json
import tensorflow as tf
from tensorflow import keras
from helper import widen

inputs = keras.Input((4,))
model = keras.Model(inputs, widen(tf.square(inputs), json.load(open("sizes.json"))))
"""
OTHER = """\
import tensorflow as tf
from tensorflow import keras

inputs = keras.Input((4,))
other = keras.Model(inputs, tf.sin(inputs))
"""
HELPER = """\
from tensorflow import keras


def widen(x, sizes):
    return keras.layers.Dense(sizes["width"])(x)
"""


@dataclass
class CountingSession:
    """Answers that all is proved, and says that each run has read what ``trace`` has."""

    trace_of: Callable[[VerifyRequest], Trace]
    asked: list[str] = field(default_factory=list)
    answer: Callable[[VerifyRequest], Verdict] = lambda request: verdict("proved")

    def __call__(self, options: VerifyOptions, jobs: int) -> CountingSession:
        """Stand for a session that is opened."""
        return self

    def __enter__(self) -> CountingSession:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing is open."""

    def map(self, action: Callable[[Item], Value], items: Iterable[Item]) -> list[Value]:
        """One after the other."""
        return [action(item) for item in items]

    def each(self, action: Callable[[Item], Value], items: Iterable[Item]) -> Iterator[Value]:
        """One after the other."""
        return map(action, items)

    def keep(self, originals: Mapping[Path, bytes]) -> None:
        """Nothing changes here."""

    def probe(self, request: VerifyRequest) -> Probe:
        """Every file makes a model."""
        self.asked.append(request.entry.name)
        return probe_all(request)

    def verify(self, request: VerifyRequest, keras3: bool = True, depth: Depth = "full") -> Verdict:
        """What ``answer`` says."""
        self.asked.append(request.entry.name)
        return self.answer(request)

    def keeps_weight_order(self, request: VerifyRequest) -> bool:
        """Always."""
        return True

    def trace(self, request: VerifyRequest) -> Trace:
        """What ``trace_of`` says."""
        return self.trace_of(request)


@dataclass
class Project:
    """A project in ``folder``, with its cache beside it, and what its models read."""

    folder: Path
    trace: Trace = field(default_factory=Trace)
    ask: Callable[[str], Installed | None] = lambda python: Installed(digest="", folders=())

    def __post_init__(self) -> None:
        for name, text in {
            "setup.cfg": "",
            "model.py": MODEL,
            "other.py": OTHER,
            "helper.py": HELPER,
            "sizes.json": '{"width": 3}',
        }.items():
            self.write(name, text)
        opened = {str(self.folder / name) for name in ("model.py", "helper.py", "sizes.json")}
        self.trace = Trace(opened=frozenset(opened))

    @property
    def store(self) -> Store:
        """The cache."""
        return Store(self.folder.parent / "cache")

    def cache(self) -> Cache:
        """The cache, for a run before which nothing was written for long."""
        return Cache(
            store=self.store,
            present=Present(start=time.time_ns() + STEADY, ask=self.ask),
        )

    def write(self, name: str, text: str) -> Path:
        """A file of the project, and its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def session(self) -> CountingSession:
        """A session in which ``model.py`` has read what the trace says, others only themselves."""
        return CountingSession(
            lambda request: self.trace if request.entry.name == "model.py" else Trace()
        )

    def rewrite(
        self,
        settings: Settings | None = None,
        session: CountingSession | None = None,
        write: bool = False,
        paths: tuple[str, ...] = (),
    ) -> tuple[list[FileResult], list[str]]:
        """The results of a run, and the entries that verification was asked about."""
        asked = session or self.session()
        files = discover(paths or [str(self.folder)]).files
        results = rewrite_remembered(
            files, settings or Settings(), write, Silent(), self.cache(), asked
        )
        return [result for settled in results for result in settled], asked.asked

    def check(self, settings: Settings | None = None) -> list[FileResult]:
        """The results of ``check``."""
        files = discover([str(self.folder)]).files
        return list(check_remembered(files, settings or Settings(), Silent(), self.cache()))
