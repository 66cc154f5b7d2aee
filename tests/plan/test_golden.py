"""Each fixture is rewritten to the text that is committed beside it."""

from __future__ import annotations

from tests.support.golden import FIXTURES, golden_files


def test_the_rewritten_fixtures_are_those_committed() -> None:
    expected = dict(golden_files())
    committed = {path: path.read_bytes() for path in FIXTURES.glob("*/after_*.py")}
    assert set(committed) == set(expected), "run `python tests/golden.py`"
    changed = [str(path) for path, content in expected.items() if committed[path] != content]
    assert not changed, "look at the difference, then run `python tests/golden.py`"
    assert len(expected) > 100
