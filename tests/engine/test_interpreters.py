"""Which interpreter verifies the files of a project."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from codemod.engine import resources
from codemod.engine.interpreters import project_python, verify_options
from codemod.settings import Settings
from codemod.verify.records import VerifyOptions

BIN = "Scripts" if os.name == "nt" else "bin"


def environment(folder: Path, packages: str = "lib/python3.11/site-packages/tensorflow") -> str:
    """Make a virtual environment that has ``packages``, and return its interpreter."""
    (folder / packages).mkdir(parents=True)
    (folder / BIN).mkdir()
    (folder / BIN / "python").touch()
    (folder / "pyvenv.cfg").touch()
    return str(folder / BIN / "python")


@pytest.mark.parametrize("name", [".venv", "venv", "env"])
def test_the_environment_of_the_project_is_found_from_any_depth(name: str, tmp_path: Path) -> None:
    python = environment(tmp_path / name)
    assert project_python(tmp_path / "model.py") == python
    assert project_python(tmp_path / "pkg/nets/model.py") == python


def test_environments_made_on_windows_count(tmp_path: Path) -> None:
    python = environment(tmp_path / "venv", "Lib/site-packages/tensorflow")
    assert project_python(tmp_path / "model.py") == python


def test_the_nearest_environment_is_taken_and_its_usual_name_first(tmp_path: Path) -> None:
    outer = environment(tmp_path / ".venv")
    inner = environment(tmp_path / "inner/venv")
    assert project_python(tmp_path / "inner/model.py") == inner
    assert project_python(tmp_path / "model.py") == outer
    hidden = environment(tmp_path / "inner/.venv")
    assert project_python(tmp_path / "inner/model.py") == hidden


def test_an_environment_without_tensorflow_is_passed_over(tmp_path: Path) -> None:
    environment(tmp_path / "inner/.venv", "lib/python3.11/site-packages/numpy")
    python = environment(tmp_path / "inner/env")
    assert project_python(tmp_path / "inner/model.py") == python


@pytest.mark.parametrize("missing", ["pyvenv.cfg", f"{BIN}/python"])
def test_a_folder_that_is_no_environment_is_passed_over(missing: str, tmp_path: Path) -> None:
    environment(tmp_path / ".venv")
    (tmp_path / ".venv" / missing).unlink()
    (tmp_path / "setup.py").touch()
    assert project_python(tmp_path / "model.py") is None


def test_tensorflow_must_be_a_package_and_not_a_file(tmp_path: Path) -> None:
    environment(tmp_path / ".venv", "lib/python3.11/site-packages")
    (tmp_path / ".venv/lib/python3.11/site-packages/tensorflow").touch()
    (tmp_path / "setup.py").touch()
    assert project_python(tmp_path / "model.py") is None


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.py", "setup.cfg", ".git"])
def test_the_search_ends_at_the_root_of_the_project(name: str, tmp_path: Path) -> None:
    environment(tmp_path / ".venv")
    root = tmp_path / "project"
    root.mkdir()
    (root / name).touch()
    assert project_python(root / "pkg/model.py") is None
    python = environment(root / "env")
    assert project_python(root / "pkg/model.py") == python


def test_what_the_user_names_comes_first_then_the_project_then_our_own(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    (tmp_path / ".git").mkdir()
    assert verify_options(Settings(), path).python == sys.executable
    python = environment(tmp_path / ".venv")
    assert verify_options(Settings(), path).python == python
    assert verify_options(Settings(python="/usr/bin/python9"), path).python == "/usr/bin/python9"
    # The old interpreter is named: the new one is ours, and not the old one once more.
    assert verify_options(Settings(python_original=python), path).python == sys.executable


def test_the_settings_reach_verification(tmp_path: Path) -> None:
    settings = Settings(
        python="p", python_original="old", device="cpu", time_limit=9.0, memory_limit=2.0, jobs=3
    )
    assert verify_options(settings, tmp_path / "model.py") == VerifyOptions(
        python="p", python_original="old", device="cpu", time_limit=9.0, memory_limit=2 << 30
    )
    shared = verify_options(Settings(jobs=3), tmp_path / "model.py")
    assert shared.memory_limit == resources.memory_limit(Settings(jobs=3))
    assert shared.time_limit == 300.0
