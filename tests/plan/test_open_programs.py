"""Programs whose ops callers choose do the same after their rewrite, whatever is chosen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.golden import planned
from tests.support.open_programs import HEADER, Program, program
from transforms.syntax.records import Operators, Target

pytestmark = pytest.mark.tensorflow

COUNT = int(os.environ.get("KERAS_CODEMOD_PROGRAMS", "100"))
FIRST = int(os.environ.get("KERAS_CODEMOD_FIRST_PROGRAM", "0"))
"""The first seed: a search for faults goes on behind the programs that were tried."""
BATCH = 100
"""Programs in one module: more make the analysis of one module long."""
COMPARE = Path(__file__).parents[1] / "support" / "compare_programs.py"
FORMS: tuple[tuple[Target, Operators], ...] = (
    ("layer", "keep"),
    ("layer", "wrap"),
    ("lambda", "keep"),
    ("lambda", "wrap"),
)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What differs, as pairs of a call and what it gives; and how many raw ops there were."""

    differences: list[tuple[str, str]]
    raw_before: int
    raw_after: int


def compared(before: str, after: str, calls: list[str], folder: Path) -> Comparison:
    files = [folder / name for name in ("before.py", "after.py", "calls.json", "result.json")]
    for path, content in zip(files, (before, after, json.dumps(calls))):
        path.write_text(content)
    subprocess.run(
        [sys.executable, str(COMPARE), *map(str, files)],
        env=os.environ | {"TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"},
        check=True,
    )
    return Comparison(**json.loads(files[-1].read_text()))


@pytest.mark.parametrize("first", range(FIRST, FIRST + COUNT, BATCH))
def test_programs_with_open_values(first: int, tmp_path: Path) -> None:
    target, operators = FORMS[first // BATCH % len(FORMS)]
    programs = [program(seed) for seed in range(first, min(FIRST + COUNT, first + BATCH))]
    before = HEADER + "\n\n".join(one.source for one in programs)
    result = planned(before.encode(), Path("/programs/before.py"), target, operators)
    after = result.rewritten.decode()
    calls = [call for one in programs for call in one.calls]
    found = compared(before, after, calls, tmp_path)
    wrong = "\n".join(
        f"{call}: {what}\n{_source(programs, call)}" for call, what in found.differences[:3]
    )
    assert not found.differences, f"{len(found.differences)} calls differ; the first:\n{wrong}"
    # Most ops are rewritten: what is left are refused choices and plain operators.
    assert found.raw_before > len(calls)
    assert found.raw_after < 0.7 * found.raw_before


def _source(programs: list[Program], call: str) -> str:
    return next(one.source for one in programs if call in one.calls)
