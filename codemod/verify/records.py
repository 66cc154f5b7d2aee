"""What verification is asked and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Tier = Literal["proved", "equal-by-rules", "bitwise", "close", "different", "unverified"]
Device = Literal["auto", "gpu", "cpu"]


@dataclass(frozen=True)
class VerifyOptions:
    """How to verify; ``time_limit`` is in seconds for each child, ``memory_limit`` in bytes.

    ``python_original`` is the interpreter whose Keras 2 runs both sides, ``python`` where it is
    not given; the rewrite is then also run under the Keras 3 of ``python``.
    """

    python: str
    device: Device = "auto"
    time_limit: float = 300.0
    memory_limit: int | None = None
    keras3: bool = True
    python_original: str | None = None


@dataclass(frozen=True)
class VerifyRequest:
    """The sources of one claim: models built from ``originals`` equal those from ``rewrites``.

    Both mappings hold the same absolute paths. The bytes given here are run, whatever stands on
    the disk. ``entry`` is the file whose models are captured when ``builds`` is empty; calls in
    ``builds`` without a module part are evaluated in it.
    """

    entry: Path
    originals: Mapping[Path, bytes]
    rewrites: Mapping[Path, bytes]
    builds: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawOp:
    """A raw op that Keras 2 turned into a nameless layer, where the user's source applied it.

    ``end_line`` equals ``line`` where the interpreter does not know the end (Python < 3.11);
    columns (0-based, characters) are -1 there.
    """

    path: Path
    line: int
    end_line: int
    column: int
    end_column: int
    op: str
    layer: str


@dataclass(frozen=True)
class ModelVerdict:
    """One model; ``None`` means that the check was not made. ``keras3`` is a tier or a reason.

    ``build`` is the ``--build`` call that made it, ``None`` where the file itself was run.
    ``graph`` has the rules by which the graphs are equal, or why they are not proved equal.
    """

    name: str
    line: int
    verdict: Tier
    reason: str = ""
    proved: bool | None = None
    bitwise: bool | None = None
    keras3: str | None = None
    raw_ops_left: int | None = None
    weight_order_kept: bool | None = None
    build: str | None = None
    graph: str = ""


@dataclass(frozen=True)
class Probe:
    """What the original does under Keras 2: its raw ops, its models, or why it did not run."""

    raw_ops: tuple[RawOp, ...] = ()
    models: tuple[str, ...] = ()
    failure: str | None = None
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The claim about one request: the lowest tier of its models.

    ``hazards`` are lines on what the rewritten models cannot do, such as being loaded again.
    """

    verdict: Tier
    reason: str = ""
    device: str = ""
    models: tuple[ModelVerdict, ...] = ()
    assumptions: tuple[str, ...] = ()
    raw_ops_left: tuple[RawOp, ...] = field(default=())
    hazards: tuple[str, ...] = ()
