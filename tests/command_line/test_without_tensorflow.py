"""Without the extra ``tensorflow``: what works all the same, and what is said of the rest."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.support.command_line import MODEL, environment, run

pytestmark = pytest.mark.tensorflow

BLOCKED = """\
import sys
for name in ("tensorflow", "keras", "tf_keras", "numpy"):
    sys.modules[name] = None
from codemod.cli import main
main()
"""


def run_blocked(*arguments: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run the command where neither TensorFlow nor what it brings can be imported."""
    return subprocess.run(
        [sys.executable, "-c", BLOCKED, *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.py").write_bytes(MODEL)
    return tmp_path


def test_check_and_unverified_rewrites_need_no_tensorflow(folder: Path) -> None:
    done = run_blocked("check", ".", folder=folder)
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.startswith(b"model.py:7:5: KC101 tf.einsum")
    done = run_blocked("rewrite", ".", "--no-verify", folder=folder)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (folder / "model.py").read_bytes() != MODEL


def test_an_interpreter_without_tensorflow_is_told_what_to_install(folder: Path) -> None:
    venv.create(folder / "bare", with_pip=False)
    python = folder / "bare/bin/python"
    done = run("rewrite", "model.py", "--python", str(python), folder=folder)
    assert done.returncode == 2
    assert done.stderr.decode() == (
        f"keras-codemod: {python} cannot verify: ModuleNotFoundError: No module named "
        "'tensorflow'; install keras-codemod[tensorflow] there, or give --python an interpreter "
        "with TensorFlow\n"
    )
    assert (folder / "model.py").read_bytes() == MODEL


@pytest.mark.parametrize("name", ["transforms.py", "transforms/__init__.py"])
def test_a_module_of_the_user_that_hides_ours_is_named(name: str, folder: Path) -> None:
    other = folder / name
    other.parent.mkdir(exist_ok=True)
    other.write_text("")
    variables = {key: value for key, value in environment().items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-m", "codemod", "check", "model.py"],
        cwd=folder,
        env=variables,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.decode() == (
        f"keras-codemod: {other} hides a package of this tool; run `keras-codemod` in place of "
        "`python -m codemod`, or run it from another folder\n"
    )
