"""A verifier that answers from functions, so that the engine's rules are tested in no time."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from codemod.engine.candidates import Candidate, Planner
from codemod.engine.verified import verified_results
from codemod.files.discovery import SourceFile
from codemod.files.sources import analyse_sources, read_sources
from codemod.results import FileResult
from codemod.settings import Settings
from codemod.verdict import ModelVerdict, RawOp, Tier, Verdict
from codemod.verify.child.protocol import Depth
from codemod.verify.records import Probe, VerifyOptions, VerifyRequest
from transforms.interpret.symbolic import Analysis

Item = TypeVar("Item")
Value = TypeVar("Value")


def verdict(tier: Tier, reason: str = "", order_kept: bool = True) -> Verdict:
    """A verdict of one model."""
    model = ModelVerdict(name="m", line=1, verdict=tier, weight_order_kept=order_kept)
    return Verdict(verdict=tier, reason=reason, device="CPU", models=(model,))


def raw_ops(path: Path, source: bytes, hidden: str = "# hidden") -> tuple[RawOp, ...]:
    """The calls of ``tf`` in ``source``, but for lines that are marked as ``hidden``."""
    lines = source.decode().splitlines()
    return tuple(
        RawOp(
            path=path,
            line=call.lineno,
            end_line=call.end_lineno or call.lineno,
            column=call.col_offset,
            end_column=call.end_col_offset or call.col_offset,
            op=ast.unparse(call.func),
            layer=f"layer_{call.lineno}",
        )
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).startswith("tf.")
        and hidden not in lines[call.lineno - 1]
    )


def probe_all(request: VerifyRequest) -> Probe:
    """A probe in which every file of the request runs and makes one model."""
    ops = [op for path, source in request.originals.items() for op in raw_ops(path, source)]
    return Probe(raw_ops=tuple(ops), models=("m",))


@dataclass
class TableVerifier:
    """Answers with the functions that it is given; ``requests`` are those that it has verified.

    Checks of each request what :class:`VerifyRequest` promises.
    """

    verdict_of: Callable[[VerifyRequest], Verdict]
    probe_of: Callable[[VerifyRequest], Probe] = probe_all
    keeps_order: Callable[[VerifyRequest], bool] = lambda request: True
    requests: list[VerifyRequest] = field(default_factory=list)
    asked: list[tuple[bool, Depth]] = field(default_factory=list)
    order_requests: list[VerifyRequest] = field(default_factory=list)
    options: list[VerifyOptions] = field(default_factory=list)
    kept: dict[Path, bytes] = field(default_factory=dict)

    @contextmanager
    def open(self, options: VerifyOptions, jobs: int) -> Iterator[TableVerifier]:
        """Stand for a session that is opened with ``options``."""
        self.options.append(options)
        yield self

    def map(self, action: Callable[[Item], Value], items: Iterable[Item]) -> list[Value]:
        """The results of ``action``, one after the other."""
        return [action(item) for item in items]

    def each(self, action: Callable[[Item], Value], items: Iterable[Item]) -> Iterator[Value]:
        """The results of ``action``, one after the other."""
        for item in items:
            yield action(item)

    def keep(self, originals: Mapping[Path, bytes]) -> None:
        """Note what has to stay."""
        self.kept.update(originals)

    def probe(self, request: VerifyRequest) -> Probe:
        """What ``probe_of`` says."""
        _check(request)
        assert request.rewrites == request.originals
        return self.probe_of(request)

    def verify(self, request: VerifyRequest, keras3: bool = True, depth: Depth = "full") -> Verdict:
        """What ``verdict_of`` says."""
        _check(request)
        self.requests.append(request)
        self.asked.append((keras3, depth))
        return self.verdict_of(request)

    def keeps_weight_order(self, request: VerifyRequest) -> bool:
        """What ``keeps_order`` says."""
        _check(request)
        self.order_requests.append(request)
        return self.keeps_order(request)


def _check(request: VerifyRequest) -> None:
    assert request.entry.is_file()
    assert request.originals.keys() == request.rewrites.keys()
    for path, source in request.originals.items():
        assert path.read_bytes() == source


@dataclass(frozen=True, kw_only=True)
class Workbench:
    """Candidates by name, and what plans them."""

    analysis: Analysis
    planner: Planner
    candidates: dict[str, Candidate]


def workbench(folder: Path, settings: Settings | None = None, **sources: str) -> Workbench:
    """``sources``, written below ``folder`` by name and analysed."""
    read = read_sources(written(folder, sources))
    analysis, texts = analyse_sources(read)
    return Workbench(
        analysis=analysis,
        planner=Planner(analysis, settings or Settings()),
        candidates={
            file.path.stem: Candidate(file=file, source=read.contents[file], text=texts[file])
            for file in read.candidates
        },
    )


def verified(
    folder: Path, verifier: TableVerifier, settings: Settings | None = None, **sources: str
) -> dict[str, FileResult]:
    """The results for ``sources``, written below ``folder`` by name, as ``verifier`` answers."""
    read = read_sources(written(folder, sources))
    results = verified_results(read, settings or Settings(), verifier.open)
    return {file.path.stem: result for settled in results for file, result in settled}


def written(folder: Path, sources: Mapping[str, str]) -> list[SourceFile]:
    """``sources`` as files below ``folder``, by their names without the suffix."""
    files = []
    for name, source in sources.items():
        path = folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        files.append(SourceFile(path, f"{name}.py", folder))
    return files
