"""What the user chose, after all places that can set an option were asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codemod.verdict import Accepted, Device
from transforms.syntax.records import Operators, Target

Format = Literal["text", "json", "github", "sarif"]
Command = Literal["rewrite", "check", "verify"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one run; ``lines`` are inclusive 1-based ranges, none for the whole file.

    ``python`` is the interpreter that verifies (``None``: the engine finds one),
    ``python_original`` the one whose Keras 2 is used instead, and ``builds`` are the ``--build``
    calls. ``accept`` is a tier below proofs with which files are written all the same.
    ``time_limit`` in seconds and ``memory_limit`` in GiB are those of one verification
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
    accept: Accepted | None = None
    jobs: int = 1
    time_limit: float | None = None
    memory_limit: float | None = None
