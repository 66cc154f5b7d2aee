"""What a plan is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from transforms.plan.choices import Choices
from transforms.syntax.codes import Codes
from transforms.syntax.limits import LINE_LENGTH
from transforms.syntax.records import Operators, Refusal, Span, Target

Granularity = Literal["run", "expression", "op"]
GRANULARITIES: tuple[Granularity, ...] = ("run", "expression", "op")


@dataclass(frozen=True, kw_only=True)
class PlanSettings:
    """What to plan.

    - ``lines``: where given, only sites whose statements these ranges (both ends included) touch.
    - ``granularity``: the size of units; ``finer`` gives another size for the sites it names.
    - ``verified``: true where the plan will be verified; otherwise it must be one that cannot
      move weights, whatever the model.
    - ``accepts_bits``: whether what is not proved is written where its bits are the same.
    - ``refused``: sites that verification did not accept, with the reason.
    - ``confirmed``: sites that the analysis is not sure of and that made raw ops in a run.
    - ``codes``: which findings the user wants to hear of; the others are left as they are.
    - ``taken``: names of layers in other files, which may meet those of this one in a model.
    - ``fixed``: those of them that the code says, so that Keras cannot make them unique.
    - ``names``: those that Keras 2 gave to raw ops and that code uses: layers there keep them.
    - ``choices``: what the user has decided site by site, if they were asked.
    - ``line_length``: how long the lines of new code may be.
    """

    target: Target = "layer"
    operators: Operators = "keep"
    lines: tuple[tuple[int, int], ...] = ()
    granularity: Granularity = "run"
    finer: Mapping[Span, Granularity] = field(default_factory=dict)
    verified: bool = True
    accepts_bits: bool = False
    refused: Mapping[Span, Refusal] = field(default_factory=dict)
    confirmed: frozenset[Span] = frozenset()
    codes: Codes = field(default_factory=lambda: Codes())
    taken: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    names: Mapping[Span, str] = field(default_factory=dict)
    choices: Choices = field(default_factory=lambda: Choices())
    line_length: int = LINE_LENGTH

    def target_at(self, span: Span) -> Target:
        """What the raw op at ``span`` becomes."""
        return self.choices.target_at(span) or self.target

    def granularity_at(self, span: Span) -> Granularity:
        """The size of the units at the site ``span``; ops whose names are used stand alone."""
        size = self.finer.get(span, self.granularity)
        inside = [named for named in self.names if span.holds(named)]
        if not inside:
            return size
        least: Granularity = "expression" if inside == [span] else "op"
        return max(size, least, key=GRANULARITIES.index)


def unverified_settings(
    target: Target,
    operators: Operators = "keep",
    lines: tuple[tuple[int, int], ...] = (),
    codes: Codes | None = None,
) -> PlanSettings:
    """Settings for a plan that cannot move weights, whatever the model: one layer for each op."""
    return PlanSettings(
        target=target,
        operators=operators,
        lines=lines,
        granularity="op",
        verified=False,
        codes=codes or Codes(),
    )
