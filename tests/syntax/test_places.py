"""Where statements and calls stand."""

from __future__ import annotations

import ast
import textwrap

import pytest

from transforms.syntax.places import (
    Place,
    call_places,
    own_expressions,
    statements_of,
    suites,
)

SOURCE = """
first = f()
class Net:
    size = 3
    def build(self, x):
        for i in range(3):
            while x:
                x = g(x)
            def inner(y):
                return h(y)
        return x
async def run():
    async for a in b:
        c = d
match first:
    case 1:
        one = 1
    case _:
        two = 2
try:
    three = 3
except E:
    four = 4
else:
    five = 5
finally:
    six = 6
with p as q:
    seven = 7
if r:
    eight = 8
else:
    nine = 9
"""


def parsed(source: str) -> ast.Module:
    return ast.parse(textwrap.dedent(source).strip("\n"))


def places(source: str) -> dict[str, Place]:
    return {ast.unparse(statement): place for statement, place in statements_of(parsed(source))}


def test_every_statement_has_a_place_outer_ones_first() -> None:
    lines = [statement.lineno for statement, _ in statements_of(parsed(SOURCE))]
    every = [node.lineno for node in ast.walk(parsed(SOURCE)) if isinstance(node, ast.stmt)]
    assert sorted(lines) == sorted(every)
    assert [line for line in lines if line <= 10] == list(range(1, 11))


@pytest.mark.parametrize(
    ("statement", "builder"),
    [
        ("first = f()", "<module>"),
        ("size = 3", "Net"),
        ("return x", "Net.build"),
        ("x = g(x)", "Net.build"),
        ("return h(y)", "Net.build.inner"),
        ("c = d", "run"),
        ("seven = 7", "<module>"),
    ],
)
def test_the_builder_is_the_qualified_name(statement: str, builder: str) -> None:
    assert places(SOURCE)[statement].builder == builder


def test_a_lambda_is_a_definition_without_a_name() -> None:
    statement = ast.parse("f = lambda: 1").body[0]
    assert isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Lambda)
    place = Place(block=(statement,), index=0, definitions=(statement.value,))
    assert place.builder == "<lambda>"
    assert place.function is statement.value


def test_the_function_is_the_innermost_one_and_no_class() -> None:
    found = places(SOURCE)

    def name(statement: str) -> str | None:
        function = found[statement].function
        return getattr(function, "name", None)

    assert name("first = f()") is None
    assert name("size = 3") is None
    assert name("return x") == "build"
    assert name("return h(y)") == "inner"
    inner_class = places("def f():\n    class C:\n        x = 1\n")["x = 1"]
    assert getattr(inner_class.function, "name", None) == "f"


def test_loops_are_those_of_the_same_function() -> None:
    found = places(SOURCE)

    def loops(statement: str) -> list[str]:
        return [type(loop).__name__ for loop in found[statement].loops]

    assert loops("first = f()") == []
    assert loops("x = g(x)") == ["For", "While"]
    assert loops("return x") == []
    assert loops("return h(y)") == []
    assert loops("c = d") == ["AsyncFor"]
    assert loops("seven = 7") == []


def test_a_statement_stands_in_its_suite() -> None:
    for statement, place in statements_of(parsed(SOURCE)):
        assert place.block[place.index] is statement
    assert len(places(SOURCE)["size = 3"].block) == 2
    assert len(places(SOURCE)["five = 5"].block) == 1


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1", []),
        ("if a:\n    b\nelse:\n    c", ["b", "c"]),
        ("for a in b:\n    c\nelse:\n    d", ["c", "d"]),
        ("try:\n    a\nexcept E:\n    b\nelse:\n    c\nfinally:\n    d", ["a", "c", "d", "b"]),
        ("match a:\n    case 1:\n        b\n    case 2:\n        c", ["b", "c"]),
        ("with a:\n    b", ["b"]),
    ],
)
def test_the_suites_of_a_statement(source: str, expected: list[str]) -> None:
    found = [suite for suite in suites(ast.parse(source).body[0]) if suite]
    assert [ast.unparse(suite[0]) for suite in found] == expected


def test_a_conditional_expression_has_no_suites() -> None:
    expression = ast.parse("f = lambda: 1").body[0]
    assert list(suites(expression)) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = b = c", ["a", "b", "c"]),
        ("a: b = c", ["a", "b", "c"]),
        ("f(a)", ["f(a)"]),
        ("if a:\n    b", ["a"]),
        ("for a in b:\n    c", ["a", "b"]),
        ("with a as b, c:\n    d", ["a", "b", "c"]),
        ("@a\ndef f(x=b, *, y=c) -> d:\n    e", ["b", "c", "a", "d"]),
        ("@a\nclass C(b, metaclass=c):\n    d", ["a", "b", "c"]),
        ("return a", ["a"]),
        ("pass", []),
    ],
)
def test_own_expressions_are_those_outside_the_suites(source: str, expected: list[str]) -> None:
    found = [ast.unparse(node) for node in own_expressions(ast.parse(source).body[0])]
    assert sorted(found) == sorted(expected)


CALLS = """
plain()
for i in items():
    looped(nested())
def f(a=default()):
    return [each(x) for x in once()]
values = {one(x) for x in y}, {key(x): value(x) for x in y}, (late(x) for x in y)
g = lambda: called()
with opened() as h:
    pass
class C(base(), metaclass=meta()):
    pass
"""


@pytest.mark.parametrize(
    ("call", "builder", "loops", "repeated"),
    [
        ("plain()", "<module>", 0, False),
        ("items()", "<module>", 0, False),
        ("looped(nested())", "<module>", 1, False),
        ("nested()", "<module>", 1, False),
        ("each(x)", "f", 0, True),
        ("once()", "f", 0, True),
        ("one(x)", "<module>", 0, True),
        ("key(x)", "<module>", 0, True),
        ("value(x)", "<module>", 0, True),
        ("late(x)", "<module>", 0, True),
        ("called()", "<module>", 0, True),
        ("opened()", "<module>", 0, False),
        ("base()", "<module>", 0, False),
        ("meta()", "<module>", 0, False),
    ],
)
def test_the_place_of_a_call(call: str, builder: str, loops: int, repeated: bool) -> None:
    statements = [*statements_of(parsed(CALLS)), *statements_of(parsed("other()"))]
    nodes = [node for statement, _ in statements for node in ast.walk(statement)]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    places = call_places({*calls}, statements)
    assert call_places({calls[0]}, statements) == {calls[0]: places[calls[0]]}
    found = {ast.unparse(node): entry for node, entry in places.items()}
    place, is_repeated = found[call]
    assert (place.builder, len(place.loops), is_repeated) == (builder, loops, repeated)
    assert found["other()"][0].builder == "<module>"
