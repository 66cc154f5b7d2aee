"""How a layer keeps a value that is bound when it is made, and saves it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.golden import planned

SOURCE = """\
import os
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
FLAG = os.environ.get("FLAG")
def build():
    i = keras.Input((4,))
    scale = {}
    return keras.Model(i, tf.multiply(i, scale))
"""


TENSOR = "scale if scale_dtype is None else tf.constant(scale, scale_dtype)"
ARRAY = "scale if scale_dtype is None else np.asarray(scale, scale_dtype)"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("2.0", "scale"),
        ("[1.0, 2.0]", "scale"),
        ("tf.constant(2.0)", TENSOR),
        ("np.array([1.0, 2.0])", ARRAY),
        # Only sometimes a tensor: it must not become one when it is loaded again.
        ("tf.constant(2.0) if FLAG else 2.0", ARRAY),
    ],
)
def test_a_captured_value_is_loaded_as_what_it_was(value: str, kept: str) -> None:
    source = SOURCE.format(value).encode()
    text = planned(source, Path("/models/model.py"), "layer").rewritten.decode()
    assert f"\n        self.scale = {kept}\n" in text
    assert ('"scale": self.scale}\n' in text) is (kept == "scale")
    assert ("scale_dtype=None, **kwargs" in text) is (kept != "scale")
    assert "MultiplyOp(scale=scale, " in text
