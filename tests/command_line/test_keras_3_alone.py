"""Where Keras 2 cannot verify, Keras 3 does alone."""

from __future__ import annotations

import json
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.support.command_line import run

pytestmark = pytest.mark.tensorflow

RAW = b"""\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

inputs = keras.Input((4, 6), name="frames")
x = layers.Dense(6, activation="relu")(inputs)
x = tf.transpose(x, [0, 2, 1])
x = layers.BatchNormalization()(x)
x = tf.reduce_mean(x, axis=1) * 2.0
model = keras.Model(inputs, layers.Dense(1)(x), name="scorer")
"""
FOR_KERAS_3 = b"""\
import keras
import tensorflow as tf
from keras import layers, ops

inputs = keras.Input((4, 6))
x = ops.relu(layers.Dense(6)(inputs))
x = tf.reduce_max(x, axis=1)
model = keras.Model(inputs, ops.expand_dims(x, 1), name="of_keras_3")
"""
BROKEN = RAW.replace(b"axis=1", b"axis=one")


@pytest.fixture(scope="module")
def without_tf_keras(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with all that this one has, but for tf-keras."""
    folder = tmp_path_factory.mktemp("environment")
    packages = folder / "packages"
    packages.mkdir()
    for place in [path for path in sys.path if path.endswith("site-packages")]:
        for item in Path(place).iterdir():
            link = packages / item.name
            if item.name.startswith("tf_keras") or item.suffix == ".pth" or link.exists():
                continue
            link.symlink_to(item)
    (folder / "bin").mkdir()
    python = folder / "bin/python"
    (folder / "pyvenv.cfg").write_text(
        f"home = {sysconfig.get_config_var('BINDIR')}\ninclude-system-site-packages = false\n"
    )
    python.symlink_to(Path(sys.executable).resolve())
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (folder / "lib" / version).mkdir(parents=True)
    (folder / "lib" / version / "site-packages").symlink_to(packages)
    return python


def test_a_project_without_tf_keras(without_tf_keras: Path, tmp_path: Path) -> None:
    (tmp_path / "good.py").write_bytes(RAW)
    (tmp_path / "broken.py").write_bytes(BROKEN)
    done = run(
        "rewrite",
        ".",
        "--device",
        "cpu",
        "--python",
        str(without_tf_keras),
        folder=tmp_path,
    )
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 3, done.stderr.decode()
    assert "good.py: rewritten; proved on CPU: scorer; under Keras 3 alone" in lines
    why = "Keras 2: not checked: there is no Keras 2 here; install tf-keras"
    assert f"  {why}" in lines
    assert any(line.startswith("Keras 3: 1 model: 1 proved (Keras 3.") for line in lines)
    assert not any(line.startswith(("Keras 2: 1 model", "Port")) for line in lines)
    assert b"class " in (tmp_path / "good.py").read_bytes()
    assert (tmp_path / "broken.py").read_bytes() == BROKEN
    assert any(line.startswith("broken.py: not rewritten") for line in lines)


def test_functions_of_keras_ops(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_bytes(RAW)
    options = ["--to", "ops", "--device", "cpu", "--format", "json"]
    done = run("rewrite", "model.py", *options, folder=tmp_path)
    (file,) = json.loads(done.stdout)["files"]
    verification = file["verification"]
    assert file["status"] == "rewritten", verification
    assert verification["verdict"] in ("proved", "equal-by-rules"), verification
    assert verification["generation"] == 3
    assert b"ops.transpose(" in path.read_bytes()


def test_a_source_for_keras_3(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_bytes(FOR_KERAS_3)
    done = run("rewrite", "model.py", "--device", "cpu", "--format", "json", folder=tmp_path)
    (file,) = json.loads(done.stdout)["files"]
    verification = file["verification"]
    assert (file["status"], verification["verdict"]) == ("rewritten", "proved"), verification
    assert verification["generation"] == 3
    (model,) = verification["models"]
    assert (model["name"], model["keras3"], model["port"]) == ("of_keras_3", "proved", None)
    rewritten = path.read_bytes()
    assert b"tf.reduce_max(x, axis=1)\nmodel" not in rewritten
    again = run("verify", "model.py", "model.py", "--device", "cpu", folder=tmp_path)
    assert again.returncode == 0, again.stdout.decode()
    # What is wrong is found, with its reason.
    wrong = tmp_path / "wrong.py"
    wrong.write_bytes(rewritten.replace(b"axis=1", b"axis=2"))
    path.write_bytes(FOR_KERAS_3)
    refuted = run("verify", "model.py", "wrong.py", "--device", "cpu", folder=tmp_path)
    assert refuted.returncode == 3, refuted.stdout.decode()
    assert refuted.stdout.decode().startswith("wrong.py: different on CPU")
