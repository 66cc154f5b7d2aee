"""What is told of Keras 3: by model, with the line, and with the interpreter."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codemod.verify.records import VerifyOptions, VerifyRequest
from codemod.verify.session import VerifySession

SOURCE = b"""\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend as K

i = keras.Input((4,))
fine = keras.Model(i, keras.layers.Dense(2)(i), name="fine")
features = K.function([fine.input], [fine.output])
j = keras.Input((3,))
x = keras.layers.experimental.EinsumDense("ab,bc->ac", 2)(j)
gone = keras.Model(j, x, name="gone")
"""


@pytest.mark.tensorflow
def test_a_model_builds_whatever_fails_after_it(tmp_path: Path) -> None:
    entry = tmp_path / "model.py"
    entry.write_bytes(SOURCE)
    rewritten = SOURCE.replace(b'name="fine"', b"name='fine'")
    request = VerifyRequest(entry=entry, originals={entry: SOURCE}, rewrites={entry: rewritten})
    with VerifySession(VerifyOptions(python=sys.executable, device="cpu")) as session:
        verdict = session.verify(request)
    states = {model.name: model.keras3 or "" for model in verdict.models}
    assert states["fine"] == "proved"
    assert states["K.function"].startswith("does not build: line 7: AttributeError")
    assert states["gone"].startswith("does not build: line 9: AttributeError")
    assert verdict.keras2 is not None and verdict.keras3 is not None
    assert (verdict.keras2.python, verdict.keras2.problem) == (sys.executable, "")
    assert verdict.keras2.keras.startswith("2.") and verdict.keras3.keras.startswith("3.")
