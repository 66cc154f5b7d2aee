"""Where values stand in the text of a JSON document, and how its strings are escaped."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_SPACE = re.compile(r"[ \t\r\n]*")
_CHARACTER = re.compile(
    # A pair of surrogates is one character.
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]",
    re.DOTALL,
)
_decode = json.JSONDecoder().raw_decode


@dataclass(frozen=True)
class Value:
    """A value, and the offsets at which its text starts and ends."""

    value: object
    start: int
    end: int


def value_at(text: str, start: int) -> Value:
    """The value whose text starts at ``start`` or, but for white space, behind it."""
    start = _skipped(text, start)
    value, end = _decode(text, start)
    return Value(value, start, end)


def members(text: str, start: int) -> dict[str, Value]:
    """The members of the object that starts at ``start``; of equal names the last one counts."""
    found: dict[str, Value] = {}
    place = _skipped(text, start + 1)
    while text[place] != "}":
        name = value_at(text, place)
        value = value_at(text, _skipped(text, name.end) + 1)
        found[str(name.value)] = value
        place = _behind_comma(text, value.end)
    return found


def elements(text: str, start: int) -> Iterator[Value]:
    """The elements of the array that starts at ``start``."""
    place = _skipped(text, start + 1)
    while text[place] != "]":
        value = value_at(text, place)
        yield value
        place = _behind_comma(text, value.end)


def _skipped(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _behind_comma(text: str, place: int) -> int:
    place = _skipped(text, place)
    return _skipped(text, place + 1) if text[place] == "," else place


def written_length(literal: str, count: int) -> int:
    """How long the first ``count`` characters of a string are in its ``literal``, quote included.

    A line that ends before is as long as it is.
    """
    length = 1
    for number, match in enumerate(_CHARACTER.finditer(literal, 1, len(literal) - 1)):
        if number == count:
            break
        length = match.end()
    return length


@dataclass(frozen=True, kw_only=True)
class Escapes:
    """How a document writes characters: those that it always escapes, and its other habits."""

    forms: dict[str, str]
    plain: frozenset[str]
    ascii_only: bool
    upper: bool

    def quoted(self, text: str) -> str:
        """``text`` as a string of this document."""
        return '"' + "".join(map(self._written, text)) + '"'

    def _written(self, character: str) -> str:
        form = self.forms.get(character)
        if form is not None and character not in self.plain:
            return form
        usual = json.dumps(character, ensure_ascii=not character.isascii() and self.ascii_only)
        written = usual[1:-1]
        if self.upper and written.startswith("\\u"):
            written = re.sub(r"(?<=u)[0-9a-f]{4}", lambda match: match[0].upper(), written)
        return written


def escapes_of(literals: Iterable[str]) -> Escapes:
    """The habits that ``literals``, strings of a document, show."""
    forms: dict[str, str] = {}
    plain: set[str] = set()
    for literal in literals:
        if "\\" not in literal:
            plain.update(literal[1:-1])
            continue
        for match in _CHARACTER.finditer(literal, 1, len(literal) - 1):
            written = match[0]
            if written.startswith("\\"):
                forms.setdefault(json.loads(f'"{written}"'), written)
            else:
                plain.add(written)
    foreign = [form for character, form in forms.items() if not character.isascii()]
    letters = "".join(form for form in forms.values() if form.startswith("\\u"))
    return Escapes(
        forms=forms,
        plain=frozenset(plain),
        ascii_only=bool(foreign) and all(character.isascii() for character in plain),
        upper=bool(re.search(r"[A-F]", letters)) and not re.search(r"[a-f]", letters),
    )
