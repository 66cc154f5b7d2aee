"""What kinds of things a value may be."""

from __future__ import annotations


class Kind:
    """What an expression was seen to hold: bits of an integer, since ``Flag`` is slow.

    One expression can hold several over its runs.
    """

    NOTHING = 0
    SYMBOLIC = 1
    UNCERTAIN = 2
    HOLDS_SYMBOLIC = 4
    NONE = 8
    PLAIN = 16
    EAGER = 32
    VARIABLE = 64
    LAYER = 128
    CALLABLE = 256
    PARAMETER = 512
    OPAQUE = 1024
    ARRAY = 2048
    TRACKED = 4096
    DTYPE = 8192


class Openness:
    """How far a value is left to the callers of the code.

    ``CHOSEN`` is one of the alternatives in sight, ``UNBOUNDED`` may be another one as well.
    """

    CLOSED = 0
    CHOSEN = 1
    UNBOUNDED = 2


def may_be_symbolic(kinds: int) -> bool:
    """Whether one of ``kinds`` is, or holds, a KerasTensor or what may be one."""
    return bool(kinds & (Kind.SYMBOLIC | Kind.UNCERTAIN | Kind.HOLDS_SYMBOLIC))
