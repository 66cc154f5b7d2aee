"""What verification says of models: tiers, raw ops, verdicts. Engine and reports share it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Tier = Literal["proved", "equal-by-rules", "bitwise", "close", "different", "unverified"]
Accepted = Literal["bitwise"]
Device = Literal["auto", "gpu", "cpu"]


@dataclass(frozen=True, kw_only=True)
class RawOp:
    """A raw op that Keras 2 turned into a nameless layer, where the user's source applied it.

    ``end_line`` equals ``line`` where the interpreter does not know the end (Python < 3.11);
    columns (0-based, characters) are -1 there. ``layer`` is the name in the first model that has
    it. ``tensors`` are the places or names of arguments that held symbolic tensors, ``lists`` of
    those that were lists of nothing else. ``inexact``
    tells of an operator how Keras 3 means it otherwise for these, empty where it does not.
    ``in_block`` says that only made-up models of parts of models have it, ``is_loose`` that no
    model at all does: what it makes is not compared.
    """

    path: Path
    line: int
    end_line: int
    column: int
    end_column: int
    op: str
    layer: str
    tensors: tuple[int | str, ...] = ()
    lists: tuple[int | str, ...] = ()
    in_block: bool = False
    inexact: str = ""
    is_loose: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the source applies a raw op; columns are -1 where the interpreter does not know."""

    path: Path
    line: int
    end_line: int
    column: int
    end_column: int


@dataclass(frozen=True, kw_only=True)
class LayerNode:
    """A call of a layer in a model.

    ``inputs`` are the positions of the calls that its tensors come from, ``outputs`` the sizes of
    what it gives. ``is_raw`` says that Keras made the layer for a raw op, that stands at ``place``.
    """

    name: str
    kind: str
    inputs: tuple[int, ...] = ()
    outputs: tuple[str, ...] = ()
    is_raw: bool = False
    place: Place | None = None


@dataclass(frozen=True, kw_only=True)
class LayerGraphs:
    """The layers of a model before and after its source was rewritten."""

    before: tuple[LayerNode, ...]
    after: tuple[LayerNode, ...]


@dataclass(frozen=True, kw_only=True)
class ModelVerdict:
    """One model; ``None`` means that the check was not made.

    ``keras3`` is the claim under Keras 3, a tier with its reason, or why there is none. ``port``
    is that of the rewrite under Keras 3 beside the original under Keras 2. ``build`` is the
    ``--build`` call that made it, ``None`` where the file itself was run.
    ``graph`` has the rules by which the graphs are equal, or why they are not proved equal.
    ``layers`` are there where they were asked for.
    """

    name: str
    line: int
    verdict: Tier
    reason: str = ""
    proved: bool | None = None
    bitwise: bool | None = None
    keras3: str | None = None
    port: str | None = None
    raw_ops_left: int | None = None
    weight_order_kept: bool | None = None
    build: str | None = None
    graph: str = ""
    layers: LayerGraphs | None = None


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An interpreter that ran models, with its versions, or the ``problem`` why it did not."""

    python: str
    tensorflow: str = ""
    keras: str = ""
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The claim about one request: the lowest tier of its models.

    ``hazards`` are lines on what the rewritten models cannot do, such as being loaded again.
    ``inexact`` are operators of the original that Keras 3 means otherwise. ``kept_by`` says what
    kept the user's code from changing files, ``not_run`` which rewritten
    lines no run has reached. ``keras2`` and ``keras3`` are the interpreters of each generation.
    The claim is that of the Keras ``generation``, which is 3 only where Keras 2 does not run the
    original: ``why_not_keras2`` says why.
    """

    verdict: Tier
    reason: str = ""
    device: str = ""
    models: tuple[ModelVerdict, ...] = ()
    assumptions: tuple[str, ...] = ()
    raw_ops_left: tuple[RawOp, ...] = ()
    hazards: tuple[str, ...] = ()
    kept_by: str = ""
    not_run: tuple[tuple[Path, int], ...] = ()
    inexact: tuple[RawOp, ...] = ()
    keras2: Environment | None = None
    keras3: Environment | None = None
    generation: Literal[2, 3] = 2
    why_not_keras2: str = ""
