"""Losses and metrics that models are given become layers: proved, and trained under Keras 3."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.command_line.test_keras_3_training import trained
from tests.support.command_line import run
from transforms.plan.settings import PlanSettings
from transforms.rewrite import rewritten_source

pytestmark = pytest.mark.tensorflow

HEAD = """\
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend as K
from tensorflow.keras import layers
from tensorflow.keras.losses import mse

x = keras.Input((4,), name="x")
z_mean = layers.Dense(2, name="z_mean")(x)
z_log_var = layers.Dense(2, name="z_log_var")(x)
outputs = layers.Dense(4, name="out")(z_mean)
"""
TAIL = """\
vae.compile("adam")
history = vae.fit(np.ones((8, 4), "float32"), epochs=1, verbose=0).history
print(sorted(history))
"""
REC = "rec = mse(x, outputs)\nrec *= 4\n"
KL = "kl = -0.5 * K.mean(1 + z_log_var - K.square(z_mean) - K.exp(z_log_var), axis=-1)\n"
MODEL = "vae = keras.Model(x, outputs)\n"
BODIES = {
    "behind": MODEL + REC + KL + "loss = K.mean(rec + kl)\nvae.add_loss(loss)\n",
    "before": REC + KL + "loss = K.mean(rec + kl)\n" + MODEL + "vae.add_loss(loss)\n",
    "two": MODEL + REC + KL + "vae.add_loss(K.mean(rec))\nvae.add_loss(K.mean(kl))\n",
    "metrics": MODEL
    + REC
    + KL
    + "vae.add_loss(K.mean(rec + kl))\n"
    + 'vae.add_metric(kl, name="kl", aggregation="mean")\nvae.add_metric(rec, "rec")\n',
    "objects": MODEL
    + "squares = keras.losses.MeanSquaredError()\n"
    + "vae.add_loss(squares(x, outputs))\n",
    "nested": MODEL + KL + "vae.add_loss(K.mean(kl))\nvae_too = keras.Model(x, outputs)\n",
}


def test_losses_and_metrics_are_proved_and_train_under_keras_3(tmp_path: Path) -> None:
    for name, body in BODIES.items():
        (tmp_path / f"{name}.py").write_text(HEAD + body + TAIL)
    done = run("rewrite", ".", "-j", "2", folder=tmp_path)
    report = done.stdout.decode()
    assert done.returncode == 0, report
    for name in BODIES:
        assert re.search(rf"^{name}\.py: rewritten; proved on CPU: ", report, re.M), report
        assert "vae.add_" not in (tmp_path / f"{name}.py").read_text()
    assert "KC403" not in report
    claims = re.findall(r"; Keras 3: ([\w-]+); port: bitwise$", report, re.M)
    assert len(claims) == len(BODIES) and {*claims} <= {"proved", "equal-by-rules"}, report
    (tmp_path / "all.py").write_text("".join(f"import {name}\n" for name in BODIES))
    told = [line for line in trained("all.py", tmp_path).splitlines() if line.startswith("[")]
    metrics = {"metrics": "['kl', 'loss', 'rec']"}
    assert told == [metrics.get(name, "['loss']") for name in BODIES]


def test_a_layer_adds_them_beside_functions_of_keras_ops(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(HEAD + "outputs = tf.nn.relu(outputs)\n" + BODIES["metrics"] + TAIL)
    done = run("rewrite", "--to", "ops", "--device", "cpu", "model.py", folder=tmp_path)
    report = done.stdout.decode()
    assert done.returncode == 0, report
    assert report.startswith("model.py: rewritten; proved on CPU: functional; under Keras 3")
    assert "keras.ops.relu(outputs)" in path.read_text()
    assert trained("model.py", tmp_path).splitlines()[-1] == "['kl', 'loss', 'rec']"


def test_another_metric_is_no_proof(tmp_path: Path) -> None:
    old, new = tmp_path / "old.py", tmp_path / "new.py"
    old.write_text(HEAD + BODIES["metrics"] + TAIL)
    right = rewritten_source(old.read_bytes(), new, PlanSettings()).rewritten
    assert b"self.rec_metric(rec)" in right
    new.write_bytes(right.replace(b"self.rec_metric(rec)", b"self.rec_metric(kl)"))
    done = run("verify", "old.py", "new.py", "--device", "cpu", folder=tmp_path)
    assert done.returncode == 3
    assert "different on CPU: model; model: with training=True, metric" in done.stdout.decode()
