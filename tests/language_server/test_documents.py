"""Positions of clients, in any of their units, and changes of a document."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from codemod.language_server.documents import Document
from transforms.syntax.records import Span

UNITS = [kind.value for kind in types.PositionEncodingKind]
WIDTHS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
SIZES = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
TEXTS = st.text(alphabet="aé€𝄞\n\r\f\u2028 ", max_size=40)


def document(text: str, encoding: str = "utf-16") -> Document:
    return Document(uri="untitled:1", version=1, text=text, encoding=encoding)


@settings(max_examples=50)
@given(TEXTS, st.sampled_from(UNITS))
def test_offsets_and_positions_are_inverse(text: str, encoding: str) -> None:
    taken = document(text, encoding)
    for offset in range(len(text) + 1):
        if text[offset - 1 : offset + 1] == "\r\n" and offset:
            continue
        position = taken.position(offset)
        assert taken.offset(position) == offset
        line_start = taken.starts[position.line]
        before = text[line_start:offset].encode(WIDTHS[encoding])
        assert position.character == len(before) // SIZES[encoding]


def test_positions_beyond_the_text_are_its_ends() -> None:
    taken = document("ab\ncd")
    assert taken.offset(types.Position(line=0, character=99)) == 2
    assert taken.offset(types.Position(line=7, character=0)) == 5
    assert document("a𝄞b").offset(types.Position(line=0, character=2)) == 1


def test_columns_of_the_source_do_not_count_the_mark() -> None:
    taken = document("\ufeffx = 1\ny = 2")
    assert taken.range_of_span(Span(1, 0, 2, 1)).start.character == 1
    assert taken.range_of_span(Span(2, 0, 9, 1)).end == types.Position(line=1, character=5)


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a%20b/c%C3%A9.py", "/a b/cé.py"),
        ("untitled:Untitled-1", None),
        ("vscode-notebook-cell:/a.ipynb#W0", None),
    ],
)
def test_only_files_have_a_place(uri: str, path: str | None) -> None:
    found = Document(uri=uri, version=1, text="").path
    assert (str(found) if found else None) == path


def test_half_a_character_is_no_error() -> None:
    assert document("a = '\ud800'\n").source == b"a = '\xed\xa0\x80'\n"
