"""The README's commands print what the README says."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.support.command_line import run, run_here

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
    for name in ("seed_einsum", "seed_reduce_sum"):
        shutil.copytree(PROJECT / "fixtures" / name, tmp_path / "fixtures" / name)
    return tmp_path


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCKS if found == language]


@pytest.mark.parametrize("block", blocks("console"))
def test_console_blocks_print_what_they_show(block: str, checkout: Path) -> None:
    command, _, expected = block.removeprefix("$ ").partition("\n")
    assert run_here(*arguments_of(command), folder=checkout).stdout.decode() == expected


@pytest.mark.tensorflow
def test_the_first_command_shows_this_diff_and_this_verdict(checkout: Path) -> None:
    install = blocks("sh")[0]
    command = "keras-codemod " + install.rpartition(".venv/bin/keras-codemod ")[2].strip()
    done = run(*arguments_of(command), "--device", "cpu", folder=checkout)
    assert done.returncode == 0
    assert done.stdout.decode() == blocks("diff")[1]
    assert ENVIRONMENT.sub("()", done.stderr.decode()) == ENVIRONMENT.sub("()", blocks("text")[0])


def test_ci_installs_and_tests_as_told() -> None:
    *install, test = [words_of(step) for step in blocks("sh")[1].strip().split(" && ")]
    run_by_ci = [words_of(line) for line in (PROJECT / ".ci/run").read_text().splitlines()]
    places = [run_by_ci.index(words) for words in install]
    assert places == sorted(places)
    assert test == [".venv/bin/pytest"]
    fast, measured, others = [words[1:] for words in run_by_ci if words[:1] == test]
    # Together they run each test once.
    assert fast == ["-m", "not tensorflow"]
    assert others == ["-m", "tensorflow", "--ignore", *measured]
    (module,) = measured
    assert "pytest.mark.tensorflow" in (PROJECT / module).read_text()


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


def test_every_code_has_its_section() -> None:
    sections = set(
        re.findall(r"^## (KC\d+)", (PROJECT / "docs/codes.md").read_text(), re.MULTILINE)
    )
    sources = "".join(path.read_text() for path in (PROJECT / "transforms").rglob("*.py"))
    sources += (PROJECT / "codemod/codes.py").read_text()
    assert sections == set(re.findall(r'"(KC\d+)"', sources))
