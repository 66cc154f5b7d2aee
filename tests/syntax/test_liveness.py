"""Which names are read after a statement: what a run must give out."""

from __future__ import annotations

import ast

import pytest

from transforms.syntax.liveness import live_after


def live_after_line(source: str, line: int) -> set[str]:
    """The names that are live after the statement that starts at ``line``."""
    live = live_after(ast.parse(source).body)
    (names,) = [names for statement, names in live.items() if statement.lineno == line]
    return set(names)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = 1\nb = a\nc = b\n", {"a"}),
        ("a = 1\na = 2\nuse(a)\n", {"use"}),
        ("a = 1\na += 2\nuse(a)\n", {"a", "use"}),
        ("a = 1\nif c:\n    a = 2\nuse(a)\n", {"a", "c", "use"}),
        ("a = 1\nif c:\n    a = 2\nelse:\n    a = 3\nuse(a)\n", {"c", "use"}),
        ("a = 1\nfor i in r:\n    use(a)\n", {"a", "r", "use"}),
        ("a = 1\nfor i in r:\n    a = 2\nelse:\n    use(a)\n", {"a", "r", "use"}),
        ("a = 1\nwhile c:\n    a = 2\n    break\nuse(a)\n", {"a", "c", "use"}),
        ("a = 1\nwith m(a) as b:\n    pass\n", {"a", "m"}),
        ("a = 1\ntry:\n    a = 2\nexcept E:\n    use(a)\n", {"a", "E", "use"}),
        ("a = 1\ntry:\n    f()\nfinally:\n    use(a)\n", {"a", "f", "use"}),
        ("a = 1\nmatch s:\n    case 1:\n        use(a)\n", {"a", "s", "use"}),
        ("a = 1\ndef f():\n    return a\na = 2\n", {"a"}),
        ("a = 1\nuse(lambda: a)\n", {"a", "use"}),
        ("a = 1\nglobal b\n", {"b"}),
        ("a = 1\nx, a = f()\nuse(a, x)\n", {"f", "use"}),
        ("a = 1\nx[a] = f()\n", {"a", "f", "x"}),
    ],
)
def test_names_that_are_read_after_the_first_statement(source: str, expected: set[str]) -> None:
    assert live_after_line(source, 1) == expected


def test_the_end_of_a_loop_feeds_its_head() -> None:
    source = "for i in r:\n    use(a)\n    a = i\n    b = a\n"
    assert {"a", "use"} <= live_after_line(source, 3)
    assert {"a", "use"} <= live_after_line(source, 4)
    assert "b" not in live_after_line(source, 4)


def test_continue_goes_to_the_head_and_break_behind_the_loop() -> None:
    source = (
        "while c:\n    a = 1\n    if d:\n        a = 2\n        continue\n"
        "    b = a\n    break\nelse:\n    use(e)\nuse(b)\n"
    )
    assert "b" in live_after_line(source, 6)
    assert "e" not in live_after_line(source, 6)
    assert {"c", "e"} <= live_after_line(source, 4)
    assert "a" not in live_after_line(source, 4)


def test_a_handler_may_read_what_any_statement_of_the_body_bound() -> None:
    source = "try:\n    a = f()\n    b = g(a)\n    a = None\nexcept E:\n    use(a)\n"
    assert "a" in live_after_line(source, 2)
    assert "a" in live_after_line(source, 3)
