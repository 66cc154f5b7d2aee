"""The committed truth of the fixtures is what Keras 2 sees when their models are built."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(sys.version_info < (3, 11), reason="code has no columns before Python 3.11"),
]

FIXTURES = Path(__file__).parents[2] / "fixtures"
RECORDER = Path(__file__).parents[1] / "support/record_truth.py"
NAMES = sorted(path.parent.name for path in FIXTURES.glob("*/before.py"))


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    """The truth of all fixtures, recorded now in one process."""
    completed = subprocess.run(
        [sys.executable, RECORDER, *(FIXTURES / name for name in NAMES)],
        env={**os.environ, "TF_USE_LEGACY_KERAS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    truths: dict[str, Any] = json.loads(completed.stdout.splitlines()[-1])
    return truths


@pytest.mark.parametrize("name", NAMES)
def test_committed_truth_is_what_keras_2_sees(name: str, recorded: dict[str, Any]) -> None:
    committed = json.loads((FIXTURES / name / "truth.json").read_text(encoding="utf-8"))
    assert recorded[name] == committed
    assert committed["models"] > 0


def test_seed_models_have_the_sites_of_their_question(recorded: dict[str, Any]) -> None:
    def ops(name: str) -> list[list[str]]:
        return [site["ops"] for site in recorded[name]["sites"]]

    assert ops("seed_calculation") == []
    assert ops("seed_einsum") == [["tf.einsum"]]
    assert ops("seed_reduce_sum") == [["tf.math.reduce_sum"]]
