"""What holds for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemod.collection import rare_collections
from codemod.files.cache_folder import VARIABLE


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that all runs of the tool keep things in: that of the user is left alone."""
    folder = tmp_path_factory.mktemp("cache")
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(folder)
    yield folder
    if before is None:
        del os.environ[VARIABLE]
    else:
        os.environ[VARIABLE] = before


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop() -> Iterator[None]:
    """A tenth of the time of the tests of the analysis went into looking for garbage."""
    with rare_collections():
        return (yield)
