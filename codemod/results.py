"""What a run is asked for and what it answers for each file; all stages and reports share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codemod.verdict import Device, Verdict
from transforms.syntax.records import Hazard, Operators, Site, Target

FileStatus = Literal["unchanged", "rewritten", "would-rewrite", "refused", "failed"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the user chose; ``lines`` are inclusive 1-based ranges, none meaning the whole file.

    ``python`` is the interpreter that verifies (``None``: the engine finds one),
    ``python_original`` the one whose Keras 2 is used instead, and ``builds`` are the ``--build``
    calls. ``time_limit`` in seconds and ``memory_limit`` in GiB are those of one verification
    (``None``: a default).
    """

    target: Target = "layer"
    operators: Operators = "keep"
    lines: tuple[tuple[int, int], ...] = ()
    python: str | None = None
    python_original: str | None = None
    device: Device = "auto"
    builds: tuple[str, ...] = ()
    verify: bool = True
    jobs: int = 1
    time_limit: float | None = None
    memory_limit: float | None = None


@dataclass(frozen=True, kw_only=True)
class FileResult:
    """The account of one file.

    ``path`` is the name shown to the user. ``error`` is one line, ``what; what to do``, without
    the path: the input could not be read, parsed or written; ``error_line`` is its 1-based line.
    ``failed`` without an ``error`` means that the verification failed.
    """

    path: str
    status: FileStatus
    sites: tuple[Site, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    verdict: Verdict | None = None
    original: bytes = b""
    rewritten: bytes = b""
    error: str | None = None
    error_line: int | None = None
