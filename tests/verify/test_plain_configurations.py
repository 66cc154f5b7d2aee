"""Values of configurations are equal where they mean the same, wherever their code stands."""

from __future__ import annotations

import base64
import marshal
import types
from typing import Any

import pytest

from codemod.verify.child.frame.plain import shown


def marshalled(source: str) -> str:
    (code,) = (one for one in compile(source, "m", "exec").co_consts if type(one) is types.CodeType)
    return base64.b64encode(marshal.dumps(code)).decode()


def in_keras_2(code: str) -> dict[str, Any]:
    return {"value": [code, None, None]}


def named_in_keras_2(code: str) -> dict[str, Any]:
    return {"class_name": "__lambda__", "config": {"value": (code, None, None)}}


def in_keras_3(code: str) -> dict[str, Any]:
    config = {"code": code, "defaults": None, "closure": None}
    return {"class_name": "__lambda__", "config": config}


@pytest.mark.parametrize("written", [in_keras_2, named_in_keras_2, in_keras_3])
def test_a_lambda_that_has_moved_is_the_same_activation(written: Any) -> None:
    swish = "f = lambda t: t * K.sigmoid(t)\n"
    before, after = (shown(written(marshalled(text))) for text in (swish, "\n" * 90 + swish))
    assert before == after
    assert before != shown(written(marshalled("f = lambda t: t * K.tanh(t)\n")))


def test_other_values_are_shown_as_they_are() -> None:
    assert shown({"value": [1, 2, 3]}) == "{value: [1, 2, 3]}"
    assert shown({"value": ["relu", None, None]}) == "{value: ['relu', None, None]}"
