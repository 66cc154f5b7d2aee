"""What a run answers for each file; the engine and the reports share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codemod.notebooks.notebook import Notebook
from codemod.verdict import RawOp, Verdict
from transforms.syntax.records import Hazard, Site, Span

FileStatus = Literal["unchanged", "rewritten", "would-rewrite", "refused", "failed"]


@dataclass(frozen=True, kw_only=True)
class FileResult:
    """The account of one file.

    ``path`` is the name shown to the user. ``error`` is one line, ``what; what to do``, without
    the path: the input could not be read, parsed or written; ``error_line`` is its 1-based line.
    ``failed`` without an ``error`` means that the verification failed. ``kept`` are operators and
    slices that stay, since Keras 3 takes them; ``left`` are the raw ops that a run has shown and
    that are neither rewritten nor kept. All places are those of ``original``.
    ``fixes`` were made before all that, in ``before_fixes``; their places are those of then.
    Of a notebook all that is the module of its code cells; ``notebook`` has the file, as it was
    when it gave ``original``, and ``error_cell`` the cell in which ``error_line`` counts.
    ``failed_builds`` are the ``--build`` calls in it that made no model, with the reason.
    ``is_not_done`` says that the run was ended before it came to the file.
    ``tried`` are the calls that were made up in vain for sites that no run has shown, each with
    what came of it.
    """

    path: str
    status: FileStatus
    sites: tuple[Site, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    kept: tuple[Span, ...] = ()
    left: tuple[RawOp, ...] = ()
    failed_builds: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    is_not_done: bool = False
    verdict: Verdict | None = None
    original: bytes = b""
    rewritten: bytes = b""
    fixes: tuple[Hazard, ...] = ()
    before_fixes: bytes | None = None
    error: str | None = None
    error_line: int | None = None
    error_cell: int | None = None
    notebook: Notebook | None = None

    @property
    def files(self) -> tuple[bytes, bytes]:
        """The bytes of the file: as ``original`` was read, and as ``rewritten`` is written."""
        if self.notebook is None:
            return self.original, self.rewritten
        after = self.rewritten or self.notebook.python
        return self.notebook.content, self.notebook.with_python(after)
