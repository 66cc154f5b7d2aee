"""What an answer came from, and whether it may be another one the next time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from codemod.verify.child.protocol import READS, Job, SideResult
from codemod.verify.traces import Traces

SEEN = {"opened": ["/a"], "listed": ["/b"], "started": False, "hurried": False}


def job(folder: Path, seen: object) -> Job:
    folder.mkdir(exist_ok=True)
    if seen is not None:
        (folder / READS).write_text(json.dumps(seen))
    return cast(Job, {"result": str(folder / "result.json")})


def test_all_jobs_of_a_request_count(tmp_path: Path) -> None:
    traces = Traces()
    traces.add("one", job(tmp_path / "1", SEEN), {})
    traces.add("one", job(tmp_path / "2", {**SEEN, "opened": ["/c"]}), {})
    traces.add("other", job(tmp_path / "3", None), {})
    found = traces.of("one")
    assert sorted(found.opened) == ["/a", "/c"] and sorted(found.listed) == ["/b"]
    assert found.lasting
    traces.add("one", job(tmp_path / "4", None), {})
    assert not traces.of("one").lasting


@pytest.mark.parametrize(
    ("seen", "result", "lasts"),
    [
        (SEEN, {"notes": ["the argument timeout was given the value 8"]}, True),
        (SEEN, {"failure": "it exited with 1"}, False),
        (SEEN, {"notes": ["`train` was left out: it runs too long"]}, False),
        (SEEN, {"failures": [[3, ": MemoryError"]]}, False),
        (SEEN, {"failures": [["ResourceExhaustedError: OOM when allocating"]]}, False),
        ({**SEEN, "started": True}, {}, False),
        ({**SEEN, "hurried": True}, {}, False),
        ({"opened": []}, {}, False),
        ([], {}, False),
        (None, {}, False),
    ],
)
def test_what_may_be_an_accident_does_not_last(
    seen: object, result: dict[str, Any], lasts: bool, tmp_path: Path
) -> None:
    traces = Traces()
    traces.add("key", job(tmp_path, seen), cast(SideResult, result))
    assert traces.of("key").lasting is lasts


def test_of_what_was_never_asked_nothing_is_known() -> None:
    assert not Traces().of("key").lasting
