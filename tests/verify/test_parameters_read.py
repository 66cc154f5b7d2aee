"""A parameter that was read is still read, or nothing is said of its other values."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from codemod.verify.child.protocol import OriginalResult, RewrittenResult
from codemod.verify.parameters_read import no_longer_read
from codemod.verify.records import VerifyRequest
from codemod.verify.what_ran import checked
from tests.support.table_verifier import verdict

BUILD = (
    "def build(units=4, *, act=None):\n    x = Dense(units)(i)\n    return act(x) if act else x\n"
)
LOOP = "def f(x, times=2):\n    for _ in range(times):\n        x = x * times\n    return x\n"
FIXED = BUILD.replace("Dense(units)", "Dense(4)")


def inside(head: str, source: str) -> str:
    return f"{head}\n{textwrap.indent(source, '    ')}"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (BUILD, FIXED, ("build", "units")),
        (BUILD, BUILD.replace("act(x) if act else x", "x"), ("build", "act")),
        (inside("class Net:", BUILD), inside("class Net:", FIXED), ("Net.build", "units")),
        (inside("def make():", BUILD), inside("def make():", FIXED), ("make.build", "units")),
        (inside("if GPU:", BUILD), inside("if GPU:", FIXED), ("build", "units")),
        # Its other statements still read it.
        (BUILD + "    print(units)\n", FIXED + "    print(units)\n", ("build", "units")),
        (LOOP, LOOP.replace("range(times)", "range(2)"), ("f", "times")),
        (LOOP, LOOP.replace("x * times", "x * 2"), ("f", "times")),
        (LOOP, LOOP.replace("x = x * times", "x = Times(times)(x)"), None),
        (BUILD, BUILD.replace("Dense(units)", "Dense(4, name=f'd{units}')"), ("build", "units")),
        # Names of ops, assertions and `self` are not what callers choose.
        ("def f(x, n):\n    return relu(x, name=n)", "def f(x, n):\n    return Relu()(x)", None),
        ("def f(x, n):\n    assert n\n    return x", "def f(x, n):\n    return x", None),
        ("def f(self):\n    self.a = b", "def f(self):\n    pass", None),
        # Read elsewhere in it, as in a function inside, or under an f-string.
        (BUILD, BUILD.replace("Dense(units)", "named(lambda: units)"), None),
        (BUILD, BUILD.replace("Dense(units)", "Dense(int(f'{units}'))"), None),
        # What it never read, what it does not take any more, and what has another name.
        (FIXED, FIXED, None),
        (BUILD, FIXED.replace("units=4, ", ""), None),
        (BUILD, FIXED.replace("build", "make"), None),
        ("def f(x):\n  return x", "def f(x:\n", None),
    ],
)
def test_a_function_reads_what_it_read(
    before: str, after: str, expected: tuple[str, str] | None
) -> None:
    assert no_longer_read(before.encode(), after.encode()) == expected


def test_a_parameter_that_is_written_down_is_not_verified() -> None:
    path = Path("/project/model.py")
    request = VerifyRequest(
        entry=path, originals={path: BUILD.encode()}, rewrites={path: FIXED.encode()}
    )
    original: OriginalResult = {"loaded": [str(path)]}
    rewritten: RewrittenResult = {"loaded": [str(path)]}
    found = checked(verdict("proved"), request, original, rewritten)
    assert found.verdict == "unverified"
    assert found.reason.startswith(
        "model.py: `build` does not read its parameter `units` where it did: "
    )
