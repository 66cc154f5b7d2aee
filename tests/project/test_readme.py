"""The README's commands print what the README says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
README = (PROJECT / "README.md").read_text()
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall(README)


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    assert command.startswith("keras-codemod ")
    arguments = command.split()[1:]
    return subprocess.run(
        [sys.executable, "-m", "codemod", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


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
    assert run(command, checkout).stdout == expected


@pytest.mark.tensorflow
def test_the_first_command_shows_this_diff_and_this_verdict(checkout: Path) -> None:
    install = blocks("sh")[0]
    command = "keras-codemod " + install.rpartition(".venv/bin/keras-codemod ")[2].strip()
    done = run(command + " --device cpu", checkout)
    assert done.returncode == 0
    assert done.stdout == blocks("diff")[1]
    assert done.stderr == blocks("text")[0]


def test_the_test_command_is_what_ci_runs() -> None:
    steps = blocks("sh")[1].strip().replace(".venv/", ".venv-ci/").split(" && ")
    script = (PROJECT / ".ci/run").read_text()
    assert all(re.sub(r" --quiet| -e ", " ", step).split()[-1] in script for step in steps)
    assert "pip install" in script and "/pytest" in script


def test_the_configuration_is_valid(checkout: Path) -> None:
    (checkout / "pyproject.toml").write_text(blocks("toml")[0])
    done = run("keras-codemod check fixtures/seed_einsum/before.py", checkout)
    assert done.stderr == ""
    assert done.returncode == 1


def test_every_linked_file_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert all((PROJECT / link).exists() for link in links)


def test_every_code_has_its_section() -> None:
    sections = set(
        re.findall(r"^## (KC\d+)", (PROJECT / "docs/codes.md").read_text(), re.MULTILINE)
    )
    sources = "".join(path.read_text() for path in (PROJECT / "transforms").rglob("*.py"))
    sources += (PROJECT / "codemod/reports/codes.py").read_text()
    assert sections == set(re.findall(r'"(KC\d+)"', sources))
