"""Whoever is asked what to rewrite, as the engine sees them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from codemod.engine.verified import Settled
from codemod.files.sources import Sources
from codemod.settings import Settings
from transforms.plan.choices import Choices


class Interviewer(Protocol):
    """Asks before the plans are verified, and again where verification has changed them."""

    def choices(self, sources: Sources, settings: Settings) -> Mapping[Path, Choices]:
        """What becomes of each site of the candidates."""
        ...

    def agreed(self, settled: Settled, sources: Sources) -> Settled:
        """The results that are to be written; a file that is not is left as it is."""
        ...
