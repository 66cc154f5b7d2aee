"""Projects that require Keras 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.files.requirements import pin_to_keras_2

PINNED = {
    "tensorflow<2.16": True,
    "tensorflow == 2.15.1": True,
    "tensorflow-cpu<=2.15.*": True,
    "tensorflow>=2.8,<2.16 ; python_version < '3.12'": True,
    "tensorflow~=2.15.0": True,
    "tensorflow[and-cuda]==2.12": True,
    "keras<3": True,
    "Keras==2.15.0": True,
    "tensorflow~=2.15": False,
    "tensorflow>=2.10": False,
    "tensorflow<2.17": False,
    "tensorflow<3": False,
    "keras>=3,<4": False,
    "tf-keras<3": False,
    "tensorflow-datasets<2": False,
    "# tensorflow<2.16": False,
    "tensorflow": False,
}


@pytest.mark.parametrize("requirement", PINNED)
def test_a_line_of_requirements(tmp_path: Path, requirement: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"numpy\n{requirement}\n")
    assert (pin_to_keras_2([str(tmp_path)]) is not None) == PINNED[requirement]


def test_pyproject_above_a_file_is_read_and_quoted(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["tensorflow>=2,<2.16"]\n')
    (tmp_path / "package").mkdir()
    pin = pin_to_keras_2([str(tmp_path / "package/model.py")])
    assert pin == "pyproject.toml requires tensorflow>=2,<2.16"
