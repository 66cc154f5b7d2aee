"""``rewrite --fix keras3``: what is exactly the same and runs in both generations is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command_line import run_here as run

OLD = """\
from keras.layers.core import Dense  # old
from keras.optimizers import Adam


def train(model, data):
    model.compile(Adam(lr=0.1), "mse")
    model.fit_generator(data, workers=4, epochs=2)
    print(model.optimizer.lr)
"""
NEW = """\
from keras.layers import Dense  # old
from keras.optimizers import Adam


def train(model, data):
    model.compile(Adam(lr=0.1), "mse")
    model.fit(data, workers=4, epochs=2)
    print(model.optimizer.learning_rate)
"""
NEWER = NEW.replace("workers=4, ", "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "train.py").write_text(OLD)
    return tmp_path


def test_fixes_are_written_and_told_and_the_rest_is_named(folder: Path) -> None:
    done = run("rewrite", "train.py", "--fix", "keras3", "--no-verify", folder=folder)
    assert done.returncode == 0
    assert (folder / "train.py").read_text() == NEWER
    told = done.stdout.decode()
    assert told.startswith("train.py: rewritten; not verified\n")
    assert "train.py:1:1: KC401 keras.layers.core.Dense is not in Keras 3: use" in told
    assert "train.py:6:24: KC402 keras.optimizers.Adam has no `lr` in Keras 3: " in told
    assert "4 fixes for Keras 3" in told
    again = run("rewrite", "train.py", "--fix", "keras3", "--no-verify", folder=folder)
    assert (folder / "train.py").read_text() == NEWER
    assert "fix" not in again.stdout.decode()


def test_without_the_option_nothing_is_fixed(folder: Path) -> None:
    done = run("rewrite", "train.py", "--no-verify", folder=folder)
    assert (folder / "train.py").read_text() == OLD
    assert done.stdout.count(b": KC40") == 4
    assert b"- Keras 3: 4 findings of KC401 to KC405; `--fix keras3` mends" in done.stdout


def test_a_diff_shows_fixes_and_writes_nothing(folder: Path) -> None:
    done = run("rewrite", "train.py", "--fix", "keras3", "--diff", folder=folder)
    assert (folder / "train.py").read_text() == OLD
    assert b"-from keras.layers.core import Dense  # old\n" in done.stdout
    assert b"+from keras.layers import Dense  # old\n" in done.stdout
    assert b"+    model.fit(data, epochs=2)\n" in done.stdout


def test_standard_input_is_fixed(folder: Path) -> None:
    done = run("rewrite", "-", "--fix", "keras3", folder=folder, stdin=OLD.encode())
    assert done.stdout.decode() == NEWER


def test_lines_codes_and_comments_leave_fixes_out(folder: Path) -> None:
    source = OLD.replace("  # old", "  # keras-codemod: skip")
    (folder / "train.py").write_text(source)
    for more in (["--lines", "1:3"], ["--select", "KC1"], ["--ignore", "KC4"]):
        run("rewrite", "train.py", "--fix", "keras3", "--no-verify", *more, folder=folder)
        assert (folder / "train.py").read_text() == source


def test_programs_are_told_of_fixes(folder: Path) -> None:
    options = ("--fix", "keras3", "--no-verify", "--format", "json")
    done = run("rewrite", "train.py", *options, folder=folder)
    (file,) = json.loads(done.stdout)["files"]
    assert [(fix["code"], fix["line"]) for fix in file["fixes"]] == [
        ("KC401", 1),
        ("KC403", 7),
        ("KC403", 8),
        ("KC402", 7),
    ]


HAZARDS = """\
import tensorflow as tf
from keras.layers.core import Lambda

x = tf.keras.Input((4,))
y = Lambda(lambda t: t + 1)(x)
"""


def test_hazards_are_mended_beside_what_stops_under_keras_3(tmp_path: Path) -> None:
    script = tmp_path / "net.py"
    script.write_text(HAZARDS)
    options = ("--fix", "keras3", "--fix", "hazards", "--no-verify")
    done = run("rewrite", "net.py", *options, folder=tmp_path)
    after = script.read_text()
    assert done.returncode == 0
    assert "from keras.layers import Lambda\n" in after and "y = Lambda(add)(x)\n" in after
    told = done.stdout.decode()
    assert "net.py:2:1: KC401 " in told or "KC401 keras.layers.core.Lambda" in told
    assert "2 fixes" in told and "KC206 the Lambda has a function that can be loaded" in told
    run("rewrite", "net.py", *options, folder=tmp_path)
    assert script.read_text() == after


def test_a_diff_and_a_filter_mend_hazards_too(tmp_path: Path) -> None:
    source = HAZARDS.replace("layers.core", "layers")
    (tmp_path / "net.py").write_text(source)
    shown = run("rewrite", "net.py", "--fix", "hazards", "--diff", folder=tmp_path)
    assert b"+y = Lambda(add)(x)\n" in shown.stdout
    assert (tmp_path / "net.py").read_text() == source
    piped = run("rewrite", "-", "--fix", "hazards", folder=tmp_path, stdin=source.encode())
    assert piped.stdout.decode().endswith("y = Lambda(add)(x)\n")


def test_what_needs_a_proof_is_left_where_nothing_is_verified(tmp_path: Path) -> None:
    source = HAZARDS.replace("y =", "n = 1\ny =").replace("t + 1", "t + n") + "n = 2\n"
    (tmp_path / "net.py").write_text(source.replace("layers.core", "layers"))
    done = run("rewrite", "net.py", "--fix", "hazards", "--no-verify", folder=tmp_path)
    assert b"`--fix hazards` leaves it: that needs a proof, and nothing is verified" in done.stdout
    assert b"lambda t: t + n" in (tmp_path / "net.py").read_bytes()


def test_what_cannot_be_mended_is_bad_usage(tmp_path: Path) -> None:
    done = run("rewrite", ".", "--fix", "everything", folder=tmp_path)
    assert done.returncode == 2
    assert b"'everything' is not one of 'keras3', 'hazards'" in done.stderr


def test_a_configuration_can_ask_for_fixes(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.keras-codemod]\nfix = "keras3"\n')
    run("rewrite", "train.py", "--no-verify", folder=folder)
    assert (folder / "train.py").read_text() == NEWER
    (folder / "pyproject.toml").write_text('[tool.keras-codemod]\nfix = ["keras3", "all"]\n')
    wrong = run("rewrite", "train.py", "--no-verify", folder=folder)
    assert wrong.returncode == 2
    assert (
        b"must be one of keras3, hazards, or a list of them, not ['keras3', 'all']" in wrong.stderr
    )


def test_what_the_analysis_knows_of_tensors_counts(folder: Path) -> None:
    source = """\
import tensorflow as tf
from tensorflow import keras


def block(x):
    height, width = x.get_shape().as_list()[1:3]
    return tf.image.resize(x, (height * 2, width * 2))


i = keras.Input((4, 4, 3))
model = keras.Model(i, block(tf.nn.relu(i)))
"""
    (folder / "train.py").write_text(source)
    options = ("--fix", "keras3", "--select", "KC4", "--no-verify")
    done = run("rewrite", "train.py", *options, folder=folder)
    assert done.returncode == 0
    assert (folder / "train.py").read_text() == source.replace(
        "x.get_shape().as_list()", "list(x.shape)"
    )
