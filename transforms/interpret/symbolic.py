"""The analysis of sources: which expressions are raw ops on symbolic tensors.

Modules are run on abstract values, then each function and class that nobody uses in sight.
"""

from __future__ import annotations

import ast
import sys
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Set
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from transforms.interpret import calls, statements
from transforms.interpret.attributes import class_attribute
from transforms.interpret.modules import Loader
from transforms.interpret.scopes import (
    MODULE_STEP_LIMIT,
    STEP_LIMIT,
    AnalysisLimit,
    Fact,
    Module,
    OpFact,
    State,
)
from transforms.interpret.values import (
    Class,
    Eager,
    Function,
    Instance,
    Parameter,
    Sequence,
    Symbolic,
    Value,
)
from transforms.syntax.places import CallPlaces, call_places

RECURSION_LIMIT = 6000
Key = TypeVar("Key")
Item = TypeVar("Item")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
EVIDENCE_ROUNDS = 3
CALLED_BY_KERAS = frozenset(
    {"call", "train_step", "test_step", "predict_step", "compute_loss", "compute_metrics"}
)


@dataclass
class Analysis:
    """What was found in the sources; the maps have ``ast`` nodes of ``modules`` as keys.

    ``with_ops`` holds the files with raw ops, ``incomplete`` those whose analysis was cut short.
    """

    modules: dict[Path, Module]
    facts: dict[ast.AST, Fact]
    ops: dict[ast.AST, OpFact]
    callers: dict[ast.AST, set[ast.AST]]
    symbolic_entries: set[ast.AST]
    places: CallPlaces
    with_ops: set[Path]
    incomplete: set[Path] = field(default_factory=set)


def analyse(
    sources: Mapping[Path, bytes],
    paths: Iterable[Path],
    roots: Iterable[Path] = (),
    trees: Mapping[Path, ast.Module] | None = None,
) -> Analysis:
    """Analyse the files at ``paths``; ``sources`` overrides what stands on the disk.

    Modules that they import are read where they lie in the same package, folder or in ``roots``.
    ``trees`` spares the parsing of sources whose trees are known. A file that does not parse is
    left out of the result.
    """
    previous = sys.getrecursionlimit()
    sys.setrecursionlimit(max(previous, RECURSION_LIMIT))
    try:
        return _analyse(sources, list(paths), list(roots), trees or {})
    finally:
        sys.setrecursionlimit(previous)


def _analyse(
    sources: Mapping[Path, bytes],
    paths: list[Path],
    roots: list[Path],
    trees: Mapping[Path, ast.Module],
) -> Analysis:
    incomplete: set[Path] = set()
    asked = set(paths)
    imported_steps = 0

    def execute(module: Module) -> None:
        # What is only imported shares one limit.
        nonlocal imported_steps
        before = module.steps = 0 if module.path in asked else imported_steps
        _limited(state, module, incomplete, partial(_run_module, state, module))
        if module.path not in asked:
            imported_steps += module.steps - before

    loader = Loader(sources, execute, roots, trees)
    state = State(loader.load)
    modules = {path: loader.load_path(path) for path in paths}
    found = {path: module for path, module in modules.items() if module is not None}
    entries: set[ast.AST] = set()
    for module in found.values():
        _run_entries(state, module, incomplete, entries)
    places: CallPlaces = {}
    if state.modules_with_ops:
        places = call_places(module.tree for module in found.values())
    return Analysis(
        found,
        state.facts,
        state.ops,
        state.callers,
        entries,
        places,
        state.modules_with_ops,
        incomplete,
    )


def _run_module(state: State, module: Module) -> None:
    depth, state.branch_depth = state.branch_depth, 0
    outer, state.module = state.module, module
    try:
        statements.execute_block(state, module.scope, module.tree.body)
    finally:
        state.branch_depth = depth
        state.module = outer


def _limited(state: State, module: Module, incomplete: set[Path], run: Callable[[], None]) -> None:
    running = list(state.running)
    outer_steps, outer_limit = state.steps, state.limit
    state.steps, state.limit = 0, min(STEP_LIMIT, MODULE_STEP_LIMIT - module.steps)
    try:
        run()
    except (AnalysisLimit, RecursionError):
        incomplete.add(module.path)
        state.running[:] = running
    finally:
        module.steps += state.steps
        state.steps, state.limit = outer_steps, outer_limit


def _run_entries(
    state: State, module: Module, incomplete: set[Path], entries: set[ast.AST]
) -> None:
    """Run what nobody has called so far: first what nothing names, then the rest."""
    used, definitions = _uses_and_definitions(module.tree)
    definitions.sort(key=lambda node: (node.name in used, node.lineno))
    for _ in range(2):
        for node in definitions:
            if isinstance(node, ast.ClassDef):
                cls = state.classes.get(node)
                if cls is not None:
                    _limited(state, module, incomplete, partial(_run_class, state, cls, entries))
            elif node not in state.evaluated:
                function = state.functions.get(node)
                if function is not None and function.owner is None:
                    _limited(
                        state, module, incomplete, partial(_run_function, state, function, entries)
                    )
    for escaped in [*state.escaped]:
        function = state.functions.get(escaped)
        if function is not None and function.scope.module is module:
            _limited(state, module, incomplete, partial(_run_eagerly, state, function, None))


def _uses_and_definitions(tree: ast.Module) -> tuple[set[str], list[Definition]]:
    """The names and attributes that are read, and the functions and classes."""
    names = set()
    definitions = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                names.add(node.id)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            definitions.append(node)
    return names, definitions


def _parameter_names(function: Function) -> list[str]:
    arguments = function.node.args
    return [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]


def _run_function(
    state: State, function: Function, entries: set[ast.AST], receiver: Value | None = None
) -> None:
    """Run an uncalled function; a parameter to which it applies layers is symbolic."""
    if function.node in state.escaped:
        return
    names = _parameter_names(function)
    skip = 0 if receiver is None else 1
    without_default = len(names) - len(function.defaults)
    for _ in range(EVIDENCE_ROUNDS):
        evidence = _evidence(state, function)
        positional: list[Value] = [] if receiver is None else [receiver]
        keywords: dict[str, Value] = {}
        for index, name in enumerate(names[skip:], start=skip):
            value = _entry_value(function, name, evidence)
            if index < without_default:
                positional.append(value)
            elif isinstance(value, Symbolic):
                keywords[name] = value
        for argument in function.node.args.kwonlyargs:
            value = _entry_value(function, argument.arg, evidence)
            if isinstance(value, Symbolic):
                keywords[argument.arg] = value
        trial = _trial(state)
        try:
            calls.call_function(trial, None, function, positional, keywords)
        except (AnalysisLimit, RecursionError):
            _keep(state, trial)
            raise
        finally:
            state.steps = trial.steps
        if _evidence(state, function) == evidence:
            break
    _keep(state, trial)
    if evidence:
        entries.add(function.node)


def _evidence(state: State, function: Function) -> set[Parameter]:
    """The parameters of ``function`` to which it applies layers that it makes."""
    return {item for item in state.evidence if item.function is function.node}


def _entry_value(function: Function, name: str, evidence: Set[Parameter]) -> Value:
    whole, item = Parameter(function.node, name), Parameter(function.node, name, True)
    if whole in evidence:
        return Symbolic()
    if item in evidence:
        return Sequence(None, Symbolic())
    return whole


def _trial(state: State) -> State:
    """A state that sees what ``state`` knows and records on its own."""
    return replace(
        state,
        facts={},
        ops={},
        callers={},
        evaluated=set(),
        memo=ChainMap({}, state.memo),
        results=ChainMap({}, state.results),
        contexts=ChainMap({}, state.contexts),
    )


def _keep(state: State, trial: State) -> None:
    """Take the records of ``trial`` over into ``state``."""
    for node, fact in trial.facts.items():
        state.facts.setdefault(node, Fact()).include(fact)
    for node, op in trial.ops.items():
        state.op(node).include(op)
    for node, callers in trial.callers.items():
        state.callers.setdefault(node, set()).update(callers)
    state.evaluated |= trial.evaluated
    state.memo.update(_own(trial.memo))
    state.results.update(_own(trial.results))
    state.contexts.update(_own(trial.contexts))


def _own(records: MutableMapping[Key, Item]) -> MutableMapping[Key, Item]:
    return records.maps[0] if isinstance(records, ChainMap) else records


def _run_class(state: State, cls: Class, entries: set[ast.AST]) -> None:
    instance = state.instances.get(cls.node)
    if instance is None:
        if cls.role == "function":
            return
        made = Instance(cls)
        state.instances[cls.node] = made
        initializer = class_attribute(cls, "__init__")
        if isinstance(initializer, Function):
            _run_function(state, initializer, entries, made)
        instance = made
    for value in list(cls.scope.variables.values()):
        if not isinstance(value, Function) or value.node in state.evaluated:
            continue
        name = getattr(value.node, "name", "")
        # Keras gives its own ``__call__`` KerasTensors, and so it does one that overrides it.
        if cls.role == "plain" or (cls.role != "function" and name == "__call__"):
            _run_function(state, value, entries, None if value.static else instance)
        elif name != "__init__":
            _run_eagerly(state, value, None if value.static else instance)


def _run_eagerly(state: State, function: Function, receiver: Value | None) -> None:
    """Run a function that is called on data: its arguments are not symbolic."""
    names = _parameter_names(function)
    count = len(names) - len(function.defaults)
    positional: list[Value] = [Eager() for _ in names[:count]]
    if receiver is not None and positional:
        positional[0] = receiver
    if getattr(function.node, "name", "") in CALLED_BY_KERAS:
        with state.inside_layer():
            calls.call_function(state, None, function, positional, {})
    else:
        calls.call_function(state, None, function, positional, {})
