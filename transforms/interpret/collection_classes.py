"""Classes of ``collections`` beside lists and dicts."""

from __future__ import annotations

from transforms.interpret.dicts import as_dict
from transforms.interpret.expressions import updated, with_entry
from transforms.interpret.registry import Call, builtin, known_items
from transforms.interpret.state import State
from transforms.interpret.structures import Mapping
from transforms.interpret.values import NONE, OPAQUE, PLAIN, Known, RecordClass, Value


@builtin("collections.namedtuple")
def _namedtuple(state: State, call: Call) -> Value:
    names = call.argument(1, "field_names") or OPAQUE
    fields: list[str] = []
    if isinstance(names, Known) and isinstance(names.value, str):
        fields = names.value.replace(",", " ").split()
    else:
        items = known_items(state, call.scope, names) or ()
        fields = [v.value for v in items if isinstance(v, Known) and isinstance(v.value, str)]
    defaults = known_items(state, call.scope, call.keywords.get("defaults", OPAQUE))
    return RecordClass(tuple(fields), defaults or ())


@builtin("typing.NamedTuple")
def _typed_namedtuple(state: State, call: Call) -> Value:
    rows = known_items(state, call.scope, call.argument(1, "fields") or OPAQUE) or ()
    pairs = [known_items(state, call.scope, row) for row in rows]
    names = [pair[0].value for pair in pairs if pair and isinstance(pair[0], Known)]
    return RecordClass(tuple(str(name) for name in names))


@builtin("collections.defaultdict")
def _defaultdict(state: State, call: Call) -> Value:
    content = Mapping({})
    for other in call.positional[1:]:
        content = updated(content, as_dict(state, call, other))
    for name, value in call.keywords.items():
        content = with_entry(content, Known(name), value)
    factory = call.first if call.first is not None and call.first != NONE else None
    content = Mapping(content.entries, content.rest, content.optional, factory)
    return state.new_dict(content, call.node)


@builtin("collections.Counter")
def _counter(state: State, call: Call) -> Value:
    return state.new_dict(Mapping({}, PLAIN), call.node)
