"""Scripts that stop under Keras 3 train, save and load there after one command."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import environment, run
from tests.support.share import share

pytestmark = pytest.mark.tensorflow
SCRIPTS = Path(__file__).parents[2] / "fixtures/keras_3_scripts"
VAE = """\
import numpy as np
import tensorflow as tf
from keras import backend as K
from keras.layers import Dense, Input, Lambda
from keras.models import Model


def sampling(args):
    z_mean, z_log_var = args
    epsilon = K.random_normal(shape=(K.shape(z_mean)[0], K.int_shape(z_mean)[1]))
    return z_mean + K.exp(0.5 * z_log_var) * epsilon


inputs = Input(shape=(12,), name="encoder_input")
x = Dense(8, activation="relu")(inputs)
z_mean = Dense(2, name="z_mean")(x)
z_log_var = Dense(2, name="z_log_var")(x)
z = Lambda(sampling, output_shape=(2,), name="z")([z_mean, z_log_var])
outputs = Dense(12, activation="sigmoid")(z)
vae = Model(inputs, outputs, name="vae")

squares = tf.reduce_mean(tf.square(inputs - outputs), axis=-1)
kl_loss = -0.5 * K.sum(1 + z_log_var - K.square(z_mean) - K.exp(z_log_var), axis=-1)
vae.add_loss(K.mean(squares + kl_loss))
vae.compile(optimizer="adam")


def batches():
    while True:
        yield [np.ones((4, 12), "float32")], None


history = vae.fit_generator(batches(), steps_per_epoch=2, epochs=1, workers=1)
before = float(vae.optimizer.lr)
vae.save_weights("vae.weights.h5")
vae.load_weights("vae.weights.h5")
print("loss", history.history["loss"][0] > 0, before)
"""


def trained(script: str, folder: Path) -> str:
    """The output of a script that is run under Keras 3."""
    done = subprocess.run(
        [sys.executable, script], cwd=folder, env=environment(), capture_output=True, check=False
    )
    assert done.returncode == 0, f"{script}: {done.stderr.decode()[-2000:]}"
    return done.stdout.decode()


def test_an_added_loss_is_added_by_a_layer(tmp_path: Path) -> None:
    (tmp_path / "vae.py").write_text(VAE)
    done = run("rewrite", "vae.py", "--fix", "keras3", folder=tmp_path)
    assert done.returncode == 0, done.stdout.decode()
    assert done.stdout.startswith(b"vae.py: rewritten; proved on CPU: vae")
    assert b'-> VaeLoss "vae_loss"' in done.stdout
    assert trained("vae.py", tmp_path).splitlines()[-1].startswith("loss True 0.001")


def test_old_scripts_train_under_keras_3(tmp_path: Path) -> None:
    scripts = share(sorted(path.name for path in SCRIPTS.glob("*.py")), 4)
    for script in scripts:
        shutil.copy(SCRIPTS / script, tmp_path)
    done = run("rewrite", ".", "--fix", "keras3", "-j", "2", folder=tmp_path)
    report = done.stdout.decode()
    assert done.returncode == 0, report
    for script in scripts:
        # A layer of Keras may count an axis from the other end.
        assert re.search(rf"^{script}: rewritten; (proved|equal-by-rules) on CPU: ", report, re.M)
        trained(script, tmp_path)
    assert "does not build" not in report
    assert "different" not in report
