"""The sandbox changes no verdict: the same comes out where user code is not kept from files.

Only here is the coverage of children measured: in a sandbox they could not write it down.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from codemod.engine.verdict_rules import is_accepted
from codemod.verdict import Verdict
from codemod.verify import workers
from codemod.verify.records import VerifyOptions, VerifyRequest
from codemod.verify.session import VerifySession
from tests.support.golden import FIXTURES

pytestmark = pytest.mark.tensorflow
FIXTURE_NAMES = (
    "attention autoencoder_losses captured_function dtype_mix masking mixed_precision"
    " moments_topk_split ragged_members script_arguments_required script_image_folder"
    " script_text_vectorization script_vae tensor_unpacking transformer_encoder"
).split()


@pytest.fixture(scope="module")
def session() -> Iterator[VerifySession]:
    options = VerifyOptions(python=sys.executable, device="cpu", time_limit=120.0)
    with pytest.MonkeyPatch.context() as patch:
        support = Path(__file__).parents[1] / "support"
        patch.setattr(workers, "WORKER", support / "worker_without_sandbox.py")
        with VerifySession(options, jobs=2) as opened:
            yield opened


def verified(session: VerifySession, folder: Path, rewritten: bytes) -> Verdict:
    path = folder / "before.py"
    request = VerifyRequest(
        entry=path, originals={path: path.read_bytes()}, rewrites={path: rewritten}
    )
    return session.verify(request)


def test_fixtures_have_the_same_verdict(session: VerifySession) -> None:
    folders = [FIXTURES / name for name in FIXTURE_NAMES]
    before = {folder: (folder / "before.py").read_bytes() for folder in folders}
    rewrites = [(folder / "after_layer.py").read_bytes() for folder in folders]
    verdicts = session.map(lambda pair: verified(session, *pair), zip(folders, rewrites))
    refused = {
        folder.name: f"{verdict.verdict}: {verdict.reason}"
        for folder, verdict in zip(folders, verdicts)
        if not is_accepted(verdict)
    }
    assert refused == {}
    assert {verdict.kept_by for verdict in verdicts} == {""}
    assert {folder: (folder / "before.py").read_bytes() for folder in folders} == before


WRONG = {
    "another op": ("tf.sin(x)", "tf.cos(x)"),
    "another constant": ("* 2.0", "* 2.5"),
    "another dtype": ("return x", "return tf.cast(x, tf.float64)"),
    "another shape": ("return x", "return x[:, :2]"),
    "another weight": ("layers.Dense(4)", "layers.Dense(3)"),
    "fewer models": ("models = [head(tf.sin), head(tf.tanh)]", "models = [head(tf.sin)]"),
    "an error": ("tf.sin(x)", "tf.sine(x)"),
}
MODELS = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


def body(x):
    x = tf.sin(x) * 2.0
    return x


def head(op):
    i = keras.Input((4,))
    x = layers.Dense(4)(i)
    return keras.Model(i, op(body(x)))


models = [head(tf.sin), head(tf.tanh)]
"""


def test_wrong_rewrites_are_refused(session: VerifySession, tmp_path: Path) -> None:
    (tmp_path / "before.py").write_text(MODELS)
    assert all(old in MODELS for old, _ in WRONG.values())
    sources = [MODELS.replace(old, new).encode() for old, new in WRONG.values()]
    verdicts = session.map(partial(verified, session, tmp_path), sources)
    assert {name: verdict.verdict for name, verdict in zip(WRONG, verdicts)} == dict.fromkeys(
        WRONG, "different"
    )
