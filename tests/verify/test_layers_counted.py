"""A line that counts layers is a hazard only where it gets other ones."""

from __future__ import annotations

from typing import cast

import pytest

from codemod.verify.child.frame.mentions import mentions, numbers_said
from codemod.verify.child.protocol import Frame

BEFORE = ["input_1", "conv1", "tf.nn.relu", "tf.reduce_mean", "conv2", "dense"]
AFTER = ["input_1", "conv1", "mean", "conv2", "dense"]


def frame(names: list[str]) -> Frame:
    raw = [name for name in names if name.startswith("tf.")]
    return cast(Frame, {"all_layers": names, "raw_layers": raw, "layers": []})


@pytest.mark.parametrize(
    ("index", "is_told"),
    [
        ("[-1]", False),
        ("[-2:]", False),
        ("[1]", False),
        ("[:2]", False),
        ("[-3:]", True),
        ("[4]", True),
        ("[n:]", True),
        ("[2:-1]", True),
        ("[900]", False),
    ],
)
def test_a_line_that_gets_the_same_layers_is_no_hazard(index: str, is_told: bool) -> None:
    source = f"def top(model, n):\n    return model.layers{index}\n".encode()
    told = mentions(frame(BEFORE), frame(AFTER), {"m.py": source})
    expected = "line 2 of the rewritten source counts layers: `conv2` was number 4 and is number 3"
    assert told == ([expected] if is_told else [])
    assert numbers_said(frame(BEFORE), frame(AFTER), {"m.py": source}) == []
