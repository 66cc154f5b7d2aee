"""The names of new layers and classes: none is given twice, equal classes have one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from transforms.generate.layer_naming import class_name_of, other_bases
from transforms.generate.layer_source import LayerClass, without_variables
from transforms.generate.module_names import Vocabulary
from transforms.plan.own_names import OwnName, own_name
from transforms.plan.said_names import SaidNames
from transforms.sites.units import Unit
from transforms.syntax.naming import snake_case
from transforms.syntax.records import Span

BASE_CLASS = "UncastLayer"


@dataclass(kw_only=True)
class Naming:
    """Names the layers of one module as they are made, after what is ``said`` of each unit.

    ``taken`` are names of layers elsewhere, of which those in ``fixed`` are literals; ``reserved``
    must stay free, ``kept_names`` are the names that Keras 2 gave to ops and that code uses.
    ``classes`` maps each class that was made to its name.
    """

    said: SaidNames
    vocabulary: Vocabulary
    taken: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    reserved: frozenset[str] = frozenset()
    kept_names: Mapping[Span, str] = field(default_factory=dict)
    classes: dict[LayerClass, str] = field(default_factory=dict)
    _alike: dict[Hashable, LayerClass] = field(default_factory=dict)
    _shapes: dict[LayerClass, Hashable] = field(default_factory=dict)
    _layer_names: set[str] = field(default_factory=set)
    _counted: set[str] = field(default_factory=set)
    _named: set[Unit] = field(default_factory=set)
    _unnamed: set[Unit] = field(default_factory=set)

    def count(self, base: str) -> None:
        """Leave ``base`` to layers that Keras counts up, since they are made many times."""
        self._counted.add(base)

    def is_counted(self, base: str) -> bool:
        """Whether Keras counts up layers of this name."""
        return base in self._counted

    def choose_named(self, units: Sequence[Unit]) -> None:
        """Say which of the layers for ``units``, of classes of their own, have literal names.

        The others are counted by Keras, and so is one that would have the name of a counted one.
        """
        wanted: dict[Unit, str] = {}
        bases: set[str] = set()
        for unit in units:
            base = self.said.layer_base(unit)
            can, must = self._can_be_named(unit)
            if can and (must or not (base in bases or self._is_used(base))):
                wanted[unit] = base
                bases.add(base)
        self._named = set(wanted)
        while counted := {unit for unit in units if unit not in self._named} - self._unnamed:
            self._unnamed |= counted
            self._counted |= {self.said.class_base(unit) for unit in counted}
            self._named -= {unit for unit, base in wanted.items() if self.is_counted(base)}

    def is_named(self, unit: Unit) -> bool:
        """Whether the layer for ``unit``, of a class of its own, has a literal name."""
        return unit in self._named

    def _can_be_named(self, unit: Unit) -> tuple[bool, bool]:
        """Whether a literal can name the layer for ``unit``, and whether it should in any case.

        In functions its class is name enough where layers beside have none. It must be where the
        layer may be made twice.
        """
        repeated = self.said.repetition(unit)
        if repeated.unbounded:
            return False, False
        is_chosen = self.said.choices.layer_name_at(self.said.first_span(unit)) is not None
        if is_chosen or self._is_of_others(self.said.class_base(unit)):
            return True, True
        place = unit.expressions[0].place
        if place.function is None:
            return True, True
        return self.said.style.names_layers(place, repeated), False

    def kept_name(self, unit: Unit) -> str | None:
        """The name that Keras 2 gave to the op, where code uses it and one layer can have it."""
        if len(unit.expressions) > 1 or not self.said.repetition(unit).once:
            return None
        return self.kept_names.get(self.said.text.span(unit.expressions[0].root))

    def own_name(self, unit: Unit) -> OwnName | None:
        """The name that the source gives to the op, where the layer can have it."""
        if self.kept_names.get(self.said.text.span(unit.expressions[0].root)) is not None:
            return None
        return own_name(self.said.analysis, self.said.module, unit, self.said.repetition(unit))

    @property
    def base_class(self) -> str:
        """A free name for the class that holds what several new classes have in common."""
        taken = self.vocabulary.identifiers.union(self.classes.values())
        return _numbered(BASE_CLASS, taken.__contains__)

    def class_name(self, unit: Unit, made: LayerClass) -> str:
        """The name of the class ``made``; equal classes are made once."""
        made = self.class_like(made)
        if made not in self.classes:
            taken = self.vocabulary.identifiers.union(self.classes.values())
            idiom = self.said.idiom(unit)
            chosen = self.said.choices.class_name_at(self.said.first_span(unit))
            name = chosen or class_name_of(self.said.class_base(unit), idiom)
            if name in taken and not chosen:
                # Another class has the name: something else says how the two differ.
                for base in other_bases(self.said.analysis, unit, snake_case(name)):
                    other = class_name_of(base, None)
                    if other not in taken and base not in self._layer_names | self._counted:
                        self._layer_names.add(base)
                        name = other
                        break
            self.classes[made] = _numbered(
                name,
                lambda one: one in taken or (one != name and snake_case(one) in self._layer_names),
            )
        return self.classes[made]

    def class_like(self, made: LayerClass) -> LayerClass:
        """The class that stands for ``made``: it may have other variables, in another order."""
        if made not in self._shapes:
            self._shapes[made] = without_variables(made)
        return self._alike.setdefault(self._shapes[made], made)

    def unique_layer_name(self, base: str) -> str:
        """A literal name like ``base`` that no layer has, nor gets from Keras by its class."""
        name = _numbered(base, lambda one: self._is_used(one) or self.is_counted(one))
        self._layer_names.add(name)
        return name

    def _is_used(self, name: str) -> bool:
        """Whether a layer has the name already, or could get it."""
        lower = name.lower()
        return lower in self._used_elsewhere or lower in map(str.lower, self._layer_names)

    @cached_property
    def _used_elsewhere(self) -> frozenset[str]:
        known = self.vocabulary.layer_names | self.taken | self.reserved
        return frozenset(map(str.lower, known))

    def _is_of_others(self, name: str) -> bool:
        """Whether the user's layers, or literals elsewhere, may have the name."""
        return name.lower() in self._of_others

    @cached_property
    def _of_others(self) -> frozenset[str]:
        own = self.vocabulary.layer_names - self.said.style.keys
        return frozenset(map(str.lower, own | self.fixed | self.reserved))


def _numbered(base: str, is_taken: Callable[[str], bool]) -> str:
    """A free name like ``relu2``: Keras counts with an underscore, and loops do too."""
    name, number = base, 1
    while is_taken(name):
        number += 1
        name = f"{base}{number}"
    return name
