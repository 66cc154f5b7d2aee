"""Models of two sides are compared with each other where some are missing on one of them."""

from __future__ import annotations

from codemod.verify.child.capture.captured import CapturedModel
from codemod.verify.child.capture.matching import match_models
from codemod.verify.child.protocol import OriginalModel


def test_what_a_call_with_other_values_makes_matches_that_of_the_same_call() -> None:
    variants = ["", "build(depth=0)", "build(depth=1)"]
    originals: list[OriginalModel] = [
        {"name": "model", "line": 3, "builder": "build", "variant": variant} for variant in variants
    ]
    made = CapturedModel(None, "model", 3, "build", "build(depth=0)")
    assert match_models(originals, [made]) == ([None, made, None], [])
    other = CapturedModel(None, "model", 3, "build", "build(depth=2)")
    assert match_models(originals, [other]) == ([None, None, None], [other])
