"""Each fixture is rewritten to the text that is committed beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.reports.diffs import unified_diff
from tests.support.golden import FIXTURES, golden_path, planned, rewritten_fixture, targets_of
from tests.support.share import share
from transforms.syntax.records import Target

ADVICE = "where the new text is right, run `python -m tests.support.golden`"
SOURCES = sorted(FIXTURES.glob("*/before.py"))
BEFORE = [
    pytest.param(path, target, id=f"{path.parent.name}-{target}")
    for path in SOURCES
    for target in targets_of(path)
]
AFTER = [
    pytest.param(after, target, id=f"{path.parent.name}-{target}")
    for path in SOURCES
    for target in targets_of(path)
    if (after := golden_path(path, target)).exists()
]


@pytest.mark.parametrize(("before", "target"), BEFORE)
def test_a_fixture_is_rewritten_as_committed(before: Path, target: Target) -> None:
    rewritten = rewritten_fixture(before, target)
    path = golden_path(before, target)
    committed = path.read_bytes() if path.exists() else before.read_bytes()
    difference = unified_diff(committed, rewritten, f"{before.parent.name}/{path.name}")
    if difference:
        pytest.fail(f"{difference.decode(errors='replace')}\n{ADVICE}", pytrace=False)
    assert path.exists() == (rewritten != before.read_bytes())


def test_every_committed_text_is_that_of_a_fixture() -> None:
    expected = {golden_path(before, target) for before in SOURCES for target in targets_of(before)}
    assert set(FIXTURES.glob("*/after_*.py")) <= expected


@pytest.mark.parametrize(("after", "target"), share(AFTER, 5))
def test_a_second_run_changes_nothing(after: Path, target: Target) -> None:
    source = after.read_bytes()
    again = planned(source, after.with_name("before.py"), target)
    assert (again.error, again.rewritten) == (None, source)
