"""How many verifications run at once, and how much each may take."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemod.engine import resources
from codemod.settings import Settings

GIB = 1024**3


@pytest.fixture
def container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that stands for the memory limit of a container, on a machine with 64 GiB."""
    sizes = {"SC_PHYS_PAGES": 16 * 1024 * 1024, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(os, "sysconf", sizes.__getitem__)
    monkeypatch.setattr(resources, "CONTAINER_LIMITS", (tmp_path / "missing", tmp_path / "max"))
    return tmp_path / "max"


@pytest.fixture
def five_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(5)), raising=False)


def test_a_verification_may_take_five_minutes() -> None:
    assert resources.time_limit(Settings()) == 300.0
    assert resources.time_limit(Settings(time_limit=7.5)) == 7.5


def test_a_memory_limit_that_is_set_counts_for_each_run(container: Path) -> None:
    container.write_text(str(8 * GIB))
    assert resources.memory_limit(Settings(memory_limit=2.5, jobs=4)) == 5 * GIB // 2
    assert isinstance(resources.memory_limit(Settings(memory_limit=2.5)), int)


@pytest.mark.parametrize(("jobs", "share"), [(1, 48 * GIB), (2, 24 * GIB), (0, 48 * GIB)])
def test_jobs_share_three_quarters_of_the_memory(jobs: int, share: int, container: Path) -> None:
    assert resources.memory_limit(Settings(jobs=jobs)) == share
    container.write_text(f"{32 * GIB}\n")
    assert resources.memory_limit(Settings(jobs=jobs)) == share // 2


@pytest.mark.parametrize("content", ["max\n", str(2**63 - 1)])
def test_a_container_without_a_limit_has_the_memory_of_the_machine(
    content: str, container: Path
) -> None:
    container.write_text(content)
    assert resources.memory_limit(Settings()) == 48 * GIB


@pytest.mark.parametrize("error", [OSError, ValueError, AttributeError])
def test_memory_that_is_not_known_sets_no_limit(
    error: type[Exception],
    container: Path,
    five_processors: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(name: str) -> int:
        raise error(name)

    monkeypatch.setattr(os, "sysconf", unknown)
    assert resources.memory_limit(Settings()) is None
    assert resources.verification_jobs() == 5
    container.write_text(str(4 * GIB))
    assert resources.memory_limit(Settings()) == 3 * GIB


@pytest.mark.parametrize(
    ("memory", "jobs"), [(64, 5), (20, 5), (19, 4), (11, 2), (8, 2), (4, 1), (1, 1)]
)
def test_each_job_has_a_processor_and_four_gigabytes(
    memory: int, jobs: int, container: Path, five_processors: None
) -> None:
    container.write_text(str(memory * GIB))
    assert resources.verification_jobs() == jobs


@pytest.mark.parametrize(("count", "jobs"), [(3, 3), (None, 1)])
def test_where_processors_cannot_be_asked_for_all_are_counted(
    count: int | None, jobs: int, container: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    assert resources.verification_jobs() == jobs


@pytest.fixture
def one_processor() -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux has it")
@pytest.mark.usefixtures("one_processor")
def test_one_file_is_verified_at_once_where_there_is_one_processor() -> None:
    assert resources.verification_jobs() == 1
