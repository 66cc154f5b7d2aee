"""A parameter that was read is still read, or nothing is said of its other values."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from codemod.verify.child.protocol import OriginalResult, RewrittenResult
from codemod.verify.parameters_read import no_longer_read
from codemod.verify.records import VerifyRequest
from codemod.verify.signatures_kept import other_signature
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
        # All that is left of the arguments, too.
        ("def f(x, **k):\n    return Op(**k)(x)", "def f(x, **k):\n    return Op()(x)", ("f", "k")),
        ("def f(*x):\n    return add(x)", "def f(*x):\n    return i", ("f", "x")),
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


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("x, k=1", "x, k=2", "`f` has the default 2 for `k`, not 1"),
        ("x, k=(1, 2)", "x, k=(2, 1)", "`f` has the default (2, 1) for `k`, not (1, 2)"),
        ("x, *, k='a'", "x, *, k='b'", "`f` has the default 'b' for `k`, not 'a'"),
        ("x, k=1", "x, k=1.0", "`f` has the default 1.0 for `k`, not 1"),
        ("x, k=1", "x, k", "`f` has no default for `k`"),
        ("x, k=1", "k=1, x=2", "`f` takes (k, x) by position, not (x, k)"),
        ("x, *, k=1", "x", "`f` has no parameter `k`"),
        ("x", "x, *, k", "`f` asks for `k`, which it did not"),
        # What only adds to it, what is computed, and what has become optional.
        ("x, k=1", "x, k=1, name=None", None),
        ("x, k=relu", "x, k='relu'", None),
        ("x, k", "x, k=3", None),
    ],
)
def test_a_function_takes_what_it_took(before: str, after: str, expected: str | None) -> None:
    old, new = (f"def f({one}):\n    return x\n".encode() for one in (before, after))
    assert other_signature(old, new) == expected


def test_signatures_of_methods_count_and_those_of_inner_functions_do_not() -> None:
    method = b"class A:\n    def f(self, k=1):\n        pass\n"
    assert other_signature(method, method.replace(b"=1", b"=2")) == (
        "`A.f` has the default 2 for `k`, not 1"
    )
    inner = b"def f():\n    def g(k=1):\n        pass\ndef _h(k=1):\n    pass\n"
    assert other_signature(inner, inner.replace(b"=1", b"=2")) is None
    assert other_signature(method, b"class A:\n    def f(self:\n") is None


def test_another_signature_is_not_verified() -> None:
    path = Path("/project/model.py")
    request = VerifyRequest(
        entry=path,
        originals={path: BUILD.encode()},
        rewrites={path: BUILD.replace("units=4", "units=5").encode()},
    )
    original: OriginalResult = {"loaded": [str(path)]}
    rewritten: RewrittenResult = {"loaded": [str(path)]}
    found = checked(verdict("proved"), request, original, rewritten)
    assert found.verdict == "unverified"
    assert found.reason.startswith("model.py: `build` has the default 5 for `units`, not 4: ")
