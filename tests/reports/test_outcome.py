"""The exit status of each kind of result, command by command."""

from __future__ import annotations

import pytest

from codemod.reports.outcome import exit_status, is_failing
from codemod.results import FileResult, FileStatus
from codemod.settings import Command
from codemod.verdict import Tier
from transforms.syntax.records import Hazard, Refusal, Site, Span

SPAN = Span(1, 0, 1, 5)
SITE = Site(code="KC101", span=SPAN, ops=("tf.abs",), builder="m", status="rewritable")
REFUSED = Site(
    code="KC101",
    span=SPAN,
    ops=("tf.print",),
    builder="m",
    status="refused",
    refusal=Refusal(code="KC304", text="prints"),
)
HAZARD = Hazard("KC201", SPAN, "drops the batch")


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        ("proved", False),
        ("equal-by-rules", False),
        ("bitwise", False),
        ("close", False),
        ("different", True),
        ("unverified", True),
    ],
)
def test_which_tiers_are_told_as_failing(tier: Tier, expected: bool) -> None:
    assert is_failing(tier) is expected


@pytest.mark.parametrize(
    ("status", "sites", "check", "rewrite", "rewrite_check", "verify"),
    [
        ("unchanged", (), 0, 0, 0, 0),
        ("unchanged", (SITE,), 1, 0, 1, 0),
        ("unchanged", (REFUSED,), 1, 1, 1, 0),
        ("refused", (), 0, 1, 0, 0),
        ("rewritten", (SITE,), 1, 0, 1, 0),
        ("rewritten", (SITE, REFUSED), 1, 1, 1, 0),
        ("would-rewrite", (SITE,), 1, 0, 1, 0),
        ("failed", (SITE,), 3, 3, 3, 3),
    ],
)
def test_the_exit_status_of_a_file(
    status: FileStatus,
    sites: tuple[Site, ...],
    check: int,
    rewrite: int,
    rewrite_check: int,
    verify: int,
) -> None:
    result = FileResult(path="m.py", status=status, sites=sites)
    assert exit_status(result, "check") == check
    assert exit_status(result, "rewrite") == rewrite
    assert exit_status(result, "rewrite", check_only=True) == rewrite_check
    assert exit_status(result, "verify") == verify


@pytest.mark.parametrize("command", ["check", "rewrite", "verify"])
def test_an_error_is_bad_input_whatever_else_is_found(command: Command) -> None:
    result = FileResult(path="m.py", status="failed", sites=(REFUSED,), error="is Python 2")
    assert exit_status(result, command) == 2


def test_a_hazard_alone_is_found_by_check() -> None:
    result = FileResult(path="m.py", status="unchanged", hazards=(HAZARD,))
    assert exit_status(result, "check") == 1
    assert exit_status(result, "rewrite") == 0
    assert exit_status(result, "rewrite", check_only=True) == 1
