"""What classes of the sources and their instances do."""

from __future__ import annotations

import ast

from transforms.interpret import layers
from transforms.interpret.contexts import Context
from transforms.interpret.heap import Heap
from transforms.interpret.leaves import any_symbolic
from transforms.interpret.objects import (
    CLASS,
    Class,
    Function,
    Instance,
    Method,
    Scope,
    Super,
    bound,
    method_of,
)
from transforms.interpret.openness import opened
from transforms.interpret.registry import (
    Behaviour,
    Call,
    apply,
    behaviour,
    behaviour_of,
    call_method,
    iterate,
)
from transforms.interpret.state import State
from transforms.interpret.structures import Mapping, Sequence, holds_symbolic
from transforms.interpret.summaries import call_function
from transforms.interpret.value_kinds import Openness
from transforms.interpret.values import (
    EAGER,
    NONE,
    OPAQUE,
    BoundMethod,
    External,
    LayerValue,
    Partial,
    Plain,
    RecordClass,
    Symbolic,
    Value,
)

NAMED_TUPLE = "typing.NamedTuple"


@behaviour(Class)
class _Classes(Behaviour):
    def call(self, state: State, call: Call, owner: Value) -> Value:
        assert isinstance(owner, Class)
        return instantiate(state, call, owner)

    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        assert isinstance(owner, Class)
        found = owner.find(name)
        return OPAQUE if found is None else bound(found, owner)

    def set_attribute(
        self, state: State, scope: Scope, owner: Value, name: str, value: Value, certain: bool
    ) -> None:
        assert isinstance(owner, Class)
        state.heap.set(owner.scope, name, value, certain and owner.is_single)


def instantiate(state: State, call: Call, cls: Class) -> Value:
    """Call a class: its ``__init__``, or the fields of a dataclass or ``NamedTuple``."""
    names = field_names(cls)
    if any(isinstance(base, External) and base.dotted == NAMED_TUPLE for base in cls.bases):
        defaults = {name: cls.find(name) for name in names}
        given = {**dict(zip(names, call.positional)), **call.keywords}
        items = tuple(given.get(name) or defaults[name] or OPAQUE for name in names)
        return Sequence(items, None, "namedtuple", tuple(names))

    def make(heap: Heap, context: Context) -> Instance:
        return Instance(heap, context, cls)

    instance = state.place((call.node or state.site, "instance", cls), make)
    initializer = method_of(cls, "__init__")
    cells: dict[str, Value] = {}
    if initializer is None:
        given = {**dict(zip(names, call.positional)), **call.keywords}
        cells = {name: opened(value, Openness.UNBOUNDED) for name, value in given.items()}
        for name in names:
            default = cls.find(name)
            if name not in cells and default is not None:
                cells[name] = _default(state, call, default)
    # Even an instance without attributes is there: a second one is told by this.
    state.heap.allocate(instance, {CLASS: cls, **cells}.items())
    state.instances[cls.node] = instance
    if initializer is not None:
        given_call = call._replace(positional=(instance, *call.positional))
        call_function(state, given_call, initializer)
    elif (hook := method_of(cls, "__post_init__")) is not None:
        call_function(state, call.given(instance), hook)
    return instance


def _default(state: State, call: Call, default: Value) -> Value:
    """The default of a field; ``field(default_factory=...)`` makes one for each instance."""
    if isinstance(default, Partial) and default.function == External("dataclasses.field"):
        return apply(state, call.given(), dict(default.keywords)["default_factory"])
    return default


def field_names(cls: Class) -> list[str]:
    """The annotated names in the body of ``cls``, those of its bases first."""
    names: dict[str, None] = {}
    for candidate in reversed(cls.order()):
        for statement in candidate.node.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                names[statement.target.id] = None
    return list(names)


@behaviour(Instance)
class _Instances(Behaviour):
    def call(self, state: State, call: Call, owner: Value) -> Value:
        assert isinstance(owner, Instance)
        method = method_of(owner.cls, "__call__")
        if method is not None:
            if call.node is not None:
                state.op(call.node).other = True
            return call_function(state, _with_receiver(call, owner), method)
        if owner.cls.role not in {"layer", "model"}:
            return super().call(state, call, owner)
        return layers.call_through_keras(state, call, owner)

    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        assert isinstance(owner, Instance)
        own = state.heap.read(owner, name)
        if own is not None:
            return own
        found = owner.cls.find(name)
        if isinstance(found, Function) and found.is_property:
            return call_function(state, Call(scope, None, (owner,)), found)
        if found is not None:
            return bound(found, owner)
        if method_of(owner.cls, "__getattr__") is not None:
            return call_method(state, Call(scope, None, (OPAQUE,)), owner, "__getattr__")
        if owner.cls.role in {"layer", "model"}:
            is_model = owner.cls.role == "model"
            dotted = "keras.Model" if is_model else "keras.layers.Layer"
            return layers.layer_attribute(LayerValue(dotted, is_model=is_model), name)
        return OPAQUE

    def set_attribute(
        self, state: State, scope: Scope, owner: Value, name: str, value: Value, certain: bool
    ) -> None:
        assert isinstance(owner, Instance)
        setter = owner.cls.find(f"{name}.setter")
        if isinstance(setter, Function):
            call_function(state, Call(scope, None, (owner, value)), setter)
        else:
            state.heap.set(owner, name, value, certain)

    def item(
        self, state: State, scope: Scope, node: ast.Subscript, owner: Value, key: Value
    ) -> Value:
        return self._special(state, scope, owner, "__getitem__", key)

    def set_item(
        self,
        state: State,
        scope: Scope,
        owner: Value,
        key: Value,
        value: Value | None,
        certain: bool,
    ) -> None:
        if value is not None:
            self._special(state, scope, owner, "__setitem__", key, value)

    def iterate(self, state: State, scope: Scope, owner: Value) -> Value:
        assert isinstance(owner, Instance)
        if method_of(owner.cls, "__iter__") is None:
            return self._special(state, scope, owner, "__getitem__", Plain())
        found = self._special(state, scope, owner, "__iter__")
        if found is owner:
            return self._special(state, scope, owner, "__next__")
        return iterate(state, scope, found)

    def items(self, state: State, scope: Scope, owner: Value) -> tuple[Value, ...] | None:
        assert isinstance(owner, Instance)
        if method_of(owner.cls, "__iter__") is None:
            return None
        found = self._special(state, scope, owner, "__iter__")
        # How far a generator runs is not known.
        is_own = found is owner or isinstance(found, Sequence)
        return None if is_own else behaviour_of(found).items(state, scope, found)

    def _special(
        self, state: State, scope: Scope, owner: Value, name: str, *arguments: Value
    ) -> Value:
        assert isinstance(owner, Instance)
        if method_of(owner.cls, name) is None:
            return OPAQUE
        return call_method(state, Call(scope, None, arguments), owner, name)


def _with_receiver(call: Call, owner: Value) -> Call:
    return call._replace(positional=(owner, *call.positional))


@behaviour(Super)
class _Supers(Behaviour):
    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        assert isinstance(owner, Super)
        receiver = owner.receiver
        cls = receiver.cls if isinstance(receiver, Instance) else owner.cls
        order = cls.order()
        following = order[order.index(owner.cls) + 1 :] if owner.cls in order else order[1:]
        for candidate in following:
            found = state.heap.read(candidate.scope, name)
            if isinstance(found, Function) and found.is_property:
                return call_function(state, Call(scope, None, (receiver,)), found)
            if isinstance(found, Function) and found.binding == "instance":
                return Method(found, receiver)
            if found is not None:
                return bound(found, receiver)
        return BoundMethod(owner, name)

    def method(self, state: State, call: Call, owner: Value, name: str) -> Value:
        assert isinstance(owner, Super)
        receiver = owner.receiver
        if name == "__init__" and isinstance(receiver, Instance):
            outputs = call.argument(1, "outputs")
            if outputs is not None and holds_symbolic(outputs):
                state.heap.set(receiver, "output", outputs)
            return NONE
        if name == "__call__" and isinstance(receiver, Instance):
            return layers.call_through_keras(state, call._replace(node=None), receiver)
        if name in {"call", "__call__"}:
            return Symbolic() if any_symbolic(call.arguments) else EAGER
        if name == "get_config":
            return state.new_dict(Mapping({}, Plain()), call.node)
        return OPAQUE


@behaviour(RecordClass)
class _RecordClasses(Behaviour):
    def call(self, state: State, call: Call, owner: Value) -> Value:
        assert isinstance(owner, RecordClass)
        missing = len(owner.fields) - len(owner.defaults)
        defaults = dict(zip(owner.fields[missing:], owner.defaults))
        given = {**defaults, **dict(zip(owner.fields, call.positional)), **call.keywords}
        items = tuple(given.get(name, OPAQUE) for name in owner.fields)
        return Sequence(items, None, "namedtuple", owner.fields)

    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        return BoundMethod(owner, name)

    def method(self, state: State, call: Call, owner: Value, name: str) -> Value:
        if name == "_make" and call.first is not None:
            items = behaviour_of(call.first).items(state, call.scope, call.first)
            return self.call(state, call.given(*(items or ())), owner)
        return super().method(state, call, owner, name)
