"""A few runs that are killed; ``python -m benchmarks.kills`` does so 200 times."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kills import kill_runs

pytestmark = pytest.mark.tensorflow


def test_a_killed_run_leaves_each_file_old_or_new_and_nothing_beside(tmp_path: Path) -> None:
    outcome = kill_runs(tmp_path, 4, seed=16, files=3)
    assert outcome.runs == 4
    assert outcome.problems == []
