"""The least edits that make one text of another."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemod.language_server.text_edits import replacements

TEXTS = st.lists(st.sampled_from(["a", "bb", "\n", "\r\n", "\r", " ", "𝄞", "\f"]), max_size=30).map(
    "".join
)


@settings(max_examples=50)
@given(TEXTS, TEXTS)
def test_edits_make_the_other_text_and_divide_no_line_end(before: str, after: str) -> None:
    pieces, end = [], 0
    for change in replacements(before, after):
        assert change.start >= end
        for place in (change.start, change.end):
            assert before[place - 1 : place + 1] != "\r\n" or place == 0
        pieces += [before[end : change.start], change.text]
        end = change.end
    assert "".join([*pieces, before[end:]]) == after


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a\nb\n", "a\nb\n", []),
        ("a\nx = f(y)\n", "a\nx = F()(y)\n", [(6, 7, "F()")]),
        ("a\nb\n", "a\nc\nd\nb\n", [(2, 2, "c\nd\n")]),
        ("one = f(x)\ntwo = g(y)\n", "one = F(x)\ntwo = G(y)\n", [(6, 7, "F"), (17, 18, "G")]),
    ],
)
def test_edits_are_small(before: str, after: str, expected: list[tuple[int, int, str]]) -> None:
    found = [(change.start, change.end, change.text) for change in replacements(before, after)]
    assert found == expected
