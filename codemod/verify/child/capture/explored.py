"""Calls that a user of the code would make, where running it alone does not show given lines.

The calls are texts: the original decides which of them are kept, and the rewritten source makes
the same ones in the same order, since what is made decides the names of layers.
"""

from __future__ import annotations

import inspect
import itertools
import math
import re
import sys
import time
import unittest
from dataclasses import replace
from types import ModuleType
from typing import Any, Callable, Iterable, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

from ..limits import (
    AMENDED_BY_ONE,
    AMENDED_CALLS,
    CALLS_OF_A_FILE,
    COST_OF_FAILURE,
    SAME_ERRORS,
    VARIATIONS_OF_A_CALL,
)
from ..sandbox.reads import OUT_OF_TIME
from .amended import other_arguments
from .blamed import Blame, blame
from .captured import Wanted, certain
from .neighbours import trees_around
from .planned_calls import PlannedCall
from .reach import Definition, Definitions
from .signatures import Signature, Signatures
from .symbolic_arguments import as_wide, half_sizes

Try = Callable[[str], Optional[bool]]
"""Makes the call of a text; tells whether it made a model of code that was not seen before.

Nothing is told of one that made another model.
"""
Errors = Callable[[], Optional[BaseException]]
"""What the last call has raised, if it failed."""

LAYERS = re.compile(r".*(Dense|Conv|LSTM|GRU|Embedding|Attention|Transformer)")
"""Names of layers that are made to be called."""
NO_BLOCK = re.compile(r"(?i)loss|metric|accuracy|augment|preprocess|^y_(true|pred)$|^labels$")
"""Names of what is given tensors that are not symbolic."""
PARTS = 2
"""How deep objects of layers are made of such."""


class Explorer:
    """Makes calls in a module until lines are seen.

    It ends ``seconds`` after the last call that has shown something, ``longest`` seconds after it
    was made at the latest.
    """

    def __init__(
        self,
        module: ModuleType,
        path: str,
        sources: Mapping[str, bytes],
        seconds: float = math.inf,
        longest: float = math.inf,
        errors: Errors = lambda: None,
    ) -> None:
        self._seconds = seconds
        self._errors = errors
        self._latest = time.monotonic() + longest
        self._end = self._latest
        self._names = module.__dict__
        self._path = path
        self._definitions = Definitions(sources)
        around = trees_around(path, self._definitions.trees)
        self._signatures = Signatures(self._names, path, self._definitions, around)
        self._made = 0.0
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
        self._made = 0.0
        self._goes_on()
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
        if not inspect.isclass(value):
            # A statement that failed has left a stand-in for it.
            return False
        kinds = {cls.__name__ for cls in getattr(value, "__mro__", ())}
        # What layers and training steps do is no building of models.
        return "Model" in kinds or not kinds & {"Layer", "Callback", "Loss", "Metric", "Module"}

    def _explore_one(self, item: Definition, unseen: Callable[[], Wanted], attempt: Try) -> None:
        given: Optional[PlannedCall] = None
        for one, shows in self._with_amended(item, attempt):
            if shows or (shows is None and given is None):
                # Where none shows it, other branches of the first that works may.
                given = one
            if shows:
                break
        if given is None:
            return
        failing: List[PlannedCall] = []
        for other in itertools.islice(self._variations(item, given), VARIATIONS_OF_A_CALL):
            if not self._leads(item, unseen()) or self._is_over():
                return
            if self._tried(other, attempt) is False:
                failing.append(other)
        for other in self._completed(item, failing):
            if not self._leads(item, unseen()) or self._is_over():
                return
            self._tried(other, attempt)

    def _leads(self, item: Definition, wanted: Wanted) -> bool:
        return bool(wanted) and item in self._definitions.leading(wanted)

    def _with_amended(
        self, item: Definition, attempt: Try
    ) -> Iterator[Tuple[PlannedCall, Optional[bool]]]:
        """Calls of ``item`` and what they show; after one that fails, what its error asks for."""
        known: Set[str] = set()
        answered: List[Blame] = []
        left = AMENDED_CALLS
        for call in self._calls(item):
            waiting = [call]
            while waiting:
                one = waiting.pop(0)
                if self._is_over():
                    return
                if one.text() in known:
                    continue
                left -= one is not call
                known.add(one.text())
                shows = self._tried(one, attempt)
                yield one, shows
                error = self._errors()
                about = None if error is None else blame(error, self._signatures.trees)
                # What has not helped twice is no help with other values either.
                if shows is False and about is not None and answered.count(about) < SAME_ERRORS:
                    answered.append(about)
                    others = itertools.islice(self._amended(item, one, about), AMENDED_BY_ONE)
                    waiting = [*others, *waiting]
                waiting = waiting[:left]

    def _amended(self, item: Definition, call: PlannedCall, about: Blame) -> Iterator[PlannedCall]:
        """``call`` with other arguments, by the error that it has ended with."""
        if call.then or call.on_class:
            return
        inputs = self._signatures.inputs_of(item) if self._leads_to_layers(item) else []
        is_made = bool(call.owner) and (call.name is None or about.owner == "__init__")
        if call.name is not None and not is_made:
            own = self._signatures.of(item)
            for given in other_arguments(call.given, about, own, inputs):
                yield replace(call, given=given)
        if call.owner:
            # Attributes are called as the parameters that they come from.
            kept = frozenset(name.lstrip("_") for name in about.attributes)
            about = replace(about, names=about.names if is_made else kept)
            own = self._signatures.making(item)
            for making in other_arguments(call.making, about, own, inputs):
                yield replace(call, making=making)

    def _tried(self, call: PlannedCall, attempt: Try) -> Optional[bool]:
        shows = attempt(call.text())
        # What fails has most often built little.
        self._made += 1.0 if self._errors() is None else COST_OF_FAILURE
        if shows:
            self._goes_on()
        return shows

    def _goes_on(self) -> None:
        self._end = min(self._latest, time.monotonic() + self._seconds)

    def _is_over(self) -> bool:
        if time.monotonic() > self._end:
            sys.audit(OUT_OF_TIME)
            return True
        return self._made >= CALLS_OF_A_FILE

    def _calls(self, item: Definition) -> Iterator[PlannedCall]:
        calls = self._calls_of(item)
        if not item.owner or not self._signatures.is_on_class(item):
            yield from calls
            return
        made: Set[str] = set()
        for call in calls:
            # Whatever would make an object: the class alone is needed.
            one = replace(call, making={}, attributes={}, on_class=True)
            if one.text() not in made:
                made.add(one.text())
                yield one

    def _calls_of(self, item: Definition) -> Iterator[PlannedCall]:
        cls = self._names.get(item.owner) if item.owner else None
        if cls is not None and issubclass(cls, unittest.TestCase):
            if item.name.startswith("test"):
                yield PlannedCall("%s(%r).debug" % (item.owner, item.name), None, {}, {})
            return
        makes = item.name in ("__init__", "__new__")
        # Only what surely stands in a builder: a loss takes tensors as a block does.
        takes = (
            item.holds(self._certain)
            or self._applies_layers(item)
            or self._signatures.has_layers_of_parameters(item)
        )
        made = self._signatures.making(item, takes) if cls is not None else None
        own = None if makes else self._signatures.of(item, takes)
        then = self._signatures.returned(item) if takes or self._makes_parts(item) else None
        if own is not None and then is not None:
            yield from self._calls_of_returned(item, made, own, then)
        makings = [*made.sets()] if made is not None else [{}]
        owns = [*own.sets()] if own is not None else [{}]
        name = None if own is None else item.name
        alike = () if own is None or not item.owner else self._signatures.alike(item, own)
        for place in range(max(len(makings), len(owns))):
            making, given = makings[min(place, len(makings) - 1)], owns[min(place, len(owns) - 1)]
            yield PlannedCall(item.owner, name, making, given, alike)
        for given in half_sizes(owns):
            yield PlannedCall(item.owner, name, makings[0], given, alike)
        # Builders that leave the shape open need one all the same.
        shapes = own.shapes if own is not None else {}
        for place in range(max(map(len, shapes.values()), default=0)):
            sizes = {key: texts[place % len(texts)] for key, texts in shapes.items()}
            yield PlannedCall(item.owner, name, makings[0], {**owns[0], **sizes}, alike)
        # A length of one, a padding of none: what fails so may work otherwise.
        of_making = made.numbers if made is not None else {}
        of_call = own.numbers if own is not None else {}
        tensors = own.tensors if own is not None else {}
        for place in range(max(map(len, tensors.values()), default=0)):
            inputs = {key: texts[place % len(texts)] for key, texts in tensors.items()}
            yield PlannedCall(item.owner, name, makings[0], {**owns[0], **inputs}, alike)
        for given in owns if of_making or of_call else ():
            yield PlannedCall(
                item.owner, name, {**makings[0], **of_making}, {**of_call, **given}, alike
            )
        whole = own.whole if own is not None else {}
        if whole:
            yield PlannedCall(item.owner, name, makings[0], whole, alike)
        for given in owns if cls is not None and name is not None else ():
            unset = {} if _is_of_keras(cls) else self._signatures.unset(item)
            if unset:
                yield PlannedCall(item.owner, name, makings[0], given, alike, attributes=unset)

    def _calls_of_returned(
        self, item: Definition, made: Optional[Signature], own: Signature, then: Signature
    ) -> Iterator[PlannedCall]:
        """Calls of a function that gives a part of a model, and of what it gives."""
        makings = [*made.sets()] if made is not None else [{}]
        inputs = [*then.sets()]
        first = as_wide(next(own.sets()))
        for place, given in enumerate([*inputs, *half_sizes(inputs)]):
            making = makings[min(place, len(makings) - 1)]
            yield PlannedCall(item.owner, item.name, making, first, then=given)

    def _makes_parts(self, item: Definition) -> bool:
        """Whether ``item`` says names of layers; a maker of losses says none."""
        return _names_layers(item.mentioned)

    def _leads_to_layers(self, item: Definition) -> bool:
        """Whether layers may be made in or behind ``item``, which is no loss by its names."""
        words = [item.name, item.owner, *(one.arg for one in item.node.args.args)]
        if any(NO_BLOCK.search(word) for word in words):
            return False
        return _names_layers(self._signatures.mentioned_behind(item))

    def _applies_layers(self, item: Definition) -> bool:
        """Whether ``item`` is what runs when an object of layers is called as they are."""
        if item.name != "__call__" or not item.owner:
            return False
        return not _is_of_keras(self._names[item.owner]) and self._makes_layers(item.owner, PARTS)

    def _makes_layers(self, owner: str, depth: int) -> bool:
        own = [one for one in self._definitions.all if one.owner == owner]
        words = {word for one in own for word in one.mentioned if word[:1].isupper()}
        return _names_layers(words) or (
            depth > 0 and any(self._makes_layers(word, depth - 1) for word in words - {owner})
        )

    def _variations(self, item: Definition, call: PlannedCall) -> Iterator[PlannedCall]:
        if call.name is not None:
            own = self._signatures.of(item)
            for given in own.others(call.given):
                yield replace(call, given=given)
        if call.owner:
            made = self._signatures.making(item)
            for making in made.others(call.making):
                yield replace(call, making=making)

    def _completed(self, item: Definition, calls: Sequence[PlannedCall]) -> Iterator[PlannedCall]:
        """``calls`` with values for what may be left out: a branch may need them."""
        for call in calls:
            if call.is_block:
                continue
            of_call = self._signatures.of(item).optional if call.name is not None else {}
            of_making = self._signatures.making(item).optional if call.owner else {}
            given = {**call.given, **of_call, **call.given}
            making = {**call.making, **of_making, **call.making}
            if (given, making) != (call.given, call.making):
                yield replace(call, given=given, making=making)


def _names_layers(words: Iterable[str]) -> bool:
    return any(LAYERS.match(word) for word in words if word[:1].isupper())


def _is_of_keras(cls: Any) -> bool:
    return bool({one.__name__ for one in cls.__mro__} & {"Model", "Layer"})


def _goal(item: Definition) -> str:
    return item.owner if item.name in ("__init__", "__new__") else item.name
