"""``rewrite --fix hazards``: afterwards the model loads again under Keras 3."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import environment, run

pytestmark = pytest.mark.tensorflow
NET = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

SCALE = 2.0


def block(x, factor):
    h = layers.Lambda(lambda t: t * factor + SCALE)(x)
    for i in range(3):
        h = layers.Lambda(lambda t: t + 10.0**i)(h)
    for _ in range(2):
        width = 4
        h = layers.Lambda(lambda t: tf.reshape(t, (-1, width)))(h)
    mask = tf.cast(h == 0, tf.float32)
    return h * mask


inputs = keras.Input((4,))
rate = 2
y = layers.Lambda(lambda t, k=rate: t * k, name="scaled")(layers.Dense(4)(inputs))
model = keras.Model(inputs, block(y, 2.0), name="net")
"""
SAVED = """
part = keras.Model(inputs, model.layers[3].output)
part.save("net.keras")
loaded = keras.models.load_model("net.keras")
one = tf.ones((1, 4))
print(loaded.layers[2].name, bool(tf.reduce_all(loaded(one) == part(one))))
"""


def test_hazards_are_mended_where_the_model_stays_what_it_is(tmp_path: Path) -> None:
    script = tmp_path / "net.py"
    script.write_text(NET)
    done = run("rewrite", "net.py", "--fix", "hazards", folder=tmp_path)
    told, after = done.stdout.decode(), script.read_text()
    assert done.returncode == 0, told
    assert told.startswith("net.py: rewritten; proved on CPU: net; Keras 3: proved")
    # The loop's Lambda computes with the last ``i`` today: another value would be another model.
    assert "lambda t: t + 10.0**i" in after and after.count("lambda") == 1
    assert "`--fix hazards` leaves it: the models would not stay what they are: " in told
    assert 'layers.Lambda(multiply_add, arguments={"factor": factor})' in after
    assert 'layers.Lambda(reshape, arguments={"width": width})' in after
    assert 'layers.Lambda(scaled, name="scaled", arguments={"k": rate})' in after
    assert "return tf.cast(tf.equal(x, 0), tf.float32)" in after
    assert told.count("(mended)") == 4 and "4 fixes;" in told
    script.write_text(after + SAVED)
    loaded = subprocess.run(
        [sys.executable, "net.py"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert loaded.stdout.decode().endswith("scaled True\n"), loaded.stderr.decode()[-2000:]
