"""Running what nobody in sight calls: functions, and the methods of classes.

Each may be called at any time and any number of times. So what it changes is possible from then
on, and who reads that is run again.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field
from functools import partial

from transforms.interpret import limits
from transforms.interpret.contexts import Context
from transforms.interpret.data_functions import is_on_data
from transforms.interpret.heap import Delta, Heap, HeapObject, cell_value
from transforms.interpret.joins import identical
from transforms.interpret.objects import CLASS, Class, Function, Instance, Module, Scope, method_of
from transforms.interpret.parts import objects_in
from transforms.interpret.registry import Call
from transforms.interpret.state import Records, State
from transforms.interpret.structures import Sequence
from transforms.interpret.summaries import call_function
from transforms.interpret.values import EAGER, CompiledFunction, Parameter, Symbolic, Value

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Limited = Callable[[Module, Callable[[], None]], bool]
CALLED_BY_KERAS = frozenset(
    {"call", "train_step", "test_step", "predict_step", "compute_loss", "compute_metrics"}
)


@dataclass(eq=False)
class _Entry:
    module: Module
    run: Callable[[], None]
    reads: Delta = field(default_factory=dict)

    def is_stale(self) -> bool:
        """Whether something that it read has changed."""
        for (obj, key), value in self.reads.items():
            now = cell_value(obj, key)
            if now is not value and (now is None or value is None or not identical(now, value)):
                return True
        return False


class Entries:
    """The entries of an analysis; ``symbolic`` are the functions that are given KerasTensors."""

    def __init__(self, state: State, limited: Limited) -> None:
        self._state = state
        self._limited = limited
        self._run: list[_Entry] = []
        # What was cut short has recorded nothing, and is not begun again.
        self._begun: set[ast.AST] = set()
        self.symbolic: set[ast.AST] = set()

    def run(self, modules: Iterable[Module]) -> None:
        """Run what nobody has called so far: first what nothing names, then the rest."""
        for module in modules:
            used, definitions = _uses_and_definitions(module)
            # What classes call is judged by that, not by what it may be given.
            definitions.sort(
                key=lambda node: (
                    node.name in used,
                    node.name in used and not isinstance(node, ast.ClassDef),
                    node.lineno,
                )
            )
            for _ in range(2):
                for node in definitions:
                    self._run_definition(module, node)
            for escaped in list(self._state.escaped):
                function = self._state.functions.get(escaped)
                if function is not None and function.scope.module is module:
                    self._start(module, partial(self._run_eagerly, function, None))
        for _ in range(limits.ENTRY_ROUNDS - 1):
            stale = [entry for entry in self._run if entry.is_stale()]
            for entry in stale:
                self._again(entry)
            if not stale:
                return

    def _run_definition(self, module: Module, node: Definition) -> None:
        state = self._state
        if isinstance(node, ast.ClassDef):
            cls = state.classes.get(node)
            if cls is not None:
                self._run_class(module, cls)
        elif node not in state.records.evaluated and node not in self._begun:
            function, compiled = state.functions.get(node), state.compiled.get(node)
            if function is not None and function.owner is None:
                self._begun.add(node)
                # What a test is given are fixtures: data.
                is_eager = node.name.startswith("test_") or is_on_data(node)
                run = self._run_eagerly if is_eager else self._run_function
                self._start(module, partial(run, function, None))
            elif compiled is not None and compiled.owner is None:
                self._begun.add(node)
                self._start(module, partial(self._run_eagerly, compiled, None))

    def _start(self, module: Module, run: Callable[[], None]) -> None:
        entry = _Entry(module, run)
        self._run.append(entry)
        self._again(entry)

    def _again(self, entry: _Entry) -> None:
        heap = self._state.heap
        record = heap.begin_call()
        try:
            came_to_its_end = self._limited(entry.module, entry.run)
        finally:
            if record in heap.records:
                heap.end_call(record)
        # What was too much once is too much again.
        entry.reads = record.reads if came_to_its_end else {}

    def _run_class(self, module: Module, cls: Class) -> None:
        state = self._state
        instance = state.instances.get(cls.node)
        if instance is None:
            if cls.role == "function":
                return
            instance = self._made(module, cls)
        for name in list(cls.scope.cells):
            function = cls.scope.cells[name]
            is_compiled = isinstance(function, CompiledFunction)
            if isinstance(function, CompiledFunction):
                function = function.function
            if not isinstance(function, Function) or function.node in state.records.evaluated:
                continue
            receiver = {"static": None, "class": cls}.get(function.binding, instance)
            # Keras gives its own ``__call__`` KerasTensors, and so it does one that overrides it.
            if is_compiled or is_on_data(function.node):
                self._start(module, partial(self._run_eagerly, function, receiver))
            elif cls.role == "plain" or (cls.role != "function" and name == "__call__"):
                self._start(module, partial(self._run_function, function, receiver))
            elif name != "__init__":
                self._start(module, partial(self._run_eagerly, function, receiver))

    def _made(self, module: Module, cls: Class) -> Instance:
        """An instance of a class that nobody makes one of, in sight."""
        state = self._state

        def make(heap: Heap, context: Context) -> Instance:
            return Instance(heap, context, cls)

        instance = state.place((cls.node, "entry", cls), make)
        state.heap.allocate(instance, [(CLASS, cls)])
        state.instances[cls.node] = instance
        initializer = method_of(cls, "__init__")
        if initializer is not None:
            self._start(module, partial(self._run_function, initializer, instance))
        return instance

    def _run_function(self, function: Function, receiver: Value | None) -> None:
        """Run an uncalled function; a parameter to which it applies layers is symbolic."""
        state = self._state
        if function.node in state.escaped:
            return
        heap, outer, summaries = state.heap, state.records, state.new_summaries
        mark = heap.mark
        for round_number in range(limits.EVIDENCE_ROUNDS):
            evidence = self._evidence(function)
            call = self._call(function, receiver, evidence)
            state.records, state.new_summaries = Records(), []
            try:
                call_function(state, call, function)
            finally:
                trial, state.records = state.records, outer
                made, state.new_summaries = state.new_summaries, summaries
                delta = heap.take(mark)
                done = self._evidence(function) == evidence
                if done or round_number == limits.EVIDENCE_ROUNDS - 1:
                    outer.include(trial)
                    self._keep(delta)
                else:
                    for known, summary in made:
                        if summary in known:
                            known.remove(summary)
            if done:
                break
        if evidence:
            self.symbolic.add(function.node)

    def _keep(self, delta: Delta) -> None:
        """What an uncalled function changes may be so; what it sets of a new object is so.

        New objects that nobody can reach are forgotten.
        """
        state, heap = self._state, self._state.heap
        new: dict[HeapObject, Delta] = {}
        pending: list[Value] = []
        for (obj, key), value in delta.items():
            if not obj.cells:
                new.setdefault(obj, {})[obj, key] = value
            elif value is not None:
                pending.append(value)
        pending += [obj for obj in new if isinstance(obj, (Scope, Class))]
        pending += state.instances.values()
        kept: dict[HeapObject, None] = {}
        for value in pending:
            for obj in objects_in(value):
                if obj in new and obj not in kept:
                    kept[obj] = None
                    pending.extend(inner for inner in new[obj].values() if inner is not None)
                    pending.extend(obj.related())
        for obj in kept:
            heap.apply(new[obj])
        heap.include({cell: value for cell, value in delta.items() if cell[0] not in new})

    def _evidence(self, function: Function) -> set[Parameter]:
        """The parameters of ``function`` to which it applies layers that it makes."""
        return {item for item in self._state.evidence if item.function is function.node}

    def _call(self, function: Function, receiver: Value | None, evidence: Set[Parameter]) -> Call:
        names = _parameter_names(function)
        skip = 0 if receiver is None else 1
        without_default = len(names) - len(function.defaults)
        positional: list[Value] = [] if receiver is None else [receiver]
        keywords: dict[str, Value] = {}
        for index, name in enumerate(names[skip:], start=skip):
            value = _entry_value(function, name, evidence)
            if index < without_default:
                positional.append(value)
            elif not isinstance(value, Parameter):
                keywords[name] = value
        for argument in function.node.args.kwonlyargs:
            value = _entry_value(function, argument.arg, evidence)
            if not isinstance(value, Parameter):
                keywords[argument.arg] = value
        return Call(function.scope, None, tuple(positional), keywords)

    def _run_eagerly(self, function: Function, receiver: Value | None) -> None:
        """Run a function that is called on data: its arguments are not symbolic."""
        state = self._state
        names = _parameter_names(function)
        positional: list[Value] = [EAGER for _ in names[: len(names) - len(function.defaults)]]
        if receiver is not None and positional:
            positional[0] = receiver
        call = Call(function.scope, None, tuple(positional))
        mark = state.heap.mark
        try:
            role = function.owner.role if function.owner is not None else "plain"
            called = getattr(function.node, "name", "") in CALLED_BY_KERAS
            if called or (role == "layer" and function.node in state.compiled):
                with state.inside_layer():
                    call_function(state, call, function)
            else:
                call_function(state, call, function)
        finally:
            self._keep(state.heap.take(mark))


def _parameter_names(function: Function) -> list[str]:
    arguments = function.node.args
    return [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]


def _entry_value(function: Function, name: str, evidence: Set[Parameter]) -> Value:
    if _is_data_of_a_test(function, name):
        return EAGER
    whole, item = Parameter(function.node, name), Parameter(function.node, name, True)
    if whole in evidence:
        return Symbolic()
    return Sequence(None, Symbolic(), "tuple") if item in evidence else whole


def _is_data_of_a_test(function: Function, name: str) -> bool:
    """Whether a test takes ``name`` from a fixture beside it that makes no KerasTensor."""
    if not getattr(function.node, "name", "").startswith("test"):
        return False
    return any(
        isinstance(node, ast.FunctionDef)
        and node.name == name
        and any("fixture" in ast.unparse(one) for one in node.decorator_list)
        and not any("Input" in ast.unparse(one) for one in node.body)
        for node in function.scope.module.tree.body
    )


def _uses_and_definitions(module: Module) -> tuple[set[str], list[Definition]]:
    """The names and attributes that are read, and the functions and classes."""
    definitions: list[Definition] = [
        *module.all_of(ast.FunctionDef),
        *module.all_of(ast.AsyncFunctionDef),
        *module.all_of(ast.ClassDef),
    ]
    return {*module.names_read, *module.attributes}, definitions
