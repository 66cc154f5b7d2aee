"""What the user chose, after all places that can set an option were asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from codemod.verdict import Accepted, Device
from transforms.syntax.codes import Codes
from transforms.syntax.records import Generations, Operators, Target

if TYPE_CHECKING:
    # The options import this module, and nothing that analyses sources.
    from transforms.plan.choices import Choices

Format = Literal["text", "json", "github", "sarif"]
Command = Literal["rewrite", "check", "verify"]
Fix = Literal["keras3", "hazards"]
Color = Literal["auto", "always", "never"]
Verbosity = Literal["quiet", "normal", "verbose"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one run; ``lines`` are inclusive 1-based ranges, none for the whole file.

    ``generations`` are those of Keras that the rewritten source is for.

    ``python`` is the interpreter that verifies (``None``: the engine finds one),
    ``python_original`` the one whose Keras 2 is used instead, and ``builds`` are the ``--build``
    calls; without ``capture`` nothing else is run. ``arguments`` is the command line of scripts
    (``None``: it is made up). ``accept`` is a tier below proofs with which
    files are written all the same. ``time_limit`` in seconds and ``memory_limit`` in GiB are those
    of one verification (``None``: a default). ``codes`` are the findings to tell, ``fix`` is what
    is mended beside raw ops; files that match ``exclude`` are left out where folders are searched,
    and with ``force_exclude`` also where they are named. With ``add_skip`` what is refused gets a
    comment that skips it. With ``draws`` verdicts hold the graphs of the models' layers, with
    ``cache`` what an earlier run has found is told again. ``choices`` are what the user has said of
    files, site by site.
    """

    target: Target = "layer"
    generations: Generations = "both"
    operators: Operators = "keep"
    lines: tuple[tuple[int, int], ...] = ()
    python: str | None = None
    python_original: str | None = None
    device: Device = "auto"
    builds: tuple[str, ...] = ()
    capture: bool = True
    arguments: tuple[str, ...] | None = None
    verify: bool = True
    accept: Accepted | None = None
    jobs: int = 1
    time_limit: float | None = None
    memory_limit: float | None = None
    codes: Codes = field(default_factory=Codes)
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    fix: tuple[Fix, ...] = ()
    add_skip: bool = False
    draws: bool = False
    cache: bool = True
    choices: Mapping[Path, Choices] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class View:
    """How a run is told: the form of its report, how much of it, in which colours.

    ``page`` is the file that an HTML page of it goes to, beside the report.
    """

    format: Format = "text"
    verbosity: Verbosity = "normal"
    color: Color = "auto"
    exit_zero: bool = False
    page: str | None = None
