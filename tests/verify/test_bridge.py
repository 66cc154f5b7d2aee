"""The bridge makes layers of the user's raw ops, of nothing else, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "support/run_bridge.py"


@pytest.mark.tensorflow
def test_the_bridge_is_entered_and_left() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        env={**os.environ, "TF_USE_LEGACY_KERAS": "0", "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["restored"] == [[]] * len(found["restored"])
    assert found["dispatchers"] and found["refused again"]
    kinds = [name.split("_", 3)[3] for name in found["made"]]
    assert kinds == ["reduce_sum", "getitem", "getitem", "sub", "ne"]
    assert found["penalty"] in ("Multiply", "Sum")
    assert found["in a function"] == [True]
    assert found["static"] == "([None, 4], 2, True, False)"
    assert found["nan test"]
    assert found["runs"] == found["clone runs"] == [2, 2]
    assert found["exact"] == ""
