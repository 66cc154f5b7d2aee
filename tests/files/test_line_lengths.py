"""Lines of new code are as long as the formatter of the project lets them be."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.files.line_lengths import line_length_at
from transforms.interpret.symbolic import analyse
from transforms.plan.fitting import fitting_plan
from transforms.plan.settings import PlanSettings
from transforms.syntax.source_text import read_source_text

PROJECTS = {
    "nothing": ({}, 88),
    "ruff": ({"pyproject.toml": "[tool.ruff]\nline-length = 120\n"}, 120),
    "black": ({"pyproject.toml": "[tool.black]\nline-length = 100\n"}, 100),
    "ruff before black": (
        {"pyproject.toml": "[tool.black]\nline-length = 1\n[tool.ruff]\nline-length = 79\n"},
        79,
    ),
    "a file of ruff": ({"ruff.toml": "line-length = 99\n"}, 99),
    "no number": ({"pyproject.toml": "[tool.ruff]\nline-length = 'long'\n"}, 88),
    "no limit": ({"pyproject.toml": "[tool.ruff]\nline-length = 100000\n"}, 88),
    "no TOML": ({"pyproject.toml": "line-length = = 3\n"}, 88),
    "no table": ({"pyproject.toml": "tool = 3  # line-length\n"}, 88),
    "nearest": (
        {
            "pyproject.toml": "[tool.ruff]\nline-length = 120\n",
            "src/pyproject.toml": "[tool.ruff]\nline-length = 110\n",
        },
        110,
    ),
    "another repository": (
        {"pyproject.toml": "[tool.ruff]\nline-length = 120\n", "src/.git": ""},
        88,
    ),
}
SOURCE = b"""\
import tensorflow as tf
from tensorflow import keras
i = keras.Input((6, 8))
window_of_the_roll, axis_of_the_roll = 3, 4
o = tf.roll(i, window_of_the_roll, axis_of_the_roll)
m = keras.Model(i, o)
"""


@pytest.mark.parametrize("name", PROJECTS)
def test_the_project_of_a_file_sets_the_length(name: str, tmp_path: Path) -> None:
    files, expected = PROJECTS[name]
    (tmp_path / ".git").mkdir()
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    assert line_length_at(tmp_path / "src" / "model.py") == expected


def test_calls_and_configurations_are_broken_at_the_length() -> None:
    path = Path("/models/model.py")
    analysis = analyse({path: SOURCE}, [path])
    texts = {}
    for length in (60, 140):
        settings = PlanSettings(line_length=length)
        text = read_source_text(SOURCE)
        plan = fitting_plan(analysis, analysis.modules[path], SOURCE, text, settings)
        texts[length] = plan.rewritten.decode()
    assert "    window_of_the_roll,\n" in texts[60]
    assert "        return {\n" in texts[60]
    assert "o = Roll(" in texts[140]
    assert "return {**super().get_config()," in texts[140]
