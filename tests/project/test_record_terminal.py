"""The recording of a run on a terminal."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from benchmarks.record_terminal import Recording, record


def test_what_a_terminal_shows_is_recorded(tmp_path: Path) -> None:
    script = "import sys; print(sys.stderr.isatty(), flush=True); sys.exit(3)"
    found = record([sys.executable, "-c", script], tmp_path)
    assert found.status == 3
    assert found.first(re.compile("True")) is not None
    assert found.first(re.compile("no such text")) is None
    head, *events = map(json.loads, found.cast().splitlines())
    assert head["version"] == 2
    assert "".join(text for _, kind, text in events if kind == "o") == "True\r\n"


def test_times_are_those_of_the_output() -> None:
    found = Recording(events=((1.0, "a"), (5.0, "\x1b[1mm.py\x1b[0m: rewritten")), status=0)
    assert found.first(re.compile("m.py: rewritten")) == 5.0
    assert found.longest_silence == 4.0
    assert Recording(events=(), status=0).longest_silence == 0.0
