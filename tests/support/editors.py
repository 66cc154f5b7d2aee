"""Editors without a window, with the settings of ``docs/editors.md`` and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import ROOT, environment

PATIENCE = 120
"""Seconds for an editor: only one that asks something takes so long."""


def snippet(editor: str, language: str, number: int = 0) -> str:
    """A block of settings in the section on an editor."""
    page = (ROOT / "docs/editors.md").read_text()
    section = page.partition(f"\n## {editor}\n")[2].partition("\n## ")[0]
    return str(re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)[number])


def skip_without(program: str) -> None:
    """Skip the test where an editor is not there."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def surroundings(home: Path) -> dict[str, str]:
    """The environment of an editor: our command on its path, a home of its own."""
    tools = home / "bin"
    if not tools.exists():
        tools.mkdir(parents=True)
        command = tools / "keras-codemod"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m codemod "$@"\n')
        command.chmod(0o755)
    own = {
        name: str(home / name) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
    }
    path = os.pathsep.join([str(tools), os.environ.get("PATH", "")])
    return environment() | own | {"HOME": str(home), "PATH": path, "TERM": "dumb"}


def run_editor(*command: str, home: Path, folder: Path) -> str:
    """Run an editor to its end; what it has written to the terminal."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=surroundings(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    return done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
