"""What cannot be parsed is told in one line, with what to do."""

from __future__ import annotations

import ast

import pytest

from codemod.files.parse_errors import describe_parse_error

ENCODING_ADVICE = (
    "; save it as UTF-8 or name its encoding in the first line: # -*- coding: latin-1 -*-"
)


def described(source: bytes) -> tuple[int | None, str]:
    with pytest.raises((SyntaxError, ValueError, RecursionError, MemoryError)) as caught:
        ast.parse(source)
    return describe_parse_error(caught.value, source)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (b"x = 1\nprint 'hello'\n", 2),
        (b"print x\n", 1),
        (b"exec 'x = 1'\n", 1),
        (b"try:\n    x\nexcept IOError, error:\n    x\n", 3),
        (b"raise ValueError, 'x'\n", 1),
        (b"if a <> b:\n    x\n", 1),
        (b"x = 10L\n", 1),
        (b"x = ur'a'\n", 1),
        (b"def f(a, (b, c)):\n    x\n", 1),
    ],
)
def test_python_2_is_named(source: bytes, line: int) -> None:
    assert described(source) == (line, "is Python 2; convert it to Python 3 first")


@pytest.mark.parametrize(
    "source", [b"x = 1\nif x\n    y = 2\n", b"ok = 1\nx = (\n", b"x = 1\n  y = 2\n"]
)
def test_syntax_errors_have_their_line_and_words(source: bytes) -> None:
    line, text = described(source)
    assert line == 2
    assert text.startswith("syntax error (")
    assert text.endswith("); correct it and run again")
    assert "Python 2" not in text


@pytest.mark.parametrize(
    ("source", "line", "what"),
    [
        (b"a = 1\nb = 2\nx = '\xe9'\n", 3, "byte 0xe9 is not utf-8"),
        (b"x = '\xe9'\n", 1, "byte 0xe9 is not utf-8"),
        (b"# -*- coding: ascii -*-\nx = '\xc3\xa9'\n", 2, "byte 0xc3 is not ascii"),
    ],
)
def test_wrong_encodings_name_the_byte(source: bytes, line: int, what: str) -> None:
    assert described(source) == (line, what + ENCODING_ADVICE)


def test_bytes_in_comments_count_too() -> None:
    # ast.parse takes them in Python 3.11, but neither LibCST nor running the file does.
    source = b"x = 1\n# caf\xe9\n"
    with pytest.raises(UnicodeDecodeError) as caught:
        source.decode()
    assert describe_parse_error(caught.value, source) == (
        2,
        "byte 0xe9 is not utf-8" + ENCODING_ADVICE,
    )


def test_unknown_encodings_and_binary_files_are_named() -> None:
    assert described(b"# -*- coding: klingon -*-\n") == (
        1,
        "unknown encoding: klingon; name an encoding that Python knows",
    )
    assert described(b"x = 1\0\n")[1].startswith("holds null bytes")


def test_too_deep_nesting_is_no_crash() -> None:
    line, text = described(b"x = " + b"-" * 100_000 + b"1\n")
    assert line is None
    assert text == "is nested too deeply to be parsed; split its longest expression"
