"""What lists, tuples, sets, deques and generators do."""

from __future__ import annotations

import ast

from transforms.interpret import limits
from transforms.interpret.choices import chosen_item
from transforms.interpret.joins import join_all, shallow
from transforms.interpret.leaves import contents
from transforms.interpret.lists import List
from transforms.interpret.objects import Scope
from transforms.interpret.registry import Behaviour, Call, behaviour, iterate, known_items
from transforms.interpret.state import State
from transforms.interpret.structures import Mapping, Sequence
from transforms.interpret.values import NONE, PLAIN, BoundMethod, Known, Value


def appended(content: Sequence, *values: Value) -> Sequence:
    """``content`` with more items at its end."""
    if content.items is not None and len(content.items) + len(values) <= limits.LIST_LENGTH:
        return shallow(Sequence((*content.items, *values), kind=content.kind))
    return loosened(content, *values)


def loosened(content: Sequence, *values: Value) -> Sequence:
    """``content`` with more items anywhere, its length no longer known."""
    parts = (*content.parts, *values)
    return shallow(Sequence(None, join_all(parts) if parts else None, content.kind))


@behaviour(Sequence)
class Sequences(Behaviour):
    """Tuples, generators and slices, and what lists have in common with them."""

    def content(self, owner: Value) -> Sequence:
        """What it holds."""
        found = contents(owner)
        assert isinstance(found, Sequence)
        return found

    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        content = self.content(owner)
        if name in content.fields and content.items is not None:
            return content.items[content.fields.index(name)]
        return BoundMethod(owner, name)

    def items(self, state: State, scope: Scope, owner: Value) -> tuple[Value, ...] | None:
        return self.content(owner).items

    def iterate(self, state: State, scope: Scope, owner: Value) -> Value:
        return join_all(self.content(owner).parts)

    def item(
        self, state: State, scope: Scope, node: ast.Subscript, owner: Value, key: Value
    ) -> Value:
        content = self.content(owner)
        if isinstance(node.slice, ast.Slice):
            piece = _piece(content, node.slice)
            return state.new_list(piece, node) if isinstance(owner, List) else piece
        known: Value | None = None
        index = key.value if isinstance(key, Known) else None
        items = content.items
        if isinstance(index, int) and items is not None and -len(items) <= index < len(items):
            known = items[index]
        return chosen_item(content.parts, known, key)

    def method(self, state: State, call: Call, owner: Value, name: str) -> Value:
        handler = getattr(self, f"do_{name}", None)
        if handler is None:
            return PLAIN
        result = handler(state, call, owner, self.content(owner))
        return result if isinstance(result, Value) else NONE

    def do_copy(self, state: State, call: Call, owner: Value, content: Sequence) -> Value:
        """``copy``."""
        return state.new_list(content, call.node) if isinstance(owner, List) else owner

    def do__asdict(self, state: State, call: Call, owner: Value, content: Sequence) -> Value:
        """``_asdict`` of named tuples."""
        return state.new_dict(Mapping(dict(zip(content.fields, content.items or ()))), call.node)

    def do__replace(self, state: State, call: Call, owner: Value, content: Sequence) -> Value:
        """``_replace`` of named tuples."""
        pairs = zip(content.fields, content.items or ())
        items = tuple(call.keywords.get(name, item) for name, item in pairs)
        return Sequence(items, None, content.kind, content.fields)

    def do_send(self, state: State, call: Call, owner: Value, content: Sequence) -> Value:
        """``send`` of generators."""
        return join_all(content.parts)


def _piece(content: Sequence, piece: ast.Slice) -> Sequence:
    kind = content.kind if content.kind != "namedtuple" else "tuple"
    if content.items is not None:
        try:
            bounds = [
                None if part is None else int(ast.literal_eval(part))
                for part in (piece.lower, piece.upper, piece.step)
            ]
            return Sequence(content.items[slice(*bounds)], kind=kind)
        except (ValueError, TypeError):
            pass
    return Sequence(None, join_all(content.parts) if content.parts else None, kind)


@behaviour(List)
class Lists(Sequences):
    """Lists, sets and deques: what changes them."""

    def set_item(
        self,
        state: State,
        scope: Scope,
        owner: Value,
        key: Value,
        value: Value | None,
        certain: bool,
    ) -> None:
        assert isinstance(owner, List)
        content = owner.content
        items = content.items
        index = key.value if isinstance(key, Known) else None
        exact = isinstance(index, int) and items is not None and -len(items) <= index < len(items)
        if exact and items is not None and isinstance(index, int):
            changed = list(items)
            if value is None:
                del changed[index]
            else:
                changed[index] = value
            content = Sequence(tuple(changed), kind=content.kind)
        elif isinstance(key, Sequence) and value is not None:
            content = loosened(content, iterate(state, scope, value))
        else:
            content = loosened(content, *([] if value is None else [value]))
        state.store(owner, content, certain)

    def extend_in_place(
        self, state: State, scope: Scope, owner: List, other: Value, certain: bool
    ) -> None:
        """``owner += other``."""
        items = known_items(state, scope, other)
        if items is not None:
            content = appended(owner.content, *items)
        else:
            content = loosened(owner.content, iterate(state, scope, other))
        state.store(owner, content, certain)

    def do_append(self, state: State, call: Call, owner: List, content: Sequence) -> None:
        """``append``, and ``add`` of sets."""
        if call.first is not None:
            state.store(owner, appended(content, call.first))

    do_add = do_append

    def do_appendleft(self, state: State, call: Call, owner: List, content: Sequence) -> None:
        """``appendleft`` of deques."""
        if call.first is not None:
            state.store(owner, _with_first(content, call.first))

    def do_insert(self, state: State, call: Call, owner: List, content: Sequence) -> None:
        """``insert``."""
        if len(call.positional) != 2:
            return
        place, value = call.positional
        at_start = place == Known(0)
        state.store(owner, _with_first(content, value) if at_start else loosened(content, value))

    def do_extend(self, state: State, call: Call, owner: List, content: Sequence) -> None:
        """``extend``, and ``update`` of sets."""
        if call.first is not None:
            self.extend_in_place(state, call.scope, owner, call.first, True)

    do_update = do_extendleft = do_extend

    def do_pop(self, state: State, call: Call, owner: List, content: Sequence) -> Value:
        """``pop``."""
        items = content.items
        if items and content.kind != "set" and call.positional in ((), (Known(-1),), (Known(0),)):
            first = call.positional == (Known(0),)
            state.store(owner, Sequence(items[1:] if first else items[:-1], kind=content.kind))
            return items[0] if first else items[-1]
        state.store(owner, loosened(content))
        return join_all(content.parts)

    def do_popleft(self, state: State, call: Call, owner: List, content: Sequence) -> Value:
        """``popleft`` of deques."""
        return self.do_pop(state, call.given(Known(0)), owner, content)

    def do_reverse(self, state: State, call: Call, owner: List, content: Sequence) -> None:
        """``reverse``."""
        if content.items is not None:
            state.store(owner, Sequence(content.items[::-1], kind=content.kind))

    def do_sort(self, state: State, call: Call, owner: List, content: Sequence) -> None:
        """``sort``."""
        if content.items is not None:
            state.store(owner, _in_any_order(content))

    do_rotate = do_sort

    def do_clear(self, state: State, call: Call, owner: List, content: Sequence) -> None:
        """``clear``."""
        state.store(owner, Sequence((), kind=content.kind))

    def do_remove(self, state: State, call: Call, owner: List, content: Sequence) -> None:
        """``remove``."""
        state.store(owner, loosened(content))

    do_discard = do_remove

    def do_union(self, state: State, call: Call, owner: List, content: Sequence) -> Value:
        """``union`` and the like of sets."""
        found = [iterate(state, call.scope, value) for value in call.positional]
        return state.new_list(loosened(content, *found), call.node)

    do_intersection = do_difference = do_symmetric_difference = do_union


def _with_first(content: Sequence, value: Value) -> Sequence:
    if content.items is not None and len(content.items) < limits.LIST_LENGTH:
        return shallow(Sequence((value, *content.items), kind=content.kind))
    return loosened(content, value)


def _in_any_order(content: Sequence) -> Sequence:
    items = content.items or ()
    if not items:
        return content
    either = join_all(items)
    return Sequence(tuple(either for _ in items), kind=content.kind)
