"""What ``collections.ChainMap`` does: reads are of the first dict with the key."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from transforms.interpret.dicts import value_under
from transforms.interpret.joins import join_all
from transforms.interpret.lists import Dict
from transforms.interpret.objects import Scope
from transforms.interpret.registry import Behaviour, Call, behaviour, behaviour_of, builtin
from transforms.interpret.state import State
from transforms.interpret.structures import Mapping
from transforms.interpret.values import OPAQUE, BoundMethod, Known, Value


@dataclass(frozen=True)
class ChainMap(Value):
    """A chain of dicts, which stay what they are."""

    maps: tuple[Value, ...]
    is_ground = False


@builtin("collections.ChainMap")
def _chain_map(state: State, call: Call) -> Value:
    return ChainMap(call.positional or (state.new_dict(Mapping({}), call.node),))


@behaviour(ChainMap)
class _ChainMaps(Behaviour):
    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        return BoundMethod(owner, name)

    def item(
        self, state: State, scope: Scope, node: ast.Subscript, owner: Value, key: Value
    ) -> Value:
        assert isinstance(owner, ChainMap)
        found: list[Value] = []
        for inner in owner.maps:
            content = inner.content if isinstance(inner, Dict) else Mapping({}, OPAQUE)
            is_there = isinstance(key, Known) and key.value in content.entries
            if is_there or (content.parts and not (isinstance(key, Known) and content.is_exact)):
                found.append(value_under(content, key))
            if is_there and isinstance(key, Known) and key.value not in content.optional:
                break
        return join_all(found)

    def set_item(
        self,
        state: State,
        scope: Scope,
        owner: Value,
        key: Value,
        value: Value | None,
        certain: bool,
    ) -> None:
        assert isinstance(owner, ChainMap)
        behaviour_of(owner.maps[0]).set_item(state, scope, owner.maps[0], key, value, certain)

    def method(self, state: State, call: Call, owner: Value, name: str) -> Value:
        assert isinstance(owner, ChainMap)
        inner = [behaviour_of(one).method(state, call, one, name) for one in owner.maps]
        return join_all(inner if name in {"get", "values", "items", "keys"} else inner[:1])
