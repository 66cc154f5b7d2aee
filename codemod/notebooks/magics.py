"""What IPython adds to Python: magics, shell lines and help, as Python statements of one line.

A line that is no Python becomes a call of ``get_ipython()``, as ``nbconvert`` writes it, with a
mark behind it by which the line is put back. What it assigns is then a value that nobody knows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemod.notebooks.logical_lines import code_of, logical_end

PYTHON_CELLS = frozenset({"time", "capture", "prun", "snakeviz", "debug", "wandb"})
"""Cell magics whose cell is Python of the notebook itself; other cells are other languages, files,
or code with names of its own (``%%timeit``)."""
READING_CELLS = frozenset({"timeit", "memit", "mprun", "lprun", "scalene"})
"""Other cell magics that run Python, which reads the variables of the notebook."""
AUTOMAGIC = re.compile(
    r"(?:pip3?|conda|mamba|cd|ls|ll|cat|cp|mv|rm|mkdir|rmdir|man|less|more)\s+\S"
)
"""Line magics that are often written without their sign."""
PATH_ONLY = re.compile(r"(?:cd|ls|cat|rm|mkdir) /\w")
"""Where they would be a division as well, which says nothing as a statement."""
ASSIGNED = re.compile(
    r"(?P<target>[^=!%#'\"?]*[^=!%#'\"?\s<>+*/|&^@:-])\s*=\s*(?P<sign>[!%])(?P<rest>.*)"
)
TIMED = re.compile(r"%time\s+(?P<statement>\S.*)")
FUTURE = re.compile(r"from\s+__future__\s+import\b")
HELP = "get_ipython().run_line_magic('pinfo', '')"
"""Without what is asked about: a text in the code could be taken for the name of a layer."""
INDENT = re.compile(r"[ \t\f]*")


@dataclass(frozen=True)
class Stand:
    """A line of Python in the place of ``original``, both without their line end.

    ``prefix`` stands before what is left as it is: the line may change behind it. ``mentions`` is
    text that may name variables, which are then read there.
    """

    original: str
    python: str
    prefix: str | None = None
    mentions: str = ""


def stand_ins(lines: Sequence[str]) -> Iterator[Stand | str]:
    """For each of ``lines``, those of a cell without their ends, itself or what stands for it."""
    head = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if head < len(lines) and lines[head].lstrip().startswith("%%"):
        name, _, rest = lines[head].strip()[2:].partition(" ")
        if name not in PYTHON_CELLS:
            yield from cell_of_magic(lines, name, rest)
            return
        yield from lines[:head]
        yield Stand(lines[head], _cell_magic(name, rest))
        lines = lines[head + 1 :]
    place = 0
    while place < len(lines):
        end, python = _not_python(lines, place)
        if python is None:
            yield from lines[place:end]
        elif isinstance(python, Stand):
            yield python
        else:
            text = "\n".join(lines[place:end])
            yield from _commented(lines[place:end], python, _mentioned(text))
        place = end


def cell_of_magic(lines: Sequence[str], name: str, rest: str = "") -> Iterator[Stand | str]:
    """The lines of a cell that is left to the magic ``name``."""
    head = next((number for number, line in enumerate(lines) if line.strip()), 0)
    yield from lines[:head]
    mentions = "\n".join(lines[head:]) if name in READING_CELLS else ""
    yield from _commented(lines[head:], _cell_magic(name, rest), mentions)


def opaque(lines: Sequence[str], why: str = "this") -> Iterator[Stand | str]:
    """The lines of what cannot be run: what it seems to bind is unknown."""
    text = "\n".join(lines)
    found = re.finditer(
        r"^[ \t]*(?:(?:def|class)[ \t]+(\w+)|(\w+)[ \t]*=(?!=))", text, re.MULTILINE
    )
    names = dict.fromkeys(name for match in found if _is_name(name := match[1] or match[2]))
    yield from _commented(lines, " = ".join([*names, _cell_magic(why, "")]), text)


def _commented(lines: Sequence[str], python: str, mentions: str) -> Iterator[Stand | str]:
    for number, line in enumerate(lines):
        yield Stand(line, "#") if number else Stand(line, python, mentions=mentions)


def _mentioned(text: str) -> str:
    """What of a magic may name variables: of shell lines what they ask Python for."""
    if re.match(r"[^=]*=?\s*!", text):
        return " ".join(re.findall(r"\{[^}]*\}|\$\w+", text))
    return text


def _not_python(lines: Sequence[str], place: int) -> tuple[int, str | Stand | None]:
    """Where the statement at ``place`` ends, and what stands for it where it is no Python."""
    line = lines[place]
    indent = INDENT.match(line)[0]  # type: ignore[index]  # It matches everything.
    text = line[len(indent) :]
    timed = TIMED.fullmatch(text)
    if timed is not None and _is_python(timed["statement"]):
        prefix = text[: timed.start("statement")]
        return place + 1, Stand(line, indent + timed["statement"], indent + prefix)
    escaped = text.startswith(("%", "!", "?", "/", ",", ";"))
    assigned = None if escaped else ASSIGNED.match(text)
    if escaped or assigned or _is_automagic(text):
        end = place + 1
        while lines[end - 1].endswith("\\") and end < len(lines):
            end += 1
        whole = " ".join(part.rstrip("\\").strip() for part in lines[place:end])
        if assigned is not None and not _is_python(f"{assigned['target']} = 0"):
            return logical_end(lines, place), None
        return end, indent + _call(whole)
    end = logical_end(lines, place)
    if end == place + 1 and code_of(line).rstrip().endswith("?"):
        return end, indent + HELP
    if FUTURE.match(text):
        # It is no more than a comment in the Python that runs it, and must not stand here.
        return end, indent + "pass"
    return end, None


def _is_automagic(text: str) -> bool:
    if PATH_ONLY.match(text):
        return True
    return AUTOMAGIC.match(text) is not None and not _is_python(text)


def _call(text: str) -> str:
    assigned = None if text.startswith(("%", "!", "?")) else ASSIGNED.match(text)
    if assigned is not None:
        kind = "getoutput" if assigned["sign"] == "!" else "run_line_magic"
        if kind == "getoutput":
            return f"{assigned['target']} = get_ipython().getoutput({assigned['rest']!r})"
        name, _, rest = assigned["rest"].partition(" ")
        return f"{assigned['target']} = {_line_magic(name, rest)}"
    if text.startswith("!"):
        return f"get_ipython().system({text.lstrip('!')!r})"
    if text.startswith("?"):
        return HELP
    name, _, rest = text.lstrip("%").partition(" ")
    if rest.endswith("?") or name.endswith("?"):
        return HELP
    return _line_magic(name, rest)


def _line_magic(name: str, rest: str) -> str:
    return f"get_ipython().run_line_magic({name!r}, {rest.strip()!r})"


def _cell_magic(name: str, rest: str) -> str:
    call = f"get_ipython().run_cell_magic({name!r}, {rest.strip()!r}, '')"
    words = [word for word in rest.split() if not word.startswith("-")]
    if name == "capture" and words and _is_name(words[0]):
        return f"{words[0]} = {call}"
    return call


def _is_name(text: str) -> bool:
    return text.isidentifier() and _is_python(f"{text} = 0")


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
