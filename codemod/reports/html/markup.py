"""HTML that is escaped by how it is made: text is escaped, elements are not."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable

UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, what turns the direction of text around, and bytes of names that are not UTF-8."""
VOID = frozenset({"meta", "link", "br", "wbr"})


class Markup(str):
    """HTML: it is put into other elements as it is."""

    __slots__ = ()


Content = str | Iterable["Content"] | None
Attribute = str | int | bool | None


def element(tag: str, *content: Content, **attributes: Attribute) -> Markup:
    """An element with escaped ``content``.

    Attributes are called as in HTML, with ``_`` for ``-``; one that ends the name stands for
    nothing (``class_``). ``True`` gives one without a value, ``None`` and ``False`` none at all.
    """
    start = "".join([tag, *(_attribute(*pair) for pair in attributes.items())])
    return Markup(f"<{start}>" if tag in VOID else f"<{start}>{inner(content)}</{tag}>")


def inner(content: Content) -> Markup:
    """``content`` one after the other."""
    if content is None:
        return Markup("")
    if isinstance(content, Markup):
        return content
    if isinstance(content, str):
        return escaped(content)
    return Markup("".join(map(inner, content)))


def escaped(text: str) -> Markup:
    """``text`` for elements and attributes; what could not be seen is written as in Python."""
    return Markup(html.escape(UNSEEN.sub(_as_in_python, text)))


def prose(text: str) -> Markup:
    """``text`` with what stands between backticks as code, as reports quote names."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # One of them has no other.
        return escaped(text)
    return inner(
        element("code", piece) if number % 2 else piece for number, piece in enumerate(pieces)
    )


def path(text: str) -> list[Markup]:
    """A path that may be broken into lines behind its slashes."""
    first, *others = text.split("/")
    return [escaped(first), *(inner(["/", element("wbr"), part]) for part in others)]


def data(value: object) -> Markup:
    """A script element that holds ``value`` as JSON, and no character that could end it."""
    text = json.dumps(value, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(f'<script type="application/json">{text}</script>')


def code(tag: str, text: str) -> Markup:
    """A script or style element with ``text`` of ours, which is not escaped."""
    return Markup(f"<{tag}>{text}</{tag}>")


def digest(text: str) -> str:
    """What names ``text`` in a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _attribute(name: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    spelled = name.rstrip("_").replace("_", "-")
    return f" {spelled}" if value is True else f' {spelled}="{escaped(str(value))}"'


def _as_in_python(match: re.Match[str]) -> str:
    number = ord(match[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
