"""What a command changes of the process is as before after it."""

from __future__ import annotations

import gc

import pytest

from codemod.collection import rare_collections
from codemod.limits import OBJECTS_BETWEEN_COLLECTIONS


def test_the_collector_is_as_before_whatever_happens() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="ended"), rare_collections():
        assert gc.get_threshold()[0] == OBJECTS_BETWEEN_COLLECTIONS
        raise ValueError("ended")
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
