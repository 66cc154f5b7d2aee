"""Texts and positions: what the user's bytes hold, in characters."""

from __future__ import annotations

import ast

import pytest

from transforms.syntax.locations import read_source
from transforms.syntax.records import Span
from transforms.syntax.source_text import EditError, SourceText, read_source_text

SOURCES = [
    b"a = 1\nb = f(a)\n",
    b"\xef\xbb\xbfa = 1\r\nb = 2",
    "# coding: latin-1\ná = 'ü'\n".encode("latin-1"),
    "a = 'é'\rb = '漢字' + f(a)\r\n\x0cc = 1\n".encode(),
    b"",
]


@pytest.mark.parametrize("source", SOURCES)
def test_text_encoding_and_mark_give_the_bytes_back(source: bytes) -> None:
    text = read_source_text(source)
    assert text.mark + text.text.encode(text.encoding) == source
    assert not text.text.startswith("\ufeff")


@pytest.mark.parametrize("source", SOURCES)
def test_offsets_and_spans_are_the_same_places(source: bytes) -> None:
    parsed = read_source(source)
    for node in ast.walk(parsed.tree):
        if isinstance(node, ast.expr):
            start, end = parsed.range_of(node)
            in_text = parsed.text[start:end]
            assert in_text == parsed.text_of(node) == ast.get_source_segment(parsed.text, node)


def test_lines_and_their_starts_belong_together() -> None:
    text = read_source_text("x\r\n\ry = 'é'\n".encode())
    assert text.lines == ("x", "", "y = 'é'", "")
    for line, start in zip(text.lines, text.line_starts, strict=True):
        assert text.text.startswith(line, start)
    assert [text.line_of(offset) for offset in (0, 2, 3, 4, len(text.text))] == [1, 1, 2, 3, 4]


def test_a_column_counts_characters_and_not_bytes() -> None:
    text = SourceText(text="s = 'é' + t\n", encoding="utf-8", mark=b"")
    name = ast.parse(text.text).body[0].value.right  # type: ignore[attr-defined]
    assert name.col_offset == 11
    assert text.span(name) == Span(1, 10, 1, 11)
    assert text.text_of(name) == "t"


def test_parts_are_replaced_and_the_rest_stays() -> None:
    text = SourceText(text="f(é, g(b),\n  c)", encoding="utf-8", mark=b"")
    call = ast.parse(text.text).body[0].value  # type: ignore[attr-defined]
    first, inner, last = call.args
    assert text.replaced(call, {inner: "B", last: "C"}) == "f(é, B,\n  C)"
    assert text.replaced(first, {first: "a", last: "C"}) == "a"


@pytest.mark.parametrize("line", [0, 3])
def test_a_line_that_is_not_there_is_an_edit_error(line: int) -> None:
    with pytest.raises(EditError, match=f"line {line}: the source has 2 lines"):
        read_source_text(b"a\n").offset(line, 0)


REPLACED = {
    "x * (y if flag else 2.0)": "x * new",
    "(y if flag else 2.0) * x": "new * x",
    "f((y if flag else 2.0), x)": "f(new, x)",
    "x * (\n    y if flag else 2.0\n)": "x * new",
    # These call, or hold something else too.
    "f(y if flag else 2.0)": "f(new)",
    "x[0](y if flag else 2.0)": "x[0](new)",
    "x * ((y if flag else 2.0),)": "x * (new,)",
    "x * (1 + (y if flag else 2.0))": "x * (1 + new)",
}


@pytest.mark.parametrize("source", REPLACED)
def test_a_name_in_the_place_of_an_expression_has_no_parentheses(source: str) -> None:
    text = read_source_text(source.encode())
    node = ast.parse(source, mode="eval").body
    choice = next(part for part in ast.walk(node) if isinstance(part, ast.IfExp))
    assert text.replaced(node, {choice: "new"}) == REPLACED[source]


def test_a_function_that_gets_a_name_is_still_called() -> None:
    source = "act(scale(x) + 1)(y or z)"
    text = read_source_text(source.encode())
    node = ast.parse(source, mode="eval").body
    assert isinstance(node, ast.Call)
    replaced = text.replaced(node, {node.func: "self.act", node.args[0]: "x"})
    assert replaced == "self.act(x)"
