"""What is killed counts as gone, also where nobody has taken notice yet."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from codemod.verify.process_groups import group_runs

STARTS_ANOTHER = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "input()"])
print("started", flush=True)
input()
"""


def test_a_group_runs_until_its_last_process_has_ended() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTS_ANOTHER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        assert group_runs(process.pid)
        process.kill()
        process.wait()
        # The one that it started waits for its input.
        assert group_runs(process.pid)
        os.killpg(process.pid, signal.SIGKILL)
        process.stdout.read()
        # It has closed its files; a moment later it has ended.
        assert not all(group_runs(process.pid) for _ in range(10_000))


def test_a_zombie_does_not_run() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not group_runs(process.pid)
    process.wait()
