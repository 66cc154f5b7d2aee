"""What is run to verify files: which code builds the models that their raw ops are in."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from codemod.engine.entries import importers, in_turn
from codemod.verify.records import VerifyRequest, WantedLines
from transforms.interpret.symbolic import Analysis


@dataclass(frozen=True)
class ModelRun:
    """Code that builds models: all of the file ``entry``, or the call ``build`` in it.

    Where ``entry`` alone shows no raw op in the lines ``wanted``, calls that might are made up.
    """

    entry: Path
    build: str | None = None
    wanted: frozenset[WantedLines] = frozenset()

    @property
    def builds(self) -> tuple[str, ...]:
        """The call as verification takes it."""
        return () if self.build is None else (self.build,)

    def request(
        self, originals: Mapping[Path, bytes], rewrites: Mapping[Path, bytes]
    ) -> VerifyRequest:
        """What verification is asked about this run."""
        return VerifyRequest(
            entry=self.entry,
            originals=originals,
            rewrites=rewrites,
            builds=self.builds,
            wanted=self.wanted,
        )


@dataclass(frozen=True)
class Group:
    """Files that are verified together, and the runs that may show their raw ops.

    Files whose code meets in one model belong together: their layers share its names.
    """

    paths: tuple[Path, ...]
    runs: tuple[ModelRun, ...]


def groups_of(
    analysis: Analysis,
    paths: Sequence[Path],
    builds: Sequence[str],
    known: Mapping[Path, bytes] = MappingProxyType({}),
) -> tuple[Group, ...]:
    """The groups of ``paths``; without ``builds`` each run is a file.

    First come the files themselves, then their callers, then those of ``known`` that import them.
    """
    if not paths:
        return ()
    if builds:
        runs = [ModelRun(_build_entry(analysis, paths, build), build) for build in builds]
        return (Group(tuple(paths), tuple(runs)),)
    callers = _callers(analysis)
    reached = {path: _reached(path, callers) for path in paths}
    importing = importers(paths, known)
    groups = []
    for members in _connected(paths, reached):
        callers_first = in_turn(reached[path] for path in members)
        importers_last = in_turn(importing[path] for path in members)
        entries = dict.fromkeys([*members, *callers_first, *importers_last])
        groups.append(Group(tuple(members), tuple(ModelRun(path) for path in entries)))
    return tuple(groups)


def _build_entry(analysis: Analysis, paths: Sequence[Path], build: str) -> Path:
    """The file in which a call without a module is evaluated: the one that defines its name."""
    name = build.partition("(")[0].strip()
    if ":" not in name:
        for path, module in analysis.modules.items():
            if any(getattr(node, "name", None) == name for node in module.tree.body):
                return path
    return paths[0]


def _callers(analysis: Analysis) -> Mapping[Path, list[Path]]:
    """For each file the files that call its functions."""
    owners: dict[ast.AST, Path] = {
        node: path
        for path, module in analysis.modules.items()
        for node in ast.walk(module.tree)
        if isinstance(node, (ast.Call, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    }
    found: dict[Path, dict[Path, None]] = {}
    for function, calls in analysis.callers.items():
        for path in sorted({owners[call] for call in calls if call in owners}):
            if function in owners and path != owners[function]:
                found.setdefault(owners[function], {})[path] = None
    return {path: list(callers) for path, callers in found.items()}


def _reached(path: Path, callers: Mapping[Path, Iterable[Path]]) -> list[Path]:
    """The files that call into ``path``, also through others, the nearest first."""
    order = [path]
    for current in order:
        order += [caller for caller in callers.get(current, ()) if caller not in order]
    return order[1:]


def _connected(
    paths: Sequence[Path], reached: Mapping[Path, Sequence[Path]]
) -> Iterator[list[Path]]:
    """``paths`` in sets that no model brings together."""
    sets: list[tuple[list[Path], set[Path]]] = []
    for path in paths:
        members, seen = [path], {path, *reached[path]}
        for other in [item for item in sets if not seen.isdisjoint(item[1])]:
            sets.remove(other)
            members = [*other[0], *members]
            seen |= other[1]
        sets.append((members, seen))
    yield from (members for members, _ in sets)
