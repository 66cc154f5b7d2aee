"""What the source says of the name of each new layer, before names are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from transforms.generate.idioms import idiom_of
from transforms.generate.layer_naming import class_base, layer_base
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.knowledge.idiom import Idiom
from transforms.plan.cells_run_again import Lines, cells_run_again, is_run_again
from transforms.plan.choices import Choices
from transforms.plan.layer_names import Repetition, repetition
from transforms.plan.name_style import NameStyle
from transforms.sites.units import Unit
from transforms.syntax.naming import snake_case
from transforms.syntax.places import CallPlaces
from transforms.syntax.records import Span
from transforms.syntax.source_text import SourceText


@dataclass(kw_only=True)
class SaidNames:
    """What the source and the ``choices`` of the user say of each unit, found once."""

    analysis: Analysis
    module: Module
    text: SourceText
    call_places: CallPlaces
    choices: Choices
    _repetitions: dict[Unit, Repetition] = field(default_factory=dict)
    _idioms: dict[Unit, Idiom | None] = field(default_factory=dict)
    _layer_bases: dict[Unit, str] = field(default_factory=dict)
    _class_bases: dict[Unit, str] = field(default_factory=dict)

    @cached_property
    def style(self) -> NameStyle:
        """What the code tells of names for layers."""
        return NameStyle(analysis=self.analysis, module=self.module)

    def first_span(self, unit: Unit) -> Span:
        """Where the unit begins: its choices are kept there."""
        return self.text.span(unit.expressions[0].root)

    def layer_base(self, unit: Unit) -> str:
        """What the layer is named after: what was chosen, else what it holds."""
        if unit not in self._layer_bases:
            self._layer_bases[unit] = self._layer_base(unit)
        return self._layer_bases[unit]

    def _layer_base(self, unit: Unit) -> str:
        span = self.first_span(unit)
        chosen_class = self.choices.class_name_at(span)
        if chosen_class is not None:
            return snake_case(chosen_class)
        return self.choices.layer_name_at(span) or layer_base(self.analysis, unit, self.idiom(unit))

    def class_base(self, unit: Unit) -> str:
        """What the class is named after."""
        if unit not in self._class_bases:
            chosen = self.choices.class_name_at(self.first_span(unit))
            own = None if chosen else class_base(self.analysis, unit, self.idiom(unit))
            self._class_bases[unit] = own or snake_case(chosen or "")
        return self._class_bases[unit]

    def idiom(self, unit: Unit) -> Idiom | None:
        """The idiom that the unit is, if it is one."""
        if unit not in self._idioms:
            self._idioms[unit] = idiom_of(self.analysis, unit)
        return self._idioms[unit]

    @cached_property
    def _cells_run_again(self) -> Sequence[Lines]:
        return cells_run_again(self.analysis, self.module, self.text)

    def repetition(self, unit: Unit) -> Repetition:
        """How often the layer of the unit is made."""
        if unit not in self._repetitions:
            self._repetitions[unit] = self._repetition(unit)
        return self._repetitions[unit]

    def _repetition(self, unit: Unit) -> Repetition:
        first = unit.expressions[0]
        if is_run_again(self.analysis, first.place, self._cells_run_again):
            return Repetition(unbounded=True)
        return repetition(self.analysis, self.call_places, first.place, first.loops)
