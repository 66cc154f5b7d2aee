"""What codes mean, for people."""

from __future__ import annotations

import difflib
import re
import textwrap
from collections.abc import Iterator, Sequence

from codemod.codes import CODES
from codemod.errors import CodemodError
from codemod.explanations import explanation_of

WIDTH = 88
SOURCE = re.compile(r"`[^`]*`")
KEPT_SPACE = "\0"  # Source in a sentence is not broken into lines.
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def explained(codes: Sequence[str]) -> str:
    """The text on ``codes``, in the order given, or a list of all codes where none is.

    Raises ``CodemodError`` for one that is none.
    """
    if not codes:
        return "".join(f"{name} {code.title}\n" for name, code in sorted(CODES.items()))
    return "\n\n".join(_explained(code.upper()) for code in dict.fromkeys(codes))


def _explained(code: str) -> str:
    if code not in CODES:
        near = sorted(difflib.get_close_matches(code, CODES, n=3, cutoff=0.7))
        instead = f"is {' or '.join(near)} meant?" if near else "`explain` alone lists them all"
        raise CodemodError(f"{code} is no code; {instead}")
    return "\n\n".join(_parts(code)) + "\n"


def _parts(code: str) -> Iterator[str]:
    told = explanation_of(code)
    yield told.heading
    for name, example in (("before", told.before), ("after", told.after)):
        if example:
            yield f"{name}:\n\n{textwrap.indent(example.rstrip(), '    ')}"
    for paragraph in told.text.split("\n\n"):
        text = LINK.sub(r"\1", paragraph.replace("\n", " "))
        whole = SOURCE.sub(lambda match: match[0].replace(" ", KEPT_SPACE), text)
        filled = textwrap.fill(whole, WIDTH, break_on_hyphens=False, break_long_words=False)
        yield filled.replace(KEPT_SPACE, " ")
