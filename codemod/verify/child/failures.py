"""Saying in one line what user code raised."""

from __future__ import annotations

import re

from .limits import TEXT_LENGTH

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
WHERE = re.compile(
    r"^\s*Exception encountered when calling (?:layer .*?\(type \w+\)\.?|[\w.]+\(\)\.)\s+(?=\S)",
    re.S,
)
"""What stands before the error of a layer says where it was, and takes the room of the reason."""
GIVEN = re.compile(r"(?:Call a|\bA)rguments received by ")
"""What stands behind it in both generations."""
NODE = re.compile(r"\{\{function_node [^}]*\}\}\s*|\s*\[Op:\w+\](?: name:\s*\S*)?")
"""How TensorFlow calls an op that has failed when it ran: by names that are not the user's."""
INNER_ERROR = re.compile(r"^\s*(\w+(?:Error|Exception): .+)$")


def one_line(error: BaseException) -> str:
    """The deepest cause of ``error`` that it names, in one line.

    Keras 2 writes the error of a layer's ``call`` into the text of its own, Keras 3 behind
    "could not be inferred", or between the layer and its arguments (seen with tf-keras 2.21 and
    Keras 3.15).
    """
    cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    if isinstance(cause, ModuleNotFoundError) and cause.name:
        if cause.name.partition(".")[0] in ("keras", "tf_keras", "tensorflow"):
            return "there is no module `%s`" % cause.name.replace("tf_keras.", "keras.", 1)
        return "the package `%s` is not installed" % cause.name
    text = ESCAPE.sub("", str(cause))
    text = text.partition("Error encountered:")[2] or text
    text = NODE.sub("", GIVEN.split(WHERE.sub("", text, count=1))[0])
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    inner = [found.group(1) for found in map(INNER_ERROR.match, lines) if found]
    kind = type(cause).__name__
    if not lines:
        return kind
    return _shortened(inner[-1] if inner else "%s: %s" % (kind, " ".join(lines[:3])))


def _shortened(text: str) -> str:
    """The first sentences of ``text``, without the code that Keras 3 shows behind them."""
    text = text.partition("```")[0].rstrip()
    if len(text) <= TEXT_LENGTH:
        return text
    end = text.rfind(". ", 0, TEXT_LENGTH)
    return text[: end + 1] if end > 0 else text[:TEXT_LENGTH] + "…"
