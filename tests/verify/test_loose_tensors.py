"""Models are made of symbolic tensors that end in none, under the Keras that is installed."""

from __future__ import annotations

import ast

import pytest

from codemod.verify.child.capture.calls import _leaving_tensors


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("test_net()", "model_of(test_net)"),
        ("nets.test_net()", "model_of(nets.test_net)"),
        ("test_net(width=3)", "model_of(lambda: test_net(width=3))"),
        ("Net().build()", "model_of(lambda: Net().build())"),
        ("TestNet('test_it').debug()", "model_of(lambda: TestNet('test_it').debug())"),
    ],
)
def test_the_call_is_told_as_build_takes_it(call: str, expected: str) -> None:
    assert _leaving_tensors(call) == expected
    ast.parse(expected, mode="eval")
