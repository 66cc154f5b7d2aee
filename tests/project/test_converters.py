"""What docs/converters.md says of converters; those that are not installed are skipped."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.golden import planned

PROJECT = Path(__file__).parents[2]
FIXTURE = PROJECT / "fixtures/converters"
SCRIPT = PROJECT / "tests/support/run_converters.py"
PACKAGES = {
    "tflite": "tensorflow",
    "tflite_int8": "tensorflow",
    "tf2onnx": "tf2onnx",
    "hls4ml": "hls4ml",
    "hls4ml_plain": "hls4ml",
}
SMALL = 1e-5
IN_BYTES = 0.1
SEEN: dict[str, str | float] = {
    "raw tflite": SMALL,
    "rewritten tflite": SMALL,
    "rewritten tflite_int8": IN_BYTES,
    "raw tf2onnx": SMALL,
    "rewritten tf2onnx": SMALL,
    "raw quantize_plain": "ValueError: The last dimension of the inputs to a Dense layer",
    "rewritten quantize_plain": "trains",
    "rewritten quantize_model": "RuntimeError: Layer squeeze",
    "rewritten quantize_config": "trains",
    "raw prune": "ValueError: Please initialize `Prune` with a supported layer",
    "rewritten prune": "ValueError: Please initialize `Prune` with a supported layer",
    "rewritten prune_told": "trains",
    "rewritten cluster": "trains",
    "raw hls4ml_plain": "Exception: ERROR: Unsupported layer type: TFOpLambda",
    "rewritten hls4ml": "Exception: ERROR: Unsupported layer type: Squeeze",
    "rewritten hls4ml_plain": "written",
}


def test_the_model_of_the_page_is_what_the_tool_writes() -> None:
    source = (FIXTURE / "raw.py").read_bytes()
    rewritten = planned(source, FIXTURE / "raw.py", "layer", operators="wrap").rewritten
    assert rewritten == (FIXTURE / "rewritten.py").read_bytes()


def is_there(case: str) -> bool:
    """Whether the package of a case is installed."""
    package = PACKAGES.get(case.partition(" ")[2], "tensorflow_model_optimization")
    return importlib.util.find_spec(package) is not None


@pytest.fixture(scope="module")
def results() -> Any:
    """What all converters that are there make of the models, in one process."""
    wanted = [case for case in SEEN if is_there(case)]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *wanted], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.tensorflow
@pytest.mark.parametrize("case", SEEN)
def test_a_converter_does_what_the_page_says(case: str, results: Any) -> None:
    if not is_there(case):
        pytest.skip("its package is not installed")
    expected = SEEN[case]
    if isinstance(expected, float):
        assert results[case] < expected
    else:
        assert results[case].startswith(expected)
