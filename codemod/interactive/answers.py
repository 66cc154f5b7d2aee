"""What can be answered to a question, and how answers are typed."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from transforms.syntax.records import Target

Word = Literal["yes", "no", "all", "rest", "quit", "help"]
# What Keras 2 and Keras 3 both take as the name of a layer.
LAYER_NAME = re.compile(r"[a-z][a-z0-9_.-]*", re.IGNORECASE)


@dataclass(frozen=True)
class Retarget:
    """Let it become something else, and ask again."""

    target: Target


@dataclass(frozen=True)
class Rename:
    """Call its class (a capital letter first), or else its layer, so, and ask again."""

    name: str


Answer = Word | Retarget | Rename


class NoAnswer(ValueError):
    """What was typed is no answer; the text says what is."""


WORDS: dict[str, Word] = {
    "y": "yes",
    "n": "no",
    "a": "all",
    "A": "rest",
    "q": "quit",
    "?": "help",
    **{word: word for word in get_args(Word)},
}
TARGETS: dict[str, Target] = {target: target for target in get_args(Target)}
HELP = """\
y  rewrite this
n  leave it as it is
a  rewrite this and all that follows in this file
A  rewrite this and all that follows, in all files
t  make something else of it: `t layer`, `t lambda` or `t ops`
r  rename it: `r SplitHeads` names the class, `r split_heads` the layer
q  ask no more: what was said so far counts, the rest is left as it is
?  this help
"""
YES_OR_NO = """\
y  write this
n  leave the file as it is
A  write this and all that follows
q  ask no more, and leave this and what follows as it is
?  this help
"""


def answer_of(text: str, words: Sequence[Word] = get_args(Word)) -> Answer:
    """The answer that was typed; raises :class:`NoAnswer` with what is wrong with it."""
    first, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    if first in ("t", "target") and "rest" in words:
        return Retarget(_target(rest))
    if first in ("r", "rename") and "rest" in words:
        return Rename(_name(rest))
    word = WORDS.get(first) or WORDS.get(first.lower())
    if word is None or word not in words or rest:
        raise NoAnswer(f"{text.strip()!r} is no answer; ? lists them" if first else "? is help")
    return word


def _target(text: str) -> Target:
    found = TARGETS.get(text.lower())
    if found is not None:
        return found
    raise NoAnswer("write `t layer`, `t lambda` or `t ops`")


def _name(text: str) -> str:
    if not text:
        raise NoAnswer("write `r SplitHeads` for the class, or `r split_heads` for the layer")
    if text[0].isupper() and (not text.isidentifier() or keyword.iskeyword(text)):
        raise NoAnswer(f"{text!r} is no name for a class")
    if not LAYER_NAME.fullmatch(text):
        raise NoAnswer(f"{text!r} is no name for a layer: letters, digits, `_`, `-` and `.`")
    return text
