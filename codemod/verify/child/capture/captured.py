"""What is run, and the functional models that it makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Container, Dict, List, Optional, Sequence, Tuple

from ..protocol import Told
from .assigned import Values
from .automatic_names import AutomaticNames
from .made_at import Frames, Place

Wanted = Dict[str, List[List[int]]]
"""Expressions whose raw ops are looked for: first and last lines, by path, 1 where they are surely
on symbolic tensors, and first and last columns where these are known."""


def certain(wanted: Wanted) -> Wanted:
    """Those of ``wanted`` that are surely on symbolic tensors."""
    return {path: [span for span in spans if span[2:3] == [1]] for path, spans in wanted.items()}


@dataclass
class CapturedModel:
    """A functional model with the user's line and function that made it.

    The line is 0 and the function empty where no user code made it. ``variant`` is the expression
    that made it beside what the code itself makes, ``call`` the made-up one that did. ``frames``
    and ``place`` are where the user's code made it. ``is_loose`` says that it is made of tensors
    that the code leaves in no model.
    """

    model: Any
    name: str
    line: int
    builder: str = ""
    variant: str = ""
    call: str = ""
    frames: Frames = ()
    place: Place = field(default_factory=list)
    is_loose: bool = False


@dataclass
class Capture:
    """What running the code gave: models, statements that failed, what was left out.

    ``given`` tells which models the calls and the names of the source give, ``values``
    where weights got theirs from, ``automatic`` which layers Keras has named.
    ``without_losses`` are the models whose losses or metrics Keras 3 has refused. ``calls`` were
    made beside running the code: their texts, and whether the models that they made are kept;
    ``tried`` tells why those are not. ``variants`` are calls of builders with other values.
    ``paths`` are the user's files, ``entry`` the one that is run.
    """

    models: List[CapturedModel]
    failures: List[Told]
    notes: List[str]
    given: Dict[str, str] = field(default_factory=dict)
    values: Values = field(default_factory=Values)
    automatic: AutomaticNames = field(default_factory=AutomaticNames)
    without_losses: List[Any] = field(default_factory=list)
    calls: List[Tuple[str, bool]] = field(default_factory=list)
    tried: List[Told] = field(default_factory=list)
    variants: List[str] = field(default_factory=list)
    entry: str = ""
    paths: Container[str] = ()


@dataclass(frozen=True)
class Task:
    """What is run: ``entry``, or the calls in ``builds``.

    Where running ``entry`` makes no raw op of the lines ``wanted``, calls that might are tried.
    The rewritten source makes the ``calls`` that were made for the original. ``variants`` call
    builders with other values. ``time_limit`` in
    seconds is that of the whole job; a statement gets a part of it. Without ``arguments`` those of
    the command line are made up.
    """

    entry: str
    time_limit: float
    builds: Sequence[str] = ()
    wanted: Wanted = field(default_factory=dict)
    calls: Sequence[Tuple[str, bool]] = ()
    arguments: Optional[Sequence[str]] = None
    variants: Sequence[str] = ()
