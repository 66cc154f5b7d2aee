"""What verification is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from codemod.limits import START_LIMIT, TIME_LIMIT
from codemod.verdict import Device, RawOp


@dataclass(frozen=True, kw_only=True)
class VerifyOptions:
    """How to verify; ``time_limit`` is in seconds for each child, ``memory_limit`` in bytes.

    An interpreter has to say that it runs after ``start_limit`` seconds at the latest.
    ``python_original`` is the interpreter whose Keras 2 runs both sides, ``python`` where it is
    not given; the rewrite is then also run under the Keras 3 of ``python``. Without ``arguments``
    those of the scripts are made up. ``only_keras3`` is for rewrites that Keras 2 cannot run. With
    ``draws`` verdicts hold the graphs of layers.
    """

    python: str
    device: Device = "auto"
    time_limit: float = TIME_LIMIT
    memory_limit: int | None = None
    keras3: bool = True
    python_original: str | None = None
    start_limit: float = START_LIMIT
    arguments: tuple[str, ...] | None = None
    only_keras3: bool = False
    draws: bool = False


WantedPlace = tuple[Path, int, int, bool, int, int]
"""An expression: its file, its first and last line, whether it is surely symbolic, its columns."""


@dataclass(frozen=True, kw_only=True)
class VerifyRequest:
    """The sources of one claim: models built from ``originals`` equal those from ``rewrites``.

    Both mappings hold the same absolute paths. The bytes given here are run, whatever stands on
    the disk. ``entry`` is the file whose models are captured when ``builds`` is empty; calls in
    ``builds`` without a module part are evaluated in it. Where the rewritten file is another one,
    ``rewritten_entry`` is its path, which ``rewrites`` then holds instead; it sees what stands
    beside it. Where running ``entry`` shows no raw op between the first and the last line of each
    of ``wanted``, calls that might are made up. ``variants`` are calls of builders with other
    values, evaluated in ``entry`` at the end; ``untried`` are those that are too many.
    ``with_loose``, models are made of the tensors that running ``entry`` leaves in none, but for
    those of ``dead`` expressions, which rewrites may delete.
    """

    entry: Path
    originals: Mapping[Path, bytes]
    rewrites: Mapping[Path, bytes]
    builds: tuple[str, ...] = ()
    rewritten_entry: Path | None = None
    wanted: frozenset[WantedPlace] = frozenset()
    variants: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()
    with_loose: bool = False
    dead: frozenset[WantedPlace] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What the answers to a request came from, beside what it says.

    ``opened`` are the paths that were read or looked at, be they there or not, ``listed`` the
    folders. Answers that are not ``lasting`` may be another time others: something took too long
    or broke down, or other programs were started, whose reading nobody sees.
    """

    opened: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    lasting: bool = True

    def __or__(self, other: Trace) -> Trace:
        """What two answers came from."""
        return Trace(
            opened=self.opened | other.opened,
            listed=self.listed | other.listed,
            lasting=self.lasting and other.lasting,
        )


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What the original does under Keras 2: its raw ops, its models, or why it did not run.

    ``tried`` are made-up calls that showed nothing, each with the reason. ``inner`` are other
    files, in which some of the raw ops are applied in truth: those of ``raw_ops`` lead there.
    """

    raw_ops: tuple[RawOp, ...] = ()
    models: tuple[str, ...] = ()
    failure: str | None = None
    assumptions: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    inner: tuple[Path, ...] = ()
