"""By which statements of the user's code a model is made, whatever edits have moved them."""

from __future__ import annotations

import ast
import difflib
import functools
from types import FrameType
from typing import Any, Callable, Container, Dict, List, Optional, Sequence, Tuple

from .units import BLOCKS, Unit, key_of, units_of

Frames = Tuple[Tuple[str, int], ...]
"""Path and line of each frame of the user's code, outermost first."""
Place = List[Tuple[str, int]]
"""Path and first line of the statement that each frame runs, as the original has it; line 0 where
the original has no such statement."""
INLINED = frozenset(["<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"])
"""Frames that Python 3.12 does not make."""


def frames_of(frame: Optional[FrameType], paths: Container[str]) -> Frames:
    """The frames at and above ``frame`` that run code of ``paths``."""
    found: List[Tuple[str, int]] = []
    while frame is not None:
        code = frame.f_code
        if code.co_filename in paths and code.co_name not in INLINED:
            found.append((code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return tuple(reversed(found))


def placer(before: Dict[str, bytes], after: Dict[str, bytes]) -> Callable[[Frames], Place]:
    """What finds the statements of ``before`` that frames in ``after`` run."""

    @functools.lru_cache(maxsize=None)
    def lines(path: str) -> Dict[int, int]:
        return lines_before(before.get(path, after[path]), after[path])

    def place(frames: Frames) -> Place:
        return [(path, lines(path).get(line, 0)) for path, line in frames]

    return place


def lines_before(before: bytes, after: bytes) -> Dict[int, int]:
    """For each line of ``after`` the first line of its statement in ``before``, where there is one.

    A changed statement is the one that assigns the same names, or calls or returns, in the same
    function, between statements that are the same.
    """
    try:
        old, new = list(units_of(ast.parse(before).body, ())), []
        new = old if before == after else list(units_of(ast.parse(after).body, ()))
    except (SyntaxError, ValueError):
        return {}
    if before == after:
        pairs = list(zip(old, new))
    else:
        pairs = []
        for first, second, is_same in _aligned(old, new, key_of):
            changed = _aligned(first, second, _outline)
            pairs += zip(first, second) if is_same else _same(changed)
    return {line: one.node.lineno for one, other in pairs for line in _lines(other)}


def _aligned(
    old: Sequence[Unit], new: Sequence[Unit], key: Callable[[Unit], Tuple[Any, ...]]
) -> List[Tuple[Sequence[Unit], Sequence[Unit], bool]]:
    """Pieces of both, in order, and whether they are the same by their keys."""
    matcher = difflib.SequenceMatcher(None, list(map(key, old)), list(map(key, new)), False)
    return [(old[a:b], new[c:d], tag == "equal") for tag, a, b, c, d in matcher.get_opcodes()]


def _same(
    pieces: Sequence[Tuple[Sequence[Unit], Sequence[Unit], bool]],
) -> List[Tuple[Unit, Unit]]:
    return [pair for one, other, is_same in pieces if is_same for pair in zip(one, other)]


def _outline(unit: Unit) -> Tuple[Any, ...]:
    """What stays of a statement when the expressions in it change."""
    node: Any = unit.node
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    called = getattr(getattr(node, "value", None), "func", None)
    shown = [ast.dump(target) for target in targets if target is not None]
    if isinstance(node, ast.Expr) and called is not None:
        shown.append(ast.dump(called))
    return (unit.scope, type(node).__name__, tuple(shown), getattr(node, "name", None))


def _lines(unit: Unit) -> range:
    """The lines of a statement, without the blocks in it."""
    node = unit.node
    inner: List[Any] = [item for name in BLOCKS for item in getattr(node, name, None) or []]
    end = min(
        (getattr(item, "lineno", node.lineno) for item in inner),
        default=(node.end_lineno or node.lineno) + 1,
    )
    return range(node.lineno, max(end, node.lineno + 1))
