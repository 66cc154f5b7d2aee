"""What the user has decided of the raw expressions of one module, site by site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from transforms.sites import refusals
from transforms.syntax.records import Refusal, Span, Target


@dataclass(frozen=True, kw_only=True)
class Choices:
    """The sites to rewrite and those to leave.

    - ``accepted``: the sites that may be rewritten; ``None``: all but those that are ``left``.
    - ``left``: sites that stay, with the reason.
    - ``refused``: sites that nobody was asked about, since there is no rewrite of them.
    - ``targets``: what becomes of sites, and of raw ops inside them, if not what the settings say.
    - ``names``: what the layers of units are called, by their first sites: a name with a capital
      letter is that of the class.
    """

    accepted: frozenset[Span] | None = None
    left: Mapping[Span, Refusal] = field(default_factory=dict)
    refused: frozenset[Span] = frozenset()
    targets: Mapping[Span, Target] = field(default_factory=dict)
    names: Mapping[Span, str] = field(default_factory=dict)

    def refusal_at(self, span: Span) -> Refusal | None:
        """Why the site at ``span``, which could be rewritten, stays."""
        if span in self.left:
            return self.left[span]
        if self.accepted is None or span in self.accepted or span in self.refused:
            return None
        return refusals.not_asked()

    def target_at(self, span: Span) -> Target | None:
        """What the raw op at ``span`` becomes, if it was said."""
        around = [site for site in self.targets if site.holds(span)]
        # Of two that hold each other the inner one starts later.
        return self.targets[max(around)] if around else None

    def class_name_at(self, span: Span) -> str | None:
        """The name for the class of the unit that begins with the site at ``span``."""
        name = self.names.get(span)
        return name if name and name[0].isupper() else None

    def layer_name_at(self, span: Span) -> str | None:
        """The name for the layer of the unit that begins with the site at ``span``."""
        name = self.names.get(span)
        return name if name and not name[0].isupper() else None
