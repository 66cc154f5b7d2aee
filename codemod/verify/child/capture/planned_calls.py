"""Calls that are made up, as texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional, Sequence

from ..protocol import MODEL_OF
from .symbolic_arguments import is_symbolic
from .unset_attributes import GIVEN


@dataclass(frozen=True)
class PlannedCall:
    """A call of a function, a method of a new object, or a class alone.

    Parameters that are ``alike`` are given another object that is made as the first one is. What
    is called ``on_class`` takes no object of it: ``Net.build(width=8)``. What the call gives is a
    function that is called with ``then``. The object has ``attributes`` that nothing sets.
    """

    owner: str
    name: Optional[str]
    making: Mapping[str, str]
    given: Mapping[str, str]
    alike: Sequence[str] = ()
    on_class: bool = False
    then: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_block(self) -> bool:
        """Whether it makes a part of a model of symbolic tensors."""
        values = [*self.making.values(), *self.given.values(), *self.then.values()]
        return any(map(is_symbolic, values))

    def text(self) -> str:
        """The call as Python; that of a block says so."""
        if self.then:
            return "%s(%s, %s)" % (MODEL_OF, self._plain_text(), _words(self.then))
        return self._text_of_block() if self.is_block else self._plain_text()

    def _plain_text(self) -> str:
        made = self._made()
        given = {**self.given, **dict.fromkeys(self.alike, made)}
        own = "" if self.name is None else "%s(%s)" % (self.name, _words(given))
        if not self.owner:
            return own
        return made + ("." + own if own else "")

    def _made(self) -> str:
        if self.on_class:
            return self.owner
        made = "%s(%s)" % (self.owner, _words(self.making))
        return "%s(%s, %s)" % (GIVEN, made, _words(self.attributes)) if self.attributes else made

    def _text_of_block(self) -> str:
        if self.name is None:
            return "%s(%s, %s)" % (MODEL_OF, self.owner, _words(self.making))
        held = {name: text for name, text in self.making.items() if is_symbolic(text)}
        if held:
            # An object that is made of tensors: all of it happens in the model.
            own = {name: text for name, text in self.given.items() if is_symbolic(text)}
            inputs = {**held, **own}
            making = _words({**self.making, **{name: name for name in held}})
            first = "%s(%s)" % (self.owner, making)
            others = dict.fromkeys(self.alike, first)
            given = _words({**self.given, **{name: name for name in own}, **others})
            call = "%s.%s(%s)" % (first, self.name, given)
            return "%s(lambda %s: %s, %s)" % (MODEL_OF, ", ".join(inputs), call, _words(inputs))
        made = self._made() if self.owner else self.name
        if self.owner and self.name != "__call__":
            made += "." + self.name
        return "%s(%s, %s)" % (MODEL_OF, made, _words(self.given))


def _words(given: Mapping[str, str]) -> str:
    return ", ".join("%s=%s" % item for item in given.items())
