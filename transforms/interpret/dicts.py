"""What dicts do, those with default values too."""

from __future__ import annotations

import ast

from transforms.interpret.choices import chosen_item
from transforms.interpret.expressions import updated, with_entry
from transforms.interpret.joins import join, join_all
from transforms.interpret.lists import Dict
from transforms.interpret.objects import Scope
from transforms.interpret.openness import opened
from transforms.interpret.registry import Behaviour, Call, apply, behaviour, iterate, known_items
from transforms.interpret.state import State
from transforms.interpret.structures import Mapping, OneOf, Sequence
from transforms.interpret.values import NONE, OPAQUE, PLAIN, BoundMethod, Known, Value


@behaviour(Dict)
class Dicts(Behaviour):
    """Dicts and defaultdicts."""

    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        return BoundMethod(owner, name)

    def items(self, state: State, scope: Scope, owner: Value) -> tuple[Value, ...] | None:
        assert isinstance(owner, Dict)
        content = owner.content
        return tuple(Known(key) for key in content.entries) if content.is_exact else None

    def iterate(self, state: State, scope: Scope, owner: Value) -> Value:
        assert isinstance(owner, Dict)
        content = owner.content
        keys: list[Value] = [Known(key) for key in content.entries]
        if content.rest is not None or not keys:
            keys.append(PLAIN)
        return join_all(keys)

    def item(
        self, state: State, scope: Scope, node: ast.Subscript, owner: Value, key: Value
    ) -> Value:
        assert isinstance(owner, Dict)
        content = owner.content
        if content.factory is not None:
            content = self._with_default(state, scope, node, owner, key, content)
        return value_under(content, key)

    def _with_default(
        self,
        state: State,
        scope: Scope,
        node: ast.AST,
        owner: Dict,
        key: Value,
        content: Mapping,
    ) -> Mapping:
        """What a ``defaultdict`` holds once it was asked for ``key``."""
        is_there = isinstance(key, Known) and key.value in content.entries
        if content.factory is None or (
            is_there and isinstance(key, Known) and key.value not in content.optional
        ):
            return content
        edge = (node, key.value if isinstance(key, Known) else None, "default")
        with state.inside(edge):
            default = apply(state, Call(scope), content.factory)
        changed = _with_fallback(owner.content, key, default)
        state.store(owner, changed)
        return changed

    def set_item(
        self,
        state: State,
        scope: Scope,
        owner: Value,
        key: Value,
        value: Value | None,
        certain: bool,
    ) -> None:
        assert isinstance(owner, Dict)
        content = owner.content
        if value is not None:
            state.store(owner, with_entry(content, key, value), certain)
        else:
            state.store(owner, _without(content, key), certain)

    def extend_in_place(
        self, state: State, scope: Scope, owner: Dict, other: Value, certain: bool
    ) -> None:
        """``owner |= other``."""
        state.store(owner, updated(owner.content, other), certain)

    def method(self, state: State, call: Call, owner: Value, name: str) -> Value:
        assert isinstance(owner, Dict)
        handler = getattr(self, f"do_{name}", None)
        if handler is None:
            return PLAIN
        result = handler(state, call, owner, owner.content)
        return result if isinstance(result, Value) else NONE

    def do_get(self, state: State, call: Call, owner: Dict, content: Mapping) -> Value:
        """``get``."""
        key = call.first or OPAQUE
        default = call.argument(1, "default") or NONE
        if isinstance(key, Known) and key.value in content.entries and not key.open:
            found = content.entries[key.value]
            return join(found, default) if key.value in content.optional else found
        if not content.parts:
            return opened(default, key.open)
        if isinstance(key, Known) and key.value not in content.entries and content.rest is None:
            return default if not key.open else join(value_under(content, key), default)
        return join(value_under(content, key), opened(default, key.open))

    def do_pop(self, state: State, call: Call, owner: Dict, content: Mapping) -> Value:
        """``pop``."""
        found = self.do_get(state, call, owner, content)
        state.store(owner, _without(content, call.first or OPAQUE))
        return found

    def do_popitem(self, state: State, call: Call, owner: Dict, content: Mapping) -> Value:
        """``popitem``."""
        state.store(owner, _without(content, OPAQUE))
        return Sequence((PLAIN, join_all(content.parts)))

    def do_setdefault(self, state: State, call: Call, owner: Dict, content: Mapping) -> Value:
        """``setdefault``."""
        key = call.first or OPAQUE
        default = call.argument(1, "default") or NONE
        is_there = isinstance(key, Known) and key.value in content.entries
        if is_there and isinstance(key, Known) and key.value not in content.optional:
            return content.entries[key.value]
        changed = _with_fallback(content, key, default)
        state.store(owner, changed)
        return value_under(changed, key)

    def do_values(self, state: State, call: Call, owner: Dict, content: Mapping) -> Value:
        """``values``."""
        if content.is_exact:
            return Sequence(tuple(content.entries.values()), kind="generator")
        return Sequence(None, join_all(content.parts), "generator")

    def do_items(self, state: State, call: Call, owner: Dict, content: Mapping) -> Value:
        """``items``."""
        if content.is_exact:
            rows = tuple(Sequence((Known(k), v)) for k, v in content.entries.items())
            return Sequence(rows, kind="generator")
        pair = Sequence((self.iterate(state, call.scope, owner), join_all(content.parts)))
        return Sequence(None, pair, "generator")

    def do_keys(self, state: State, call: Call, owner: Dict, content: Mapping) -> Value:
        """``keys``."""
        known = self.items(state, call.scope, owner)
        if known is not None:
            return Sequence(known, kind="generator")
        return Sequence(None, self.iterate(state, call.scope, owner), "generator")

    def do_update(self, state: State, call: Call, owner: Dict, content: Mapping) -> None:
        """``update``, of a dict, of pairs, and of keywords."""
        for other in call.positional:
            content = updated(content, as_dict(state, call, other))
        for name, value in call.keywords.items():
            content = with_entry(content, Known(name), value, name not in call.optional)
        if call.loose is not None:
            content = with_entry(content, PLAIN, call.loose)
        state.store(owner, content)

    def do_clear(self, state: State, call: Call, owner: Dict, content: Mapping) -> None:
        """``clear``."""
        state.store(owner, Mapping({}, factory=content.factory))

    def do_copy(self, state: State, call: Call, owner: Dict, content: Mapping) -> Value:
        """``copy``."""
        return state.new_dict(content, call.node)


def value_under(content: Mapping, key: Value) -> Value:
    """What is under ``key``."""
    known = content.entries.get(key.value) if isinstance(key, Known) else None
    return chosen_item(content.parts, known, key)


def _with_fallback(content: Mapping, key: Value, default: Value) -> Mapping:
    """``content`` with ``default`` under ``key`` where nothing stands there."""
    changed = with_entry(content, key, default, certain=False)
    if not isinstance(key, Known):
        return changed
    optional = changed.optional - {key.value}
    return Mapping(changed.entries, changed.rest, optional, changed.factory)


def _without(content: Mapping, key: Value) -> Mapping:
    entries = dict(content.entries)
    optional = content.optional
    if isinstance(key, Known):
        entries.pop(key.value, None)
        optional -= {key.value}
    else:
        optional = frozenset(entries)
    return Mapping(entries, content.rest, optional, content.factory)


def as_dict(state: State, call: Call, pairs: Value) -> Value:
    """The dict that ``dict(pairs)`` makes."""
    if isinstance(pairs, OneOf):
        return join_all(as_dict(state, call, item) for item in pairs.alternatives)
    if isinstance(pairs, Dict):
        return pairs
    rows = known_items(state, call.scope, pairs)
    content = Mapping({})
    for row in [iterate(state, call.scope, pairs)] if rows is None else rows:
        pair = known_items(state, call.scope, row)
        if pair is not None and len(pair) == 2:
            content = with_entry(content, pair[0], pair[1], rows is not None)
        else:
            content = with_entry(content, OPAQUE, OPAQUE, False)
    return state.new_dict(content, call.node, "pairs")
