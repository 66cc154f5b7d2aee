"""The state of one analysis: the heap, the place that is run, and what is recorded."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from transforms.interpret import limits
from transforms.interpret.contexts import Context
from transforms.interpret.heap import Delta, Heap, HeapObject
from transforms.interpret.leaves import all_symbolic, leaves, symbolic_parts
from transforms.interpret.lists import CONTENT, Dict, List
from transforms.interpret.objects import Class, Function, Instance, Module
from transforms.interpret.scopes import Fact, OpFact
from transforms.interpret.structures import Address, Mapping, OneOf, Sequence
from transforms.interpret.value_kinds import Kind
from transforms.interpret.values import OF_OPTIONS, External, Known, Parameter, Symbolic, Value

# What these hold may be another thing each time, though they are the same.
_CHANGING = (Address, Sequence, Mapping, OneOf)
Made = TypeVar("Made", bound=HeapObject)


class AnalysisLimit(Exception):
    """The analysis of a module took more steps than it may."""


@dataclass(eq=False)
class Summary:
    """A call that was run: what it read of the heap, and what it gave and changed."""

    context: Context
    # The objects and parameters that it was given, in the order of their shape.
    symbols: tuple[Value, ...]
    reads: Delta
    changes: Delta
    result: Value
    made: frozenset[HeapObject] = frozenset()
    evidence: frozenset[Value] = frozenset()


@dataclass(eq=False)
class Activation:
    """A call that is running; one inside it with equal arguments takes what is known so far."""

    key: object
    node: ast.AST
    context: Context
    result: Value | None = None
    changes: Delta = field(default_factory=dict)
    recurs: bool = False
    # The steps of the calls inside it.
    inner_steps: int = 0
    # Whether the result rests on that of a call around it that is still running.
    is_provisional: bool = False


@dataclass
class Records:
    """What is recorded for planning, and the summaries that were made with it."""

    facts: dict[ast.AST, Fact] = field(default_factory=dict)
    ops: dict[ast.AST, OpFact] = field(default_factory=dict)
    callers: dict[ast.AST, set[ast.AST]] = field(default_factory=dict)
    evaluated: set[ast.AST] = field(default_factory=set)

    def include(self, other: Records) -> None:
        """Take over what ``other`` recorded."""
        for node, fact in other.facts.items():
            known = self.facts.get(node)
            if known is None:
                self.facts[node] = fact
            else:
                known.include(fact)
        for node, op in other.ops.items():
            known_op = self.ops.get(node)
            if known_op is None:
                self.ops[node] = op
            else:
                known_op.include(op)
        for node, callers in other.callers.items():
            self.callers.setdefault(node, set()).update(callers)
        self.evaluated |= other.evaluated


class State:
    """Everything that one analysis knows and collects; it belongs to one call of ``analyse``."""

    def __init__(self, load_module: Callable[[str], Module | None]) -> None:
        self.load_module = load_module
        self.heap = Heap()
        self.context = Context()
        self.shared = Context()
        self.contexts: dict[ast.AST, set[Context]] = {}
        self.records = Records()
        self.escaped: dict[ast.AST, None] = {}
        self.functions: dict[ast.AST, Function] = {}
        self.compiled: dict[ast.AST, Function] = {}
        self.classes: dict[ast.AST, Class] = {}
        self.instances: dict[ast.AST, Instance] = {}
        self.evidence: set[Parameter] = set()
        self.summaries: dict[object, list[Summary]] = {}
        self.new_summaries: list[tuple[list[Summary], Summary]] = []
        self.argument_kinds: dict[ast.AST, set[object]] = {}
        self.keeping: dict[ast.AST, frozenset[str]] = {}
        self.making_layers: dict[ast.AST, bool] = {}
        self.running: list[Activation] = []
        # The steps that each function has taken itself.
        self.own_steps: dict[ast.AST, int] = {}
        self.incomplete: set[Path] = set()
        self.steps = 0
        self.limit = limits.STEPS
        self.layer_depth = 0
        self.module: Module | None = None
        self.site: ast.AST | None = None
        self.statement: ast.stmt | None = None
        self.modules_with_ops: set[Path] = set()
        # Equal values are made once, so that what is known of them is found at once.
        self.constants: dict[ast.Constant, Known] = {}
        self.externals: dict[tuple[str, str, int], External] = {}

    def step(self) -> None:
        """Count one step, and the work on the heap; past the limit, :class:`AnalysisLimit`."""
        self.steps += 1
        work = self.heap.work
        if work >= limits.WORK:
            self.steps += work // limits.WORK
            self.heap.work = 0
        if self.steps > self.limit:
            raise AnalysisLimit

    def count_own_steps(self, ended: Activation, steps: int) -> None:
        """Let ``steps`` of a call count for its function, but for those of the calls inside it."""
        known = self.own_steps.get(ended.node, 0)
        self.own_steps[ended.node] = known + steps - ended.inner_steps
        if self.running:
            self.running[-1].inner_steps += steps

    def cut_short(self) -> None:
        """Keep in mind that not all that the module may do was looked at."""
        if self.module is not None:
            self.incomplete.add(self.module.path)

    def note(self, node: ast.AST, value: Value) -> Value:
        """Record that the expression ``node`` held ``value``."""
        facts = self.records.facts
        fact = facts.get(node)
        if fact is None:
            fact = facts[node] = Fact()
        elif fact.last is value and (value.is_ground or not isinstance(value, _CHANGING)):
            return value
        fact.last = value
        if value.open:
            fact.open = max(fact.open, value.open)
        if isinstance(value, Symbolic):
            fact.kinds |= value.kinds
            self._note_tensor(fact, value)
            return value
        kinds = value.kinds
        fact.kinds |= kinds
        if isinstance(value, OneOf):
            self.heap.work += len(value.alternatives)
        if kinds & (Kind.HOLDS_SYMBOLIC | Kind.SYMBOLIC | Kind.UNCERTAIN):
            self._note_parts(fact, value)
        return value

    def _note_tensor(self, fact: Fact, tensor: Symbolic) -> None:
        dtype = _told(tensor)
        if dtype not in fact.dtypes:
            fact.dtypes |= {dtype}
        if tensor.structured:
            fact.structured = True
        if tensor.scalings:
            fact.scalings |= tensor.scalings

    def _note_parts(self, fact: Fact, value: Value) -> None:
        for item in getattr(value, "alternatives", (value,)):
            if isinstance(item, (Sequence, Mapping, Address)):
                parts = symbolic_parts(item)
                if parts and not all_symbolic(item):
                    fact.mixed = True
                for part in parts:
                    fact.scalings |= part.scalings
                    fact.dtypes |= {_told(part)}
            elif isinstance(item, Symbolic):
                self._note_tensor(fact, item)

    def op(self, node: ast.AST) -> OpFact:
        """The record of the call, operator or subscript ``node``."""
        fact = self.records.ops.get(node)
        if fact is None:
            fact = self.records.ops[node] = OpFact()
        return fact

    def runs_eagerly(self, node: ast.AST) -> None:
        """Record that ``node`` was run without a symbolic tensor."""
        self.op(node).eager = True

    def has_op(self, node: ast.AST | None) -> bool:
        """Whether something was recorded at ``node``."""
        return node in self.records.ops

    def applied_layer(self, parameters: Iterable[Parameter]) -> None:
        """Keep in mind that a layer made on the spot is applied to ``parameters``: KerasTensors.

        Inside the ``call`` of a layer it says nothing.
        """
        if self.layer_depth == 0:
            found = set(parameters)
            self.evidence |= found
            if self.heap.record is not None:
                self.heap.record.evidence |= found

    @contextmanager
    def inside_layer(self) -> Iterator[None]:
        """What is run in this context runs when Keras calls a layer."""
        self.layer_depth += 1
        try:
            yield
        finally:
            self.layer_depth -= 1

    @contextmanager
    def inside(self, edge: object) -> Iterator[None]:
        """What is made in this context is told apart from what is made elsewhere."""
        outer, self.context = self.context, self.context.child(edge)
        try:
            yield
        finally:
            self.context = outer

    @contextmanager
    def inside_shared(self, definition: ast.AST) -> Iterator[None]:
        """What is made in this context is the same wherever ``definition`` is called."""
        outer, self.context = self.context, self.shared.child(definition)
        try:
            yield
        finally:
            self.context = outer

    def place(self, key: object, make: Callable[[Heap, Context], Made]) -> Made:
        """The address of what is made at ``key`` in this context."""
        found = self.context.objects.get(key)
        if found is None:
            found = self.context.objects[key] = make(self.heap, self.context)
            found.key = key
        return found

    def new_list(self, content: Sequence, site: object = None, tag: object = None) -> List:
        """A new list (or set, or deque) with this content, made at ``site``."""
        made = self.place((site or self.site, "list", tag), List)
        self.heap.allocate(made, [(CONTENT, content)])
        return made

    def new_dict(self, content: Mapping, site: object = None, tag: object = None) -> Dict:
        """A new dict with this content, made at ``site``."""
        made = self.place((site or self.site, "dict", tag), Dict)
        self.heap.allocate(made, [(CONTENT, content)])
        return made

    def store(self, container: List | Dict, content: Value, certain: bool = True) -> None:
        """Let a list or dict hold ``content``."""
        self.heap.set(container, CONTENT, content, certain)

    def escape(self, values: Iterable[Value]) -> None:
        """What is given to code that is not analysed: it calls the functions among it."""
        for value in values:
            for item in leaves(value) if isinstance(value, _CHANGING) else (value,):
                if isinstance(item, Function):
                    self.escaped[item.node] = None


def _told(tensor: Symbolic) -> str:
    """The dtype of ``tensor``, for who does not know of its callers."""
    return "unknown" if tensor.dtype == OF_OPTIONS else tensor.dtype
