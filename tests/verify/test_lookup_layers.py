"""Models with lookup layers inside: verified, and compared by their vocabularies."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemod.verdict import Verdict
from codemod.verify.records import VerifyOptions, VerifyRequest
from codemod.verify.session import VerifySession

pytestmark = pytest.mark.tensorflow

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

class NotEqual(layers.Layer):
    def call(self, x):
        return tf.not_equal(x, 0)

"""
MODELS = {
    "text": """\
vectorize = layers.TextVectorization(max_tokens=20, name="vectorize")
vectorize.adapt(["red green", "blue red"])
line = keras.Input((), dtype=tf.string)
ids = vectorize(line)
vectors = layers.Embedding(20, 4)(ids)
model = keras.Model(line, layers.GRU(3)(vectors, mask=KEEP(ids)))
""",
    "strings": """\
lookup = layers.StringLookup(vocabulary=["red", "green"], name="lookup")
word = keras.Input((3,), dtype=tf.string)
model = keras.Model(word, KEEP(lookup(word)))
""",
    "integers": """\
lookup = layers.IntegerLookup(vocabulary=[12, 36, 1138], output_mode="multi_hot", name="lookup")
number = keras.Input((3,), dtype="int64")
model = keras.Model(number, KEEP(layers.Dense(2)(lookup(number))))
""",
    "inside": """\
class Words(layers.Layer):
    def __init__(self):
        super().__init__()
        self.lookup = layers.StringLookup(vocabulary=["red", "green"], name="lookup")

    def call(self, x):
        return self.lookup(x)

word = keras.Input((3,), dtype=tf.string)
model = keras.Model(word, KEEP(Words()(word)))
""",
}
RAW, LAYER = "(lambda x: tf.not_equal(x, 0))", "NotEqual()"


@pytest.fixture(scope="module")
def session() -> Iterator[VerifySession]:
    with VerifySession(VerifyOptions(python=sys.executable, device="cpu")) as opened:
        yield opened


def verify(session: VerifySession, folder: Path, before: str, after: str) -> Verdict:
    path = folder / "model.py"
    request = VerifyRequest(
        entry=path, originals={path: before.encode()}, rewrites={path: after.encode()}
    )
    return session.verify(request)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_with_a_vocabulary_is_verified(
    session: VerifySession, tmp_path: Path, name: str
) -> None:
    source = HEADER + MODELS[name]
    verdict = verify(session, tmp_path, source.replace("KEEP", RAW), source.replace("KEEP", LAYER))
    assert verdict.verdict == "proved", verdict.reason
    assert [model.raw_ops_left for model in verdict.models] == [0]


@pytest.mark.parametrize("name", MODELS)
def test_another_vocabulary_is_a_difference(
    session: VerifySession, tmp_path: Path, name: str
) -> None:
    source = (HEADER + MODELS[name]).replace("KEEP", LAYER)
    other = source.replace("green", "yellow").replace("1138", "1139")
    verdict = verify(session, tmp_path, source, other)
    assert verdict.verdict == "different"
    assert "the vocabulary of `" in verdict.reason
