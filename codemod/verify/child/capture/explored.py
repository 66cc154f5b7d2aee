"""Calls that a user of the code would make, where running it alone does not show given lines.

The calls are texts: the original decides which of them are kept, and the rewritten source makes
the same ones in the same order, since what is made decides the names of layers.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import math
import os
import sys
import time
import unittest
from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import Any, Callable, Dict, Iterator, List, Mapping, Sequence, Set

from ..limits import CALLS_OF_A_FILE, VARIATIONS_OF_A_CALL
from ..sandbox.reads import OUT_OF_TIME
from .annotated import Annotated
from .captured import Wanted, certain
from .class_uses import uses_of_attributes
from .made_up import (
    MOST_SETS,
    Texts,
    argument_sets,
    calls_in_sight,
    key_tables,
    values_for,
    variations,
)
from .parameters import Known, Use, looked_up, uses
from .planned_calls import PlannedCall
from .reach import Definition, Definitions
from .settings_in_sight import SettingsInSight
from .symbolic_arguments import (
    MOST_SHAPES,
    annotation_of,
    beside_tensors,
    is_symbolic,
    symbolic_values,
)

Try = Callable[[str], bool]
"""Makes the call of a text; tells whether it made a model of code that was not seen before."""


@dataclass(frozen=True)
class Signature:
    """What a call of a function or of a class has to give."""

    required: Mapping[str, Texts]
    defaults: Mapping[str, Any]
    used: Mapping[str, Use]
    objects: Mapping[str, Texts]
    seen: Sequence[Dict[str, str]]

    def sets(self) -> Iterator[Dict[str, str]]:
        """Arguments to try."""
        takes = any(is_symbolic(values[0]) for values in self.required.values())
        return argument_sets(self.required, self.seen, MOST_SHAPES if takes else MOST_SETS)

    def others(self, given: Mapping[str, str]) -> Iterator[Dict[str, str]]:
        """Arguments that take another way."""
        return variations(given, self.defaults, self.used, self.objects)


class Explorer:
    """Makes calls in a module until lines are seen, for ``seconds`` at most."""

    def __init__(
        self,
        module: ModuleType,
        path: str,
        sources: Mapping[str, bytes],
        seconds: float = math.inf,
    ) -> None:
        self._end = time.monotonic() + seconds
        self._names = module.__dict__
        self._path = path
        self._definitions = Definitions(sources)
        tables = key_tables(self._definitions.trees.get(path, ast.Module([], [])))
        functions = {
            item.owner if item.name == "__init__" else item.name: item.node
            for item in self._definitions.all
        }
        self._known = Known(tables, functions)
        self._annotated = Annotated(self._names, self._definitions.trees)
        folders = dict.fromkeys([os.getcwd(), os.path.dirname(path)])
        self._settings = SettingsInSight(self._definitions.trees, [*folders])
        self._made = 0
        self._certain: Wanted = {}

    def explore(self, unseen: Callable[[], Wanted], attempt: Try) -> None:
        """Make calls that lead to what is ``unseen``, until nothing is or none is left."""
        self._certain = certain(unseen())
        ordered = self._ordered(self._definitions.leading(unseen()))
        whole = [item for item in ordered if not self._is_block(item)]
        self._explore_all(whole, unseen, attempt)
        # A block alone tells less than a model of the project that has it.
        self._explore_all([item for item in ordered if item not in whole], unseen, attempt)

    def _is_block(self, item: Definition) -> bool:
        """Whether a function makes a part of a model of symbolic tensors that it is given."""
        return any(call.is_block for call in itertools.islice(self._calls(item), 1))

    def _explore_all(
        self, items: Sequence[Definition], unseen: Callable[[], Wanted], attempt: Try
    ) -> None:
        for item in items:
            wanted = unseen()
            if not wanted or self._is_over():
                return
            if item in self._definitions.leading(wanted):
                self._explore_one(item, unseen, attempt)

    def _ordered(self, leading: Sequence[Definition]) -> List[Definition]:
        """Those of the module, what others of them call last."""
        own = [item for item in leading if item.path == self._path and self._can_call(item)]
        called = {
            name for item in own for name in item.mentioned if name not in (item.name, item.owner)
        }
        return sorted(own, key=lambda item: (_goal(item) in called, item.name.startswith("_")))

    def _can_call(self, item: Definition) -> bool:
        value = self._names.get(item.owner or item.name)
        if value is None or not callable(value):
            return False
        if not item.owner:
            return not inspect.isclass(value)
        kinds = {cls.__name__ for cls in getattr(value, "__mro__", ())}
        # What layers and training steps do is no building of models.
        return "Model" in kinds or not kinds & {"Layer", "Callback", "Loss", "Metric", "Module"}

    def _explore_one(self, item: Definition, unseen: Callable[[], Wanted], attempt: Try) -> None:
        calls = itertools.takewhile(lambda _: not self._is_over(), self._calls(item))
        given = next((one for one in calls if self._tried(one, attempt)), None)
        if given is None:
            return
        for number, other in enumerate(self._variations(item, given)):
            done = not self._leads(item, unseen()) or number >= VARIATIONS_OF_A_CALL
            if done or self._is_over():
                return
            self._tried(other, attempt)

    def _leads(self, item: Definition, wanted: Wanted) -> bool:
        return bool(wanted) and item in self._definitions.leading(wanted)

    def _tried(self, call: PlannedCall, attempt: Try) -> bool:
        self._made += 1
        return attempt(call.text())

    def _is_over(self) -> bool:
        if time.monotonic() > self._end:
            sys.audit(OUT_OF_TIME)
            return True
        return self._made >= CALLS_OF_A_FILE

    def _calls(self, item: Definition) -> Iterator[PlannedCall]:
        cls = self._names.get(item.owner) if item.owner else None
        if cls is not None and issubclass(cls, unittest.TestCase):
            if item.name.startswith("test"):
                yield PlannedCall("%s(%r).debug" % (item.owner, item.name), None, {}, {})
            return
        makes = item.name in ("__init__", "__new__")
        # Only what surely stands in a builder: a loss takes tensors as a block does.
        takes = item.holds(self._certain)
        made = self._making(item, makes and takes) if cls is not None else None
        own = None if makes else self._signature(item, takes)
        makings = [*made.sets()] if made is not None else [{}]
        owns = [*own.sets()] if own is not None else [{}]
        for place in range(max(len(makings), len(owns))):
            yield PlannedCall(
                item.owner,
                None if own is None else item.name,
                makings[min(place, len(makings) - 1)],
                owns[min(place, len(owns) - 1)],
            )

    def _variations(self, item: Definition, call: PlannedCall) -> Iterator[PlannedCall]:
        if call.name is not None:
            own = self._signature(item)
            for given in own.others(call.given):
                yield PlannedCall(call.owner, call.name, call.making, given)
        if call.owner:
            made = self._making(item)
            for making in made.others(call.making):
                yield PlannedCall(call.owner, call.name, making, call.given)

    def _making(self, item: Definition, takes: bool = False) -> Signature:
        """How the class of a method is made; from symbolic tensors where it ``takes`` them."""
        cls = self._names[item.owner]
        owners = [one.__name__ for one in cls.__mro__]
        methods = [one for one in self._definitions.all if one.owner in owners]
        found = [one for one in methods if one.name == "__init__"]
        found.sort(key=lambda one: owners.index(one.owner))
        init = found[0].node if found else None
        kept = uses_of_attributes(init, [one.node for one in methods], self._known) if found else {}
        return self._signature_of(cls, init, item.owner, takes, kept)

    def _signature(self, item: Definition, takes: bool = False) -> Signature:
        holder = self._names[item.owner] if item.owner else None
        value = (
            self._names[item.name] if holder is None else inspect.getattr_static(holder, item.name)
        )
        return self._signature_of(value, item.node, item.name, takes)

    def _signature_of(
        self,
        value: Any,
        node: Any,
        name: str,
        takes: bool,
        kept: Mapping[str, Use] = MappingProxyType({}),
    ) -> Signature:
        parameters = _parameters(value, node)
        named = [item.name for item in parameters if item.kind not in _STARRED]
        defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
        used = {} if node is None else uses(node, self._known)
        for word, use in kept.items():
            used[word].add(use)
        seen = calls_in_sight(name, named, self._definitions.trees)
        mentioned = set(frozenset().union(*(one.mentioned for one in self._definitions.all)))
        if node is not None:
            own = {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}
            own |= {item.attr for item in ast.walk(node) if isinstance(item, ast.Attribute)}
            mentioned = own if any(word[:1].isupper() for word in own) else mentioned
        keys = frozenset() if node is None else looked_up(node)
        required = {
            item.name: self._annotated.values(
                item.annotation,
                item.name,
                self._fallback(item.name, used.get(item.name, Use()), mentioned),
                keys,
            )
            for item in parameters
            if item.default is item.empty and item.kind not in _STARRED
        }
        if takes:
            tensors = {
                word: symbolic_values(
                    word, used.get(word, Use()), annotation_of(node, word), mentioned
                )
                for word in required
            }
            if any(tensors.values()):
                plain = {word: beside_tensors(values) for word, values in required.items()}
                required = {word: tensors[word] or plain[word] for word in required}
                seen = []
        objects = {
            item.name: self._annotated.objects(item.annotation, keys)
            for item in parameters
            if item.name in required or item.default is None
        }
        asked = {name: used[name] for name in named if name in used}
        return Signature(required, defaults, asked, objects, seen)

    def _fallback(self, name: str, use: Use, mentioned: Set[str]) -> Texts:
        read = frozenset(path[0].lstrip(".") for path in use.paths if path[0].startswith("."))
        return [
            *self._annotated.settings(read),
            *values_for(name, use, mentioned, self._settings.fitting),
        ]


_STARRED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _goal(item: Definition) -> str:
    return item.owner if item.name in ("__init__", "__new__") else item.name


def _parameters(value: Any, node: Any) -> List[inspect.Parameter]:
    """The parameters of a function, or of making a class, without ``self``."""
    function = value
    if isinstance(value, (staticmethod, classmethod)):
        function = value.__func__
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []
    is_method = (
        node is not None and not inspect.isclass(value) and not isinstance(value, staticmethod)
    )
    first = node.args.args[0].arg if node is not None and node.args.args else ""
    if is_method and first in ("self", "cls") and found and found[0].name == first:
        found = found[1:]
    return found
