"""Verification as its users see it: what is the same, what is not, and what cannot be told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemod.verdict import Verdict
from codemod.verify.records import VerifyOptions, VerifyRequest
from codemod.verify.session import VerifySession
from codemod.verify.workers import VerifyError

pytestmark = pytest.mark.tensorflow

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""
RAW = HEADER + 'i = keras.Input((4, 3))\nm = keras.Model(i, tf.reduce_sum(i, 1), name="m")\n'
WRAPPED = HEADER + (
    "i = keras.Input((4, 3))\n"
    'x = layers.Lambda(lambda x: tf.reduce_sum(x, 1), name="s")(i)\n'
    'm = keras.Model(i, x, name="m")\n'
)


@pytest.fixture(scope="module")
def session() -> Iterator[VerifySession]:
    options = VerifyOptions(
        python=sys.executable, device="cpu", time_limit=60, memory_limit=6 << 30
    )
    with VerifySession(options) as opened:
        yield opened


def verify(
    session: VerifySession, folder: Path, original: str, rewritten: str, *builds: str
) -> Verdict:
    path = folder / "model.py"
    request = VerifyRequest(
        entry=path,
        originals={path: original.encode()},
        rewrites={path: rewritten.encode()},
        builds=tuple(builds),
    )
    return session.verify(request)


def test_a_wrapped_op_gives_the_same_bits(session: VerifySession, tmp_path: Path) -> None:
    verdict = verify(session, tmp_path, RAW, WRAPPED)
    assert (verdict.verdict, verdict.device) == ("proved", "CPU")
    assert "an audit hook" in verdict.kept_by
    (model,) = verdict.models
    assert (model.name, model.line, model.raw_ops_left) == ("m", 5, 0)
    assert (model.weight_order_kept, model.keras3) == (True, "proved")


def test_a_form_feed_ends_no_line(session: VerifySession, tmp_path: Path) -> None:
    # AutoGraph reads `call` at the line where it is said to stand.
    sums = (
        "class Sum(layers.Layer):\n"
        "    def __init__(self, **arguments):\n"
        "        super().__init__(**arguments)\n"
        "    def call(self, x):\n"
        "        return tf.reduce_sum(x, 1)\n"
    )
    rewritten = RAW.replace("i = keras", f"\x0c\n{sums}i = keras").replace(
        "tf.reduce_sum(i, 1)", "Sum()(i)"
    )
    assert verify(session, tmp_path, RAW, rewritten).verdict == "proved"


def test_the_probe_names_each_raw_op(session: VerifySession, tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    probe = session.probe(
        VerifyRequest(entry=path, originals={path: RAW.encode()}, rewrites={path: RAW.encode()})
    )
    assert probe.models == ("m",)
    (op,) = probe.raw_ops
    assert (op.path, op.line, op.op) == (path, 5, "tf.math.reduce_sum")
    assert sys.version_info < (3, 11) or (op.column, op.end_column) == (19, 38)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("tf.reduce_sum(x, 1)", "tf.reduce_sum(x, 2)", "has shape"),
        ("x - 2.0", "2.0 - x", "differs by up to"),
        ("x * 1.0", "tf.cast(x, tf.float64)", "is float64, not float32"),
        ("tf.split(x, 2, 1)", "tf.split(x, 2, 1)[0]", "another structure"),
    ],
    ids=["axis", "order", "dtype", "structure"],
)
def test_a_changed_model_is_different(
    session: VerifySession, tmp_path: Path, before: str, after: str, reason: str
) -> None:
    source = HEADER + "x = keras.Input((4, 3))\nm = keras.Model(x, {})\n"
    verdict = verify(session, tmp_path, source.format(before), source.format(after))
    assert verdict.verdict == "different"
    assert reason in verdict.reason


def test_a_loop_variable_that_binds_late_is_different(
    session: VerifySession, tmp_path: Path
) -> None:
    source = HEADER + (
        "i = x = keras.Input((2,))\nfor k in range(3):\n    x = {}\nm = keras.Model(i, x)\n"
    )
    late = source.format("layers.Lambda(lambda t: t + 10.0 ** k)(x)")
    bound = source.format("layers.Lambda(lambda t, k: t + 10.0 ** k, arguments={'k': k})(x)")
    raw = source.format("tf.add(x, 10.0 ** k)")
    assert verify(session, tmp_path, raw, late).verdict == "different"
    assert verify(session, tmp_path, raw, bound).verdict == "proved"


def test_a_lambda_that_casts_float64_is_different(session: VerifySession, tmp_path: Path) -> None:
    source = HEADER + 'i = keras.Input((3,), dtype="float64")\nm = keras.Model(i, {})\n'
    verdict = verify(
        session,
        tmp_path,
        source.format("tf.square(i)"),
        source.format("layers.Lambda(lambda t: tf.square(t))(i)"),
    )
    assert verdict.verdict == "different"
    assert "float32, not float64" in verdict.reason


TWO_BRANCHES = (
    HEADER
    + """\
class Run(layers.Layer):
    def call(self, x):
        return tf.nn.relu(tf.add(tf.multiply(x, 2.0), 1.0))

i = keras.Input((4,))
a = layers.Dense(4, name="a")(i)
a = {}
b = layers.Dense(4, name="b")(i)
b = tf.tanh(tf.tanh(b))
m = keras.Model(i, layers.concatenate([a, b]))
"""
)


def test_a_collapsed_run_that_moves_weights_is_told(session: VerifySession, tmp_path: Path) -> None:
    raw = TWO_BRANCHES.format("tf.nn.relu(tf.add(tf.multiply(a, 2.0), 1.0))")
    verdict = verify(session, tmp_path, raw, TWO_BRANCHES.format("Run()(a)"))
    assert verdict.models[0].weight_order_kept is False
    assert verdict.models[0].bitwise


def test_training_scripts_are_run_without_training(session: VerifySession, tmp_path: Path) -> None:
    rest = (
        "(x, y), _ = keras.datasets.mnist.load_data()\n"
        "m.compile('sgd', 'mse')\nm.fit(x, y)\nm.save('m.keras')\n"
        "if __name__ == '__main__':\n    m.predict(x)\n"
    )
    verdict = verify(session, tmp_path, RAW + rest, WRAPPED + rest)
    assert verdict.verdict == "proved"
    assert {"mnist.load_data was left out", "Model.fit was left out"} <= set(verdict.assumptions)
    assert not any(path.name == "m.keras" for path in tmp_path.rglob("*"))


def test_import_keras_means_keras_2_where_raw_ops_must_build(
    session: VerifySession, tmp_path: Path
) -> None:
    source = (
        "import keras\nimport tensorflow as tf\nfrom keras.layers import Lambda\n"
        "import keras.backend as K\ni = keras.Input((3,))\nm = keras.Model(i, {})\n"
    )
    verdict = verify(
        session,
        tmp_path,
        source.format("K.square(i)"),
        source.format("Lambda(lambda t: tf.square(t), name='square')(i)"),
    )
    assert verdict.verdict == "proved"


def test_a_module_of_a_package_is_built_by_a_call(session: VerifySession, tmp_path: Path) -> None:
    package = tmp_path / "nets"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "sizes.py").write_text("WIDTH = 3\n")
    path = package / "model.py"
    source = HEADER + (
        "from .sizes import WIDTH\ndef build(rows):\n    i = keras.Input((rows, WIDTH))\n"
        "    return keras.Model(i, {})\n"
    )
    raw = source.format("tf.reduce_sum(i, 1)").encode()
    new = source.format("layers.Lambda(lambda t: tf.reduce_sum(t, 1), name='s')(i)").encode()
    request = VerifyRequest(
        entry=path, originals={path: raw}, rewrites={path: new}, builds=("build(rows=4)",)
    )
    assert session.verify(request).verdict == "proved"
    other = VerifyRequest(
        entry=path, originals={path: raw}, rewrites={path: new}, builds=("nets.model:build(5)",)
    )
    assert session.verify(other).verdict == "proved"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("import os; os._exit(3)", "exited with 3"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("import not_there_at_all", "`not_there_at_all` is not installed"),
        ("raise SystemExit(4)", "SystemExit: 4"),
        ("print('x' * 10**8)", "no functional model was built"),
    ],
    ids=["exit", "crash", "missing package", "SystemExit", "flood"],
)
def test_code_that_builds_nothing_is_unverified(
    session: VerifySession, tmp_path: Path, statement: str, reason: str
) -> None:
    verdict = verify(session, tmp_path, statement + "\n", statement + "\n")
    assert verdict.verdict == "unverified"
    assert reason in verdict.reason
    assert verify(session, tmp_path, RAW, WRAPPED).verdict == "proved"


def test_an_endless_loop_and_a_memory_hog_are_stopped(tmp_path: Path) -> None:
    loop = "while True: pass\n"
    with VerifySession(VerifyOptions(python=sys.executable, device="cpu", time_limit=8)) as limited:
        looping = verify(limited, tmp_path, loop, loop)
    hog = "hog = []\nwhile True: hog.append(bytearray(10**7))\n"
    # Ample time: some machines hand out memory slowly.
    options = VerifyOptions(
        python=sys.executable, device="cpu", time_limit=300, memory_limit=1 << 30
    )
    with VerifySession(options) as limited:
        hogging = verify(limited, tmp_path, hog, hog)
    assert "line 1 was left out: it runs too long" in looping.reason
    assert "more than 1024 MiB" in hogging.reason


def test_what_fails_only_after_the_rewrite_is_different(
    session: VerifySession, tmp_path: Path
) -> None:
    verdict = verify(session, tmp_path, RAW, RAW.replace("tf.reduce_sum(i, 1)", "Missing()(i)"))
    assert verdict.verdict == "different"
    assert "Missing" in verdict.reason


def test_a_rewrite_that_ends_its_process_is_not_verified(
    session: VerifySession, tmp_path: Path
) -> None:
    ending = RAW.replace("tf.reduce_sum(i, 1)", "__import__('os')._exit(3)")
    verdict = verify(session, tmp_path, RAW, ending)
    assert verdict.verdict == "unverified"
    assert "it exited with 3" in verdict.reason


def test_inputs_of_many_kinds(session: VerifySession, tmp_path: Path) -> None:
    source = HEADER + (
        "class Embedding(layers.Layer):\n    def call(self, x):\n        return x\n"
        "o = keras.Input((2,))\n"
        "t = keras.Input((None,), dtype='int32')\nf = keras.Input((None, 2))\n"
        "b = keras.Input((1,), dtype='bool')\ns = keras.Input((1,), dtype='string')\n"
        "x = layers.Embedding(7, 4)(t)\n"
        "m = keras.Model({{'t': t, 'f': f, 'b': b, 's': s, 'o': o}}, [Embedding()(o),\n"
        "    tf.reduce_mean(x, 1), {{'g': tf.reduce_max(f, 1), 'n': tf.logical_not(b)}},\n"
        "     {}])\n"
    )
    raw = source.format("tf.strings.length(s)")
    verdict = verify(session, tmp_path, raw, raw)
    assert verdict.verdict == "proved", verdict.reason


def test_floats_that_are_labels_are_tried(session: VerifySession, tmp_path: Path) -> None:
    source = HEADER + (
        "i = keras.Input((4, 4, 1))\n"
        "m = keras.Model(i, tf.gather([1.0, 2.0], tf.cast(i, 'int32')))\n"
    )
    verdict = verify(session, tmp_path, source, source)
    assert verdict.verdict == "proved", verdict.reason


def test_two_free_dimensions_get_different_sizes(session: VerifySession, tmp_path: Path) -> None:
    source = HEADER + (
        "i = keras.Input((None, None, 2))\n"
        "m = keras.Model(i, i[..., 0] * tf.cast(tf.shape(i)[{}], 'float32'))\n"
    )
    verdict = verify(session, tmp_path, source.format(1), source.format(2))
    assert verdict.verdict == "different"
    assert "output 0 differs" in verdict.reason


@pytest.mark.parametrize(
    ("given", "other"),
    [
        ("shape=(2,), dtype='int32'", "shape=(2,), dtype='int64'"),
        ("(2,), name='a'", "(2,), name='b'"),
    ],
    ids=["dtype", "name"],
)
def test_other_inputs_are_a_difference(
    session: VerifySession, tmp_path: Path, given: str, other: str
) -> None:
    source = HEADER + "i = keras.Input({})\nm = keras.Model(i, tf.cast(i, 'float32') * 2.0)\n"
    verdict = verify(session, tmp_path, source.format(given), source.format(other))
    assert verdict.verdict == "different"
    assert "an input is" in verdict.reason


def test_asking_for_a_gpu_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    request = VerifyRequest(
        entry=path, originals={path: RAW.encode()}, rewrites={path: WRAPPED.encode()}
    )
    with VerifySession(VerifyOptions(python=sys.executable, device="gpu")) as opened:
        try:
            verdict = opened.verify(request)
        except VerifyError as error:
            assert "sees no GPU" in str(error)
        else:
            assert verdict.device.startswith("GPU")


def test_the_old_interpreter_runs_both_sides_and_the_new_one_the_rewrite(tmp_path: Path) -> None:
    started = tmp_path / "started"
    for name in ("old", "new"):
        python = tmp_path / name
        python.write_text(
            f'#!/bin/sh\necho {name} "$2" >> "{started}"\nexec "{sys.executable}" "$@"\n'
        )
        python.chmod(0o755)
    options = VerifyOptions(
        python=str(tmp_path / "new"),
        device="cpu",
        python_original=str(tmp_path / "old"),
        time_limit=60,
    )
    with VerifySession(options) as opened:
        verdict = verify(opened, tmp_path, RAW, WRAPPED)
    assert verdict.verdict == "proved"
    assert verdict.models[0].port == "bitwise"
    # Both are started at the same time: which one writes first is chance.
    assert sorted(started.read_text().splitlines()) == ["new 3", "old 2"]


def test_an_interpreter_without_tensorflow_is_an_error(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -I "$@"\n')
    python.chmod(0o755)
    path = tmp_path / "model.py"
    request = VerifyRequest(
        entry=path, originals={path: RAW.encode()}, rewrites={path: RAW.encode()}
    )
    with (
        VerifySession(VerifyOptions(python=str(python), device="cpu")) as opened,
        pytest.raises(VerifyError, match="tensorflow"),
    ):
        opened.verify(request)


def test_numpy_generators_without_a_seed_give_the_same_on_both_sides(
    session: VerifySession, tmp_path: Path
) -> None:
    source = HEADER + (
        "import numpy as np\n"
        "class Jitter(layers.Layer):\n    def call(self, x):\n"
        "        return x + np.random.default_rng().normal() + np.random.rand()\n"
        "i = keras.Input((3,))\n"
        "w = np.random.default_rng().normal(size=3).astype('float32')\n"
        "m = keras.Model(i, tf.reduce_sum(Jitter()(i * w), 1))\n"
    )
    verdict = verify(session, tmp_path, source, source)
    assert verdict.verdict in ("proved", "bitwise"), verdict.reason
