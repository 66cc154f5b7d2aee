"""Record a run on a terminal, as asciinema plays it, and measure what its user waits for.

``python -m benchmarks.record_terminal --out run.cast --folder PROJECT -- keras-codemod rewrite .``
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

COLUMNS, ROWS = 110, 40
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
WRITTEN = re.compile(r": rewritten\b")


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What came on the terminal, with the seconds since the start, and the exit status."""

    events: tuple[tuple[float, str], ...]
    status: int

    def first(self, pattern: re.Pattern[str]) -> float | None:
        """When the first output came that holds ``pattern``."""
        return next((at for at, text in self.events if pattern.search(CONTROL.sub("", text))), None)

    @property
    def longest_silence(self) -> float:
        """The longest time without any output."""
        times = [0.0, *(at for at, _ in self.events)]
        return max((after - before for before, after in pairwise(times)), default=0.0)

    def cast(self) -> str:
        """The recording in the format of asciinema, version 2."""
        head = {"version": 2, "width": COLUMNS, "height": ROWS}
        lines = [json.dumps(head)]
        lines += [json.dumps([round(at, 3), "o", text]) for at, text in self.events]
        return "".join(f"{line}\n" for line in lines)


def record(
    command: Sequence[str],
    folder: Path,
    keys: Sequence[tuple[float, str]] = (),
    environment: Mapping[str, str] = os.environ,
) -> Recording:
    """Run ``command`` in ``folder`` on a terminal of its own.

    ``keys`` are typed there, each so many seconds after the one before.
    """
    start = time.monotonic()
    terminal, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**environment, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(ROWS)},
        stdin=theirs if keys else subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        start_new_session=bool(keys),
        # Emacs opens the terminal that controls it.
        preexec_fn=(lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)) if keys else None,  # noqa: PLW1509
    )
    if keys:
        threading.Thread(target=_type, args=(terminal, keys), daemon=True).start()
    os.close(theirs)
    events = []
    try:
        while piece := os.read(terminal, 1 << 16):
            events.append((time.monotonic() - start, piece.decode(errors="replace")))
    except OSError:  # The other end is closed.
        pass
    os.close(terminal)
    return Recording(events=tuple(events), status=process.wait())


def _type(terminal: int, keys: Sequence[tuple[float, str]]) -> None:
    for seconds, text in keys:
        time.sleep(seconds)
        for key in text:
            time.sleep(0.04)
            os.write(terminal, key.encode())


def main() -> None:
    """Record, write the file, and print the times."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, required=True, help="the file of the recording")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the command is run")
    parser.add_argument("command", nargs="+", help="the command, after --")
    given = parser.parse_args()
    recording = record(given.command, given.folder)
    given.out.write_text(recording.cast())
    first = recording.first(WRITTEN)
    told = "no file was written" if first is None else f"first file written after {first:.1f} s"
    end = recording.events[-1][0] if recording.events else 0.0
    print(f"{told}, end after {end:.1f} s, exit status {recording.status}")
    print(f"longest time without output: {recording.longest_silence:.1f} s")


if __name__ == "__main__":
    main()
