"""Benchmarks that nothing else runs still run, on a few fixtures."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.mark.tensorflow
def test_the_speed_of_verification_is_compared_with_a_floor() -> None:
    command = [sys.executable, "-m", "benchmarks.verification_speed", "--files", "2", "--runs", "1"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    models = re.findall(r"floor, Keras (\d): (\d+) models run", done.stdout)
    assert [(generation, int(count) > 0) for generation, count in models] == [
        ("2", True),
        ("3", True),
    ]
    assert re.search(r"^\| rewrite \| 2 \|.*\| \d+\.\d+ \|$", done.stdout, re.MULTILINE), (
        done.stdout
    )
