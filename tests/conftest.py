"""What holds for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codemod.collection import rare_collections


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop() -> Iterator[None]:
    """A tenth of the time of the tests of the analysis went into looking for garbage."""
    with rare_collections():
        return (yield)
