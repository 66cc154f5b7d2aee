"""Functions of ``tf.nest``, which take structures of lists, tuples and dicts."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from transforms.interpret import limits
from transforms.interpret.iteration_functions import applied
from transforms.interpret.lists import Dict, List
from transforms.interpret.registry import Call, builtin, iterate, known_items
from transforms.interpret.state import State
from transforms.interpret.structures import Mapping, Sequence
from transforms.interpret.values import OPAQUE, Parameter, Value


@builtin("tensorflow.nest.flatten", "tensorflow.python.util.nest.flatten")
def _flat(state: State, call: Call) -> Value:
    """A list of what a structure holds; a value that is no structure is its only item."""
    given = call.first or OPAQUE
    if isinstance(given, Dict):
        return OPAQUE
    if isinstance(given, Parameter):
        # Nobody says how many there are.
        return state.new_list(Sequence(None, given, "list"), call.node)
    leaves = _leaves(state, call, given, limits.NESTING)
    if leaves is not None:
        return state.new_list(Sequence(tuple(leaves), kind="list"), call.node)
    return state.new_list(Sequence(None, iterate(state, call.scope, given), "list"), call.node)


def _leaves(state: State, call: Call, value: Value, depth: int) -> list[Value] | None:
    """What a structure of known length holds; ``None`` where that is not known."""
    if not isinstance(value, (Sequence, List)):
        return [value]
    items = known_items(state, call.scope, value) if depth else None
    found = [_leaves(state, call, item, depth - 1) for item in items or ()]
    if items is None or None in found:
        return None
    return [leaf for leaves in found for leaf in leaves or ()]


@builtin("tensorflow.nest.map_structure", "keras.tree.map_structure")
def _map_structure(state: State, call: Call) -> Value:
    """A structure like the first, of what the function gives for the parts of all."""
    if len(call.positional) < 2:
        return OPAQUE
    function, *structures = call.positional
    return _mapped(state, call, function, structures, ())


def _mapped(
    state: State,
    call: Call,
    function: Value,
    structures: list[Value],
    path: tuple[Hashable, ...],
) -> Value:
    first = structures[0]
    if len(path) >= limits.NESTING or not isinstance(first, (Sequence, List, Dict)):
        return applied(state, call, function, *structures)

    def below(key: Hashable, *parts: Value) -> Value:
        return _mapped(state, call, function, list(parts), (*path, key))

    if isinstance(first, Dict):
        content = first.content
        entries = {
            key: below(key, part, *(_entry(other, key) for other in structures[1:]))
            for key, part in content.entries.items()
        }
        rest = None if content.rest is None else below(None, content.rest)
        made = Mapping(entries, rest, content.optional)
        return state.new_dict(made, call.node, ("mapped", path))
    columns = [known_items(state, call.scope, value) for value in structures]
    known = [column for column in columns if column is not None]
    if len(known) == len(columns) and len({len(column) for column in known}) == 1:
        exact = Sequence(tuple(below(place, *row) for place, row in enumerate(zip(*known))))
    else:
        parts = [iterate(state, call.scope, one) for one in structures]
        exact = Sequence(None, below(None, *parts))
    if isinstance(first, List):
        return state.new_list(replace(exact, kind="list"), call.node, ("mapped", path))
    return exact


def _entry(structure: Value, key: Hashable) -> Value:
    if not isinstance(structure, Dict):
        return OPAQUE
    return structure.content.entries.get(key, structure.content.rest or OPAQUE)
