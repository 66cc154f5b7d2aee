"""The benchmark that runs rewrites on the other backends of Keras 3, without these backends."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.ops_backends_page import page, state

ROOT = Path(__file__).parents[2]
MEAN = {"raw": "tf.reduce_mean(x)", "text": "keras.ops.mean(x)", "dtype": "float32"}
SAME: dict[str, Any] = {"tier": "bitwise", "ulp": 0, "relative": 0.0, "reason": "", "dtypes": []}
CLOSE = {**SAME, "tier": "close", "ulp": 3, "relative": 2e-7}
OTHER = {**SAME, "tier": "different", "relative": 0.5, "reason": "output 0 differs by up to 4"}
REFUSED = {"failure": "TypeError: a|b"}


@pytest.mark.tensorflow
def test_without_jax_and_torch_it_says_so_in_one_line(tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(bare.stat().st_mode | stat.S_IXUSR)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.ops_backends", "--python", str(bare)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{bare} has neither JAX nor torch: nothing to compare\n"


def test_the_page_tells_models_that_are_free_of_raw_ops_from_others() -> None:
    site = ["tf.add_n", "keras.ops.add takes two tensors"]
    kept: dict[str, Any] = {"free": {"stay": []}, "held": {"stay": [site, site]}}
    names = [("free", "a"), ("free", "b"), ("held", "c")]
    answers = {
        "tensorflow": _answers(names, [{}, {}, {}], [{}, {}]),
        "jax": _answers(names, [SAME, CLOSE, REFUSED], [{"usual": SAME}, {"usual": REFUSED}]),
    }
    text = page(kept, [MEAN, {**MEAN, "raw": "tf.norm(x, 1)"}], answers)
    assert "- JAX: 2 of 2 models run and are the same, 1 bit for bit; the others" in text
    assert "| free | b | 3 ULP, 2.0e-07 |" in text
    assert "| held | `tf.add_n`: keras.ops.add takes two tensors | does not run |" in text
    assert "| `tf.norm(x, 1)` | `keras.ops.mean(x)` | float32 | TypeError: a&#124;b |" in text
    assert "`tf.reduce_mean(x)`" not in text


def test_a_result_is_other_where_it_is_far_by_the_largest_number() -> None:
    assert [state(told) for told in (SAME, CLOSE, OTHER, REFUSED)] == [
        "identical bits",
        "close",
        "different",
        "failed",
    ]
    # Beside a large number, a small one is off by a part of that.
    assert state({**OTHER, "relative": 1e-7}) == "close"


def _answers(
    names: list[tuple[str, str]], models: list[dict[str, Any]], rows: list[dict[str, Any]]
) -> dict[str, Any]:
    found: dict[str, Any] = {"versions": {"keras": "3.15.1"}, "models": {}, "rows": rows}
    for (fixture, name), told in zip(names, models):
        model = {"name": name, "key": f"{name}_0", **told}
        found["models"].setdefault(fixture, {"models": []})["models"].append(model)
    return found
