"""What the engine tells of its work while it works; who shows it is not its business."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Is told what runs; several threads may tell at once."""

    def stage(self, what: str, files: int = 0) -> None:
        """A stage of the run begins; ``files`` is how many are to be done in it."""
        ...

    def runs(self, group: str, what: str) -> None:
        """``what`` runs now for the files that ``group`` names."""
        ...

    def ends(self, group: str, files: int) -> None:
        """Nothing more runs for ``group``, and so many more files are done."""
        ...


class Silent:
    """A progress that nobody looks at."""

    def stage(self, what: str, files: int = 0) -> None:
        """Nothing."""

    def runs(self, group: str, what: str) -> None:
        """Nothing."""

    def ends(self, group: str, files: int) -> None:
        """Nothing."""
