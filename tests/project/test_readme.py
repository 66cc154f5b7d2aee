"""The README's commands print what the README says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codemod.codes import CODES
from tests.support.command_line import environment, run, run_here

PROJECT = Path(__file__).parents[2]
README = (PROJECT / "README.md").read_text()
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENVIRONMENT = re.compile(r"\(Keras [^)]*\)")
BLOCKS = BLOCK.findall(README)


def arguments_of(command: str) -> list[str]:
    program, *arguments = shlex.split(command)
    assert program == "keras-codemod"
    return arguments


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout, and the package and the old environment that the README speaks of."""
    for name in ("seed_einsum", "seed_reduce_sum", "train_script"):
        source = PROJECT / "fixtures" / name / "before.py"
        (tmp_path / "fixtures" / name).mkdir(parents=True)
        shutil.copy(source, tmp_path / "fixtures" / name)
    (tmp_path / "my_package").mkdir()
    (tmp_path / "my_package/model.py").write_text(MODEL)
    for name, command in {
        "old-env/bin/python": f"{sys.executable}",
        "bin/keras-codemod": f"{sys.executable} -m codemod",
    }.items():
        program = tmp_path / name
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        program.chmod(0o755)
    return tmp_path


MODEL = """\
import tensorflow as tf
from tensorflow import keras


def build(width):
    inputs = keras.Input((width,))
    return keras.Model(inputs, tf.sin(inputs))
"""


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCKS if found == language]


CONSOLES = [block.removeprefix("$ ").partition("\n") for block in blocks("console")]
COMMANDS = [block for block in blocks("sh") if block.startswith("keras-codemod ")]


def outside_an_environment(text: str) -> str:
    """``text`` without the versions and the interpreter, which are those of the reader."""
    return ENVIRONMENT.sub("()", text)


@pytest.mark.parametrize(
    ("command", "expected"),
    [(command, expected) for command, _, expected in CONSOLES if " check " in command],
)
def test_what_is_checked_is_printed_as_shown(command: str, expected: str, checkout: Path) -> None:
    assert run_here(*arguments_of(command), folder=checkout).stdout.decode() == expected


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("command", "expected"),
    [(command, expected) for command, _, expected in CONSOLES if " rewrite " in command],
)
def test_what_is_rewritten_is_printed_as_shown(command: str, expected: str, checkout: Path) -> None:
    done = run(*arguments_of(command), "--device", "cpu", folder=checkout)
    assert done.returncode == 0, done.stderr.decode()
    told = outside_an_environment(done.stdout.decode())
    assert told == outside_an_environment(expected)
    if "--diff" in command:
        (report,) = blocks("text")
        told = outside_an_environment(done.stderr.decode())
        assert told == outside_an_environment(report)


@pytest.mark.tensorflow
@pytest.mark.parametrize("command", COMMANDS)
def test_each_other_command_runs_as_printed(command: str, checkout: Path) -> None:
    done = subprocess.run(
        ["bash", "-ec", command],
        cwd=checkout,
        env=environment() | {"PATH": f"{checkout / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    assert b"Sin" in done.stdout


def test_every_command_is_run_by_one_of_these_tests() -> None:
    assert len(COMMANDS) + len(CONSOLES) + 2 == len(blocks("sh")) + len(blocks("console"))
    assert [block.split()[:3] for block in blocks("sh") if block not in COMMANDS] == [
        ["python3", "-m", "venv"],
        ["python3", "-m", "venv"],
    ]


def test_the_installation_is_that_of_ci_but_for_what_develops() -> None:
    install, develop = (block for block in blocks("sh") if block not in COMMANDS)
    told = install.replace(". .venv/bin/activate && pip", ".venv/bin/pip")
    assert told == develop.rpartition(" && ")[0].replace("-e '.[dev]'", "'.[tensorflow]'") + "\n"


def test_ci_installs_and_tests_as_told() -> None:
    *install, test = [words_of(step) for step in blocks("sh")[-1].strip().split(" && ")]
    script = (PROJECT / ".ci/run").read_text().replace("\\\n", "")
    run_by_ci = [words_of(line) for line in script.splitlines()]
    places = [run_by_ci.index(words) for words in install]
    assert places == sorted(places)
    assert test == [".venv/bin/pytest"]
    fast, measured, others = [words[1:] for words in run_by_ci if words[:1] == test]
    # Together they run each test once.
    assert fast == ["-m", "not tensorflow"]
    left_out = [word for module in measured for word in ("--ignore", module)]
    assert others == ["-m", "tensorflow", *left_out]
    for module in measured:
        assert "pytestmark = pytest.mark.tensorflow" in (PROJECT / module).read_text()


def words_of(step: str) -> list[str]:
    """A step as words; CI chooses its Python, its environment, what it measures and prints."""
    step = step.replace('"${PYTHON:-python3}"', "python3").replace(".venv-ci", ".venv")
    step = step.replace("/coverage run -m pytest", "/pytest")
    words = shlex.split(step, comments=True)
    return [word.replace("--editable", "-e") for word in words if word != "--quiet"]


def test_the_configuration_is_valid(checkout: Path) -> None:
    (checkout / "pyproject.toml").write_text(blocks("toml")[0])
    done = run_here("check", "fixtures/seed_einsum/before.py", folder=checkout)
    assert done.stderr == b""
    assert done.returncode == 1


def test_every_code_has_its_section_and_its_words() -> None:
    sections = set(
        re.findall(r"^## (KC\d+)", (PROJECT / "docs/codes.md").read_text(), re.MULTILINE)
    )
    sources = "".join(path.read_text() for path in (PROJECT / "transforms").rglob("*.py"))
    used = set(re.findall(r'"(KC\d+)"', sources))
    assert used <= sections == set(CODES)
