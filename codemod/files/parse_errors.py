"""Saying in one line why a source cannot be parsed, and what to do."""

from __future__ import annotations

import re

from transforms.syntax.source_text import encoding_of

PYTHON_2 = re.compile(
    rb"""^\s*(print|exec)\s+[^\s(=.,]      # statements that became functions
      | \bexcept\s+[\w.()]+\s*,\s*\w+\s*:  # except Error, name:
      | \braise\s+[\w.]+\s*,               # raise Error, "message"
      | \bdef\s+\w+\(.*\([\w,\s]+\).*\):   # tuple parameters
      | <> | \b[uU][rR]["'] | \b\d+[lL]\b  # operators, prefixes, long numbers
    """,
    re.VERBOSE,
)


def describe_parse_error(error: Exception, source: bytes) -> tuple[int | None, str]:
    """Return the 1-based line, where one is known, and ``what; what to do``.

    ``error`` is what ``ast.parse``, ``bytes.decode`` or LibCST raised for ``source``.
    """
    problem = _encoding_problem(source)
    if problem is not None:
        return problem
    if isinstance(error, RecursionError | MemoryError):
        return None, "is nested too deeply to be parsed; split its longest expression"
    message = getattr(error, "msg", None) or getattr(error, "message", None) or str(error)
    if "null bytes" in message:
        return None, "holds null bytes, so it is not Python source; leave it out"
    line: int | None = getattr(error, "lineno", None) or getattr(error, "raw_line", None)
    if line is not None and _looks_like_python_2(source, line):
        return line, "is Python 2; convert it to Python 3 first"
    return line, f"syntax error ({' '.join(message.split())}); correct it and run again"


def _encoding_problem(source: bytes) -> tuple[int | None, str] | None:
    try:
        encoding = encoding_of(source)
    except SyntaxError as error:
        if not str(error).startswith("invalid or missing"):
            return 1, f"{error}; name an encoding that Python knows"
        encoding = "utf-8"  # There is no cookie, and a line where it could stand is not UTF-8.
    try:
        source.decode(encoding)
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        what = f"byte 0x{source[error.start]:02x} is not {encoding}"
        advice = (
            "save it as UTF-8 or name its encoding in the first line: # -*- coding: latin-1 -*-"
        )
        return line, f"{what}; {advice}"
    return None


def _looks_like_python_2(source: bytes, line: int) -> bool:
    lines = source.splitlines()
    return 0 < line <= len(lines) and PYTHON_2.search(lines[line - 1]) is not None
