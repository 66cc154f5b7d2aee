"""Which names may still be read after a statement."""

from __future__ import annotations

import ast
import sys
import textwrap

import pytest

from transforms.syntax.liveness import live_after, names_bound, names_read


def live(source: str, line: int) -> set[str]:
    """The names that are live after the first statement that starts on ``line``."""
    tree = ast.parse(textwrap.dedent(source).strip("\n"))
    found = live_after(tree.body)
    for statement, names in found.items():
        if statement.lineno == line:
            return set(names)
    raise AssertionError(f"no statement starts on line {line}: {found}")


def statement(source: str) -> ast.stmt:
    return ast.parse(source).body[0]


STRAIGHT = """
a = f()
b = g(a)
a = h(b)
use(a)
"""


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (1, {"a", "g", "h", "use"}),
        (2, {"b", "h", "use"}),
        (3, {"a", "use"}),
        (4, set()),
    ],
)
def test_a_name_lives_until_its_last_read(line: int, names: set[str]) -> None:
    assert live(STRAIGHT, line) == names


@pytest.mark.parametrize(
    ("second", "names"),
    [
        ("x = 1", set()),
        ("x += 1", {"x"}),
        ("x: int = 1", {"int"}),
        ("x: int", {"x", "int"}),
        ("x = x + 1", {"x"}),
        ("x, (y, *z) = 1, (2, 3)", set()),
        ("[x, y] = 1, 2", set()),
        ("w = x = 1", set()),
        ("x.shape = 1", {"x"}),
        ("x[0] = 1", {"x"}),
        ("a.x = 1", {"x", "a"}),
        ("del y", {"x", "y"}),
        ("pass", {"x"}),
    ],
)
def test_what_a_statement_binds_is_dead_before_it(second: str, names: set[str]) -> None:
    assert live(f"x = 0\n{second}\nlast = x\n", 1) == names


def test_a_change_in_place_reads_the_name() -> None:
    assert live("x = 1\nx += y\n", 1) == {"x", "y"}
    assert live("x = 1\nx[i] += y\n", 1) == {"x", "i", "y"}


def test_what_is_read_in_either_branch_is_live() -> None:
    source = """
    a = b = c = d = 0
    if a:
        e(b)
    else:
        c = 1
    f(c, d)
    """
    assert live(source, 1) == {"a", "b", "c", "d", "e", "f"}
    assert live(source, 3) == {"c", "d", "f"}
    assert live(source, 5) == {"c", "d", "f"}
    both = """
    c = 0
    if a:
        c = 1
    else:
        c = 2
    f(c)
    """
    assert live(both, 1) == {"a", "f"}


def test_a_loop_may_read_in_its_next_round_what_it_has_set() -> None:
    source = """
    a = b = 0
    for i in items:
        f(a)
        a = b
        b = i
    """
    assert live(source, 1) == {"items", "f", "a", "b", "i"}
    assert live(source, 3) >= {"b", "f", "i", "items"}
    assert live(source, 5) >= {"a", "b", "f"}


def test_values_that_move_through_three_rounds_are_live() -> None:
    source = """
    a = 0
    while True:
        f(c)
        c = b
        b = a
    """
    assert live(source, 1) >= {"a", "b", "c"}


@pytest.mark.parametrize("loop", ["for i in items:", "while items:", "async for i in items:"])
def test_what_is_read_after_a_loop_is_live_before_it(loop: str) -> None:
    source = f"async def g():\n    x = 0\n    {loop}\n        x = 1\n    return x\n"
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.AsyncFunctionDef)
    found = live_after(function.body)
    first, whole, last = function.body
    assert isinstance(whole, (ast.For, ast.While, ast.AsyncFor))
    assert "x" in found[first] and "items" in found[first]
    assert "x" in found[whole.body[0]]
    assert found[whole] == {"x"}
    assert found[last] == set()


def test_a_while_loop_reads_its_test_in_every_round() -> None:
    source = """
    n = 3
    while n > m:
        n = f(n)
    """
    assert live(source, 1) == {"n", "m", "f"}
    assert live(source, 3) >= {"n", "m"}


def test_a_break_leaves_to_what_follows_the_loop() -> None:
    source = """
    x = y = 0
    for i in items:
        x = 1
        break
        g(y)
    else:
        h(z)
    use(x)
    """
    assert live(source, 3) == {"x", "use"}
    assert live(source, 5) >= {"z", "h", "use", "x"}


def test_a_continue_goes_to_the_next_round() -> None:
    source = """
    x = y = 0
    for i in items:
        f(x)
        x = 1
        continue
        g(y)
    use(z)
    """
    assert live(source, 4) >= {"x", "f", "z", "use"}
    assert "y" not in live(source, 4)
    assert "g" not in live(source, 4)


def test_break_and_continue_belong_to_the_inner_loop() -> None:
    source = """
    for a in one:
        x = 1
        for b in two:
            y = 1
            break
        else:
            skipped()
        after(x)
        continue
    last()
    """
    assert live(source, 4) == {"after", "x", "one", "two", "last", "skipped"}
    assert live(source, 8) == {"one", "two", "after", "skipped", "last"}


def test_a_return_ends_the_function() -> None:
    source = """
    x = y = 0
    if a:
        return x
    use(y)
    """
    assert live(source, 1) == {"x", "y", "a", "use"}
    assert live("x = y = 0\nraise x\nuse(y)\n", 1) == {"x"}
    assert live("x = y = 0\nreturn\nuse(y)\n", 1) == set()


def test_a_with_statement_reads_its_items_first() -> None:
    source = """
    a = b = c = 0
    with open(a) as handle, lock(b):
        c = 1
    use(c)
    """
    assert live(source, 1) == {"a", "b", "open", "lock", "use"}
    assert live(source, 3) == {"c", "use"}


TRY = """
a = b = c = d = e = 0
try:
    a = f(b)
    b = 1
except Error:
    use(a, c)
except (Other, Third) as error:
    c = 2
else:
    use(d)
finally:
    use(e)
last(c)
"""


def test_a_handler_may_read_what_any_statement_of_the_body_left() -> None:
    handled = {"a", "c", "e", "use", "last", "Error", "Other", "Third"}
    assert live(TRY, 1) >= {"a", "b", "c", "d", "e", "f"} | handled
    assert live(TRY, 3) >= handled | {"d"}
    assert live(TRY, 4) >= handled | {"d"}


def test_what_follows_a_handler_is_the_finally_and_the_rest() -> None:
    assert live(TRY, 6) == {"e", "c", "use", "last"}
    assert live(TRY, 8) == {"e", "c", "use", "last"}
    assert live(TRY, 10) == {"e", "c", "use", "last"}
    assert live(TRY, 12) == {"c", "last"}


def test_without_a_finally_the_rest_follows() -> None:
    source = """
    x = 0
    try:
        x = f()
    except Error:
        pass
    use(x)
    """
    assert live(source, 1) == {"x", "f", "Error", "use"}
    assert live(source, 5) == {"x", "use"}
    bare = "x = 0\ntry:\n    x = f()\nexcept:\n    g(x)\n"
    assert live(bare, 1) == {"x", "f", "g"}


def test_a_loop_around_a_try_is_left_from_within() -> None:
    source = """
    for i in items:
        try:
            x = f(i)
            break
        except Error:
            y = 1
            continue
        finally:
            z = 1
        never(x)
    use(x, y)
    """
    assert "use" in live(source, 3)
    assert live(source, 6) >= {"items", "f"}


@pytest.mark.parametrize("leaves", ["break", "continue"])
@pytest.mark.parametrize(
    "inside",
    [
        "        for j in y:\n            f(j)\n        else:\n            x = 1\n            {}\n",
        "        try:\n            f()\n        except E:\n            x = 1\n            {}\n",
        "        try:\n            f()\n        except E:\n            f()\n"
        "        else:\n            x = 1\n            {}\n",
        "        try:\n            f()\n        finally:\n            x = 1\n            {}\n",
        "        try:\n            x = 1\n            {}\n        except E:\n            raise\n",
        "        with f():\n            x = 1\n            {}\n",
        "        if f():\n            x = 1\n            {}\n",
        "        if f():\n            f()\n        else:\n            x = 1\n            {}\n",
        "        match x:\n            case 1:\n                x = 1\n                {}\n",
    ],
)
def test_wherever_it_stands_a_break_leaves_the_loop_and_a_continue_does_not(
    inside: str, leaves: str
) -> None:
    source = (
        "for i in items:\n    if in_loop:\n"
        + inside.format(leaves)
        + "    skipped()\nafter_loop()\n"
    )
    line = next(n for n, text in enumerate(source.splitlines(), 1) if text.strip() == "x = 1")
    names = live(source, line)
    assert "after_loop" in names
    assert ("in_loop" in names) is (leaves == "continue")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="except* is from Python 3.11")
def test_groups_of_errors_are_handled_alike() -> None:
    source = "x = 0\ntry:\n    x = f()\nexcept* Error:\n    g(x)\n"
    assert live(source, 1) == {"x", "f", "Error", "g"}
    assert live(source, 3) == {"x", "Error", "g"}


def test_any_case_of_a_match_may_be_taken_or_none() -> None:
    source = """
    a = b = c = 0
    match a:
        case 1:
            b = 1
        case 2:
            use(c)
    last(b)
    """
    assert live(source, 1) == {"a", "b", "c", "use", "last"}
    assert live(source, 4) == {"b", "last"}


def test_what_inner_functions_read_is_always_live() -> None:
    source = """
    x = y = z = 0
    g = lambda: x
    def h():
        return y
    class C:
        w = z
    last = 1
    """
    assert live(source, 7) == {"x", "y", "z"}
    assert live("def f():\n    global n\n    n = 1\nlast = 1\n", 4) == {"n"}
    assert live("if a:\n    def f():\n        nonlocal_ = m\nlast = 1\n", 4) == {"m"}


def test_a_definition_reads_its_defaults_and_decorators() -> None:
    assert live("x = 0\n@wrap\ndef f(a=x):\n    return a\n", 1) == {"x", "wrap", "a"}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("x = y", {"x"}),
        ("a = b, (c, *d) = e", {"a", "b", "c", "d"}),
        ("[a, b] = e", {"a", "b"}),
        ("a.b = c[d] = e", set()),
        ("x: int = 1", {"x"}),
        ("x: int", set()),
        ("x += 1", set()),
        ("f(x)", set()),
    ],
)
def test_names_that_a_statement_binds(source: str, names: set[str]) -> None:
    assert names_bound(statement(source)) == names


def test_names_that_a_node_reads() -> None:
    assert names_read(statement("a.b[c] = d(e, lambda f: f + g)")) == {"a", "c", "d", "e", "f", "g"}
    assert names_read(statement("x = 1")) == set()
    assert names_read(statement("del x")) == set()
