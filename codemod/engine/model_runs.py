"""What is run to verify files: which code builds the models that their raw ops are in."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from codemod.engine.builds import Build
from codemod.engine.entries import importers, in_turn
from codemod.engine.variants import NO_VARIANTS, VariantFinder, Variants
from codemod.verify.records import VerifyRequest, WantedPlace
from transforms.interpret.modules import absolute_name
from transforms.interpret.symbolic import Analysis


@dataclass(frozen=True)
class ModelRun:
    """Code that builds models: all of the file ``entry``, or the call ``build`` in it.

    Where ``entry`` alone shows no raw op in the lines ``wanted``, calls that might are made up.
    ``variants`` call its builders with other values. Nothing reads what ``dead`` expressions give.
    """

    entry: Path
    build: str | None = None
    wanted: frozenset[WantedPlace] = frozenset()
    variants: Variants = NO_VARIANTS
    dead: frozenset[WantedPlace] = frozenset()

    @property
    def builds(self) -> tuple[str, ...]:
        """The call as verification takes it."""
        return () if self.build is None else (self.build,)

    def request(
        self, originals: Mapping[Path, bytes], rewrites: Mapping[Path, bytes]
    ) -> VerifyRequest:
        """What verification is asked: that both sources build the same models here."""
        return VerifyRequest(
            entry=self.entry,
            originals=originals,
            rewrites=rewrites,
            builds=self.builds,
            wanted=self.wanted,
            variants=self.variants.calls,
            untried=self.variants.untried,
            with_loose=True,
            dead=self.dead,
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
    builds: Sequence[str] = (),
    given: Sequence[Path] = (),
    captures: bool = True,
    known: Mapping[Path, bytes] = MappingProxyType({}),
    finder: VariantFinder | None = None,
) -> tuple[Group, ...]:
    """The groups of ``paths``: for each the runs of ``builds``, then of files.

    A call without a module is run in each of the ``given`` files that defines its name. What
    it runs in is verified, also where it is none of ``paths``. If it ``captures``, files are run:
    first the files themselves, then their callers, then those of ``known`` that import them.
    """
    given = given or paths
    calls = [
        replace(run, variants=finder.of_build(run.entry, build)) if finder else run
        for build in builds
        for run in _runs_of(analysis, given, build)
    ]
    paths = list(dict.fromkeys([*paths, *(run.entry for run in calls if run.entry in given)]))
    if not paths:
        return ()
    callers = _callers(analysis)
    reached = {path: _reached(path, callers) for path in paths}
    meets = {path: {path, *reached[path]} for path in paths}
    # Where nothing else is run, what a call does not run is no other run's business.
    of_calls = {run: _imported(analysis, run) if captures else None for run in calls}
    importing = importers(paths, known)
    groups = []
    for members in _connected(paths, meets, list(of_calls.values())):
        callers_first = in_turn(reached[path] for path in members)
        importers_last = in_turn(importing[path] for path in members)
        entries = dict.fromkeys([*members, *callers_first, *importers_last])
        own = [
            run for run, files in of_calls.items() if files is None or not files.isdisjoint(members)
        ]
        of_files = [
            ModelRun(path, variants=finder.of_file(path) if finder else NO_VARIANTS)
            for path in entries
            if captures
        ]
        runs = [*own, *of_files]
        groups.append(Group(tuple(members), tuple(runs)))
    return tuple(groups)


def _runs_of(analysis: Analysis, given: Sequence[Path], text: str) -> list[ModelRun]:
    """The runs of one ``--build``; in the first file where no file is known to define it."""
    build = Build.parsed(text)
    if build.module:
        found = [path for path, module in analysis.modules.items() if module.name == build.module]
    else:
        found = [
            path
            for path in given
            if path in analysis.modules and build.name in defined_names(analysis.modules[path].tree)
        ]
    return [ModelRun(path, text) for path in found or given[:1]]


def defined_names(tree: ast.Module) -> set[str]:
    """The names of functions, classes and variables of a module."""
    names = {getattr(node, "name", "") for node in tree.body}
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def _imported(analysis: Analysis, run: ModelRun) -> set[Path] | None:
    """The files that a call may run: all that are imported; ``None`` where that is unknown."""
    build = Build.parsed(run.build or "")
    by_name = {module.name: path for path, module in analysis.modules.items()}
    if build.module and by_name.get(build.module) != run.entry:
        return None
    found = [run.entry]
    for path in found:
        module = analysis.modules.get(path)
        for node in ast.walk(module.tree) if module else ():
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and module is not None:
                source = absolute_name(module, node)
                names = [source, *(f"{source}.{alias.name}" for alias in node.names)]
            for name in names:
                # A package is run for each of its modules.
                parts = name.split(".")
                for length in range(1, len(parts) + 1):
                    other = by_name.get(".".join(parts[:length]))
                    if other is not None and other not in found:
                        found.append(other)
    return set(found)


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
    paths: Sequence[Path], meets: Mapping[Path, set[Path]], calls: Sequence[set[Path] | None]
) -> Iterator[list[Path]]:
    """``paths`` in sets that no model brings together; a call brings together what it runs."""
    sets: list[tuple[list[Path], set[object]]] = []
    for path in paths:
        own = [number for number, files in enumerate(calls) if files is None or path in files]
        members, seen = [path], {*meets[path], *own}
        for other in [item for item in sets if not seen.isdisjoint(item[1])]:
            sets.remove(other)
            members = [*other[0], *members]
            seen |= other[1]
        sets.append((members, seen))
    yield from (members for members, _ in sets)
