"""The analysis of sources: which expressions are raw ops on symbolic tensors.

Modules are run on abstract values, then each function and class that nobody uses in sight.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path

from transforms.interpret import limits
from transforms.interpret.contexts import Context
from transforms.interpret.entries import Entries
from transforms.interpret.modules import Loader
from transforms.interpret.objects import Scope
from transforms.interpret.registry import execute_block
from transforms.interpret.scopes import Fact, Module, OpFact
from transforms.interpret.state import AnalysisLimit, State
from transforms.interpret.written_functions import open_others
from transforms.syntax.places import CallPlaces, Place, call_places

# Each registers the behaviour that it describes.
BEHAVIOURS = (
    *("expressions", "comprehensions", "operators", "calls", "statements", "loops"),
    *("interruptions", "definitions", "containers", "dicts", "tensors", "instances", "layers"),
    *("externals", "builtin_functions", "iteration_functions", "nest_functions"),
    *("collection_classes", "chain_maps"),
)
for _name in BEHAVIOURS:
    import_module(f"transforms.interpret.{_name}")


@dataclass(frozen=True)
class Failure:
    """An error of the analysis itself, at a line of the file."""

    line: int
    message: str


def internal_error(error: Exception) -> str:
    """What is told of a fault of our own."""
    said = f": {error}" if str(error) else ""
    return f"internal error: {type(error).__name__}{said}; please report it"


@dataclass
class Analysis:
    """What was found in the sources; the maps have ``ast`` nodes of ``modules`` as keys.

    ``with_ops`` holds the files with raw ops, ``incomplete`` those whose analysis was cut short,
    ``failures`` those on which the analysis itself failed.
    """

    modules: dict[Path, Module]
    facts: Mapping[ast.AST, Fact]
    ops: Mapping[ast.AST, OpFact]
    callers: dict[ast.AST, set[ast.AST]]
    symbolic_entries: set[ast.AST]
    places: CallPlaces
    with_ops: set[Path]
    incomplete: set[Path] = field(default_factory=set)
    failures: dict[Path, Failure] = field(default_factory=dict)


def analyse(
    sources: Mapping[Path, bytes],
    paths: Iterable[Path],
    roots: Iterable[Path] = (),
    trees: Mapping[Path, ast.Module] | None = None,
) -> Analysis:
    """Analyse the files at ``paths``; ``sources`` overrides what stands on the disk.

    Modules that they import are read where they lie in the same package, folder or in ``roots``.
    ``trees`` are those of sources that are parsed already. A file that does not parse is left out
    of the result; one that the analysis fails on is named in ``failures``.
    """
    run = _Run(set(paths))
    loader = Loader(sources, run.execute, list(roots), trees or {})
    state = run.state = State(loader.load)
    modules = {path: loader.load_path(path) for path in paths}
    found = {path: module for path, module in modules.items() if module is not None}
    entries = Entries(state, run.limited)
    entries.run(found.values())
    records = state.records
    open_others(found.values(), state.modules_with_ops, records.ops, records.facts)
    places: dict[ast.AST, tuple[Place, bool]] = {}
    calls = set().union(*state.records.callers.values()) if state.modules_with_ops else set()
    for module in found.values() if calls else ():
        run.limited(module, partial(_record_places, module, calls, places))
    return Analysis(
        modules=found,
        facts=state.records.facts,
        ops=state.records.ops,
        callers=state.records.callers,
        symbolic_entries=entries.symbolic,
        places=places,
        with_ops=state.modules_with_ops,
        incomplete=state.incomplete,
        failures=run.failures,
    )


def _record_places(
    module: Module, calls: set[ast.AST], places: dict[ast.AST, tuple[Place, bool]]
) -> None:
    places.update(call_places(calls.intersection(module.all_of(ast.Call)), module.statements))


class _Run:
    """The running of modules and functions within their limits."""

    state: State

    def __init__(self, asked: set[Path]) -> None:
        self.asked = asked
        self.failures: dict[Path, Failure] = {}
        self.imported_steps = 0

    def execute(self, module: Module) -> None:
        """Run the body of a module; what is only imported shares one limit."""
        state = self.state
        module.scope = Scope(state.heap, module)
        is_asked = module.path in self.asked
        before = module.steps = 0 if is_asked else self.imported_steps
        # The import may stand in a branch, but what it runs is run for good.
        outer = (state.heap.trail, state.context, state.heap.records, state.heap.record)
        journal = state.heap.journal
        state.heap.trail, state.context = [], Context()
        state.heap.records, state.heap.record, state.heap.journal = [], None, None
        try:
            self.limited(module, partial(self._body, module))
        finally:
            state.heap.trail, state.context, state.heap.records, state.heap.record = outer
            state.heap.journal = journal
        if not is_asked:
            self.imported_steps += module.steps - before

    def _body(self, module: Module) -> None:
        execute_block(self.state, module.scope, module.tree.body)

    def limited(self, module: Module, run: Callable[[], None]) -> bool:
        """Run something of ``module``; whether it came to its end, and where not is recorded."""
        state = self.state
        outer = (list(state.running), state.steps, state.limit, state.module, state.context)
        depth, site, statement = state.layer_depth, state.site, state.statement
        state.steps = 0
        state.limit = min(limits.STEPS, limits.MODULE_STEPS - module.steps)
        state.module = module
        try:
            run()
            return True
        except (AnalysisLimit, RecursionError):
            state.incomplete.add(module.path)
        except Exception as error:  # the fault is ours: it must not end the run
            line = getattr(state.statement, "lineno", 1)
            place = state.module.path if state.module is not None else module.path
            self.failures.setdefault(place, Failure(line, internal_error(error)))
        finally:
            module.steps += state.steps
            state.running[:] = outer[0]
            _, state.steps, state.limit, state.module, state.context = outer
            state.layer_depth, state.site, state.statement = depth, site, statement
        return False
